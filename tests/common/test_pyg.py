"""PyG comes without its data sets, and with them for whoever asks."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import sys
import graphrec.common.pyg
print("transformers" in sys.modules, "pandas" in sys.modules, graphrec.common.pyg.HeteroData.__module__)
import torch_geometric
by_attribute = torch_geometric.datasets.KarateClub
from torch_geometric.datasets import KarateClub
print(by_attribute is KarateClub)
"""


@pytest.mark.long
def test_data_sets_come_when_they_are_asked_for() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False", "torch_geometric.data.hetero_data", "True"]

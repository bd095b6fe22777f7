"""Import PyTorch Geometric without its data sets.

PyG imports its data sets eagerly, and with them language models, transformers and pandas: a quarter of the import
time in every process that trains. A later import of ``torch_geometric.datasets`` works as usual.
"""

from __future__ import annotations

import sys
import warnings
from types import ModuleType

_DATASETS = "torch_geometric.datasets"


def _import() -> None:
    if "torch_geometric" in sys.modules:
        return
    sys.modules[_DATASETS] = ModuleType(_DATASETS)  # a placeholder prevents the import
    try:
        import torch_geometric
        from torch_geometric.lazy_loader import LazyLoader
    finally:
        del sys.modules[_DATASETS]
    torch_geometric.datasets = LazyLoader("datasets", vars(torch_geometric), _DATASETS)


with warnings.catch_warnings():
    # PyG scripts a class on import, which torch deprecates; users cannot fix that.
    warnings.filterwarnings("ignore", r".*torch\.jit", FutureWarning)
    # In a notebook: PyG imports tqdm, whose bars graphrec does not use.
    warnings.filterwarnings("ignore", "IProgress not found")
    _import()
    from torch_geometric.data import HeteroData
    from torch_geometric.nn import MessagePassing
    from torch_geometric.nn.conv import LGConv
    from torch_geometric.nn.models import LightGCN
    from torch_geometric.transforms import ToUndirected

__all__ = ["HeteroData", "LGConv", "LightGCN", "MessagePassing", "ToUndirected"]

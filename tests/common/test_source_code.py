"""Cached figures are keyed by all the code that made them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import graphrec
from graphrec.common.source_code import code_digest, import_closure
from graphrec.experiments.ablation.study import CODE as ABLATION
from graphrec.experiments.benchmark.results_cache import CODE as BENCHMARK


@pytest.mark.long
def test_the_closure_holds_every_module_of_ours_that_the_measured_one_loads() -> None:
    code = (
        "import importlib, sys\n"
        f"for name in ({ABLATION!r}, {BENCHMARK!r}):\n"
        "    importlib.import_module(name)\n"
        "    print(*(m for m in sys.modules if m.split('.')[0] in ('graphrec', 'graphrec_etl')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    first, both = (set(line.split()) for line in done.stdout.splitlines())
    ablation, benchmark = set(import_closure(ABLATION)), set(import_closure(BENCHMARK))
    assert first <= ablation
    assert both - first <= benchmark
    assert {"graphrec.config.settings", "graphrec.evaluation.ranking"} <= first & ablation & benchmark


def test_a_module_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no module 'graphrec\.nowhere'"):
        code_digest("graphrec.nowhere")


@pytest.mark.long
def test_a_change_far_down_the_imports_is_another_digest(tmp_path: Path) -> None:
    package = Path(graphrec.__file__).parent
    shutil.copytree(package, tmp_path / "graphrec", ignore=shutil.ignore_patterns("__pycache__"))
    code = f"from graphrec.common.source_code import code_digest; print(code_digest({ABLATION!r}))"

    def digest() -> str:
        return subprocess.run(
            [sys.executable, "-c", code],
            cwd=tmp_path,
            env={"PYTHONPATH": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    before = digest()
    assert digest() == before
    with (tmp_path / "graphrec" / "config" / "settings.py").open("a") as file:
        file.write("# changed\n")
    assert digest() != before

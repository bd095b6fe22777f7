"""What is spent adds up over the trainings of a project, and a spent budget refuses the next one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("opacus")

from graphrec.common.errors import InputError, TrainingError
from graphrec.privacy.ledger import FILE, Ledger
from graphrec.privacy.plan import Plan

PLAN = Plan(1.0, 1e-5, gram=5.0, popularity=20.0, validation=20.0)


def test_trainings_add_up_by_the_accountant(tmp_path: Path):
    ledger = Ledger(tmp_path)
    first, second = ledger.spend("a", PLAN), ledger.spend("b", PLAN)
    assert first == pytest.approx(PLAN.spent, abs=0.01)
    assert first < second < 2 * first
    assert [one["runId"] for one in ledger.entries()] == ["a", "b"]
    assert ledger.total(1e-5) == pytest.approx(second)
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0


def test_a_spent_budget_refuses_and_writes_nothing(tmp_path: Path):
    ledger = Ledger(tmp_path, budget=PLAN.spent * 1.2)
    ledger.spend("a", PLAN)
    before = (tmp_path / FILE).read_bytes()
    with pytest.raises(
        TrainingError, match=r"budget is spent: ε = .* by 1 training, and ε = .* with this one"
    ) as error:
        ledger.spend("b", PLAN)
    assert "graphrec update" in str(error.value.hint)
    assert (tmp_path / FILE).read_bytes() == before


def test_a_damaged_file_is_no_empty_one(tmp_path: Path):
    odd = ([["x", 1, 1]], [[0, 1, 1]], [[-3, 1, 1]], [["nan", 1, 1]], [[3, 5, 1]], [[3, 0.5, -1]], [])
    texts = [json.dumps({"trainings": [{"delta": 0.01, "releases": one}]}) for one in odd]
    for text in (
        "{",
        '{"trainings": [{"delta": 1}]}',
        '{"trainings": [{"delta": 7, "releases": [[3, 1, 1]]}]}',
        *texts,
    ):
        (tmp_path / FILE).write_text(text, encoding="utf-8")
        with pytest.raises(InputError, match="what is spent is not known"):
            Ledger(tmp_path).spend("a", PLAN)

"""Composite ids: how they are typed, stored and shown."""

from __future__ import annotations

import pytest

from graphrec.config.ids import parts, stored_forms, with_lists
from graphrec.config.roles import ItemRole, UserRole

PAIR = UserRole(key=("tenant", "userId"))


@pytest.mark.parametrize(
    ("typed", "forms"),
    [
        ("acme/7", ['["acme","7"]', '["acme",7]']),
        ("acme/u7", ['["acme","u7"]']),
        ('["acme", 7]', ['["acme",7]']),
        (("acme", 7), ['["acme",7]']),
        (["acme", "7"], ['["acme","7"]']),
        ('say "hi"/\\/ü', ['["say \\"hi\\"","\\\\/ü"]', '["say \\"hi\\"/\\\\","ü"]']),
        ("acme", ["acme"]),
        ('["acme"]', ['["acme"]']),
    ],
)
def test_the_forms_of_a_composite_id(typed: object, forms: list[str]) -> None:
    assert stored_forms(typed, PAIR) == forms


def test_plain_ids_stay_as_they_are() -> None:
    assert stored_forms("a/7", UserRole()) == ["a/7"]
    assert stored_forms("12.0") == ["12.0", 12, "12"]
    assert parts("[1, 2") is None


def test_json_has_lists() -> None:
    rows = [{"user": '["acme",7]', "item": "[1]", "via": ["[2]"]}]
    assert with_lists(rows, PAIR, ItemRole()) == [{"user": ["acme", 7], "item": "[1]", "via": ["[2]"]}]
    pair = ItemRole(key=("a", "b"))
    assert with_lists([{"via": ["[1,2]"]}], PAIR, pair) == [{"via": [[1, 2]]}]

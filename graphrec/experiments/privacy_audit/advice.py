"""Advice from the figures of an audit; every rule names its threshold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from graphrec.experiments.privacy_audit.membership import BY_BEST

#: Below this AUC (the low end of its interval) a guess is taken for chance: nothing is advised.
CHANCE = 0.55
#: From this AUC on, an attack succeeds.
SUCCESS = 0.7
#: Share of their histories above which naming is worth a sentence.
NAMED = 0.01
#: Fall of the AUC from which on a defence is worth naming.
WORTH = 0.05


def advice(data: Mapping[str, Any]) -> list[str]:
    """Return what to do, most urgent first; a sentence that nothing exceeds its threshold if there is nothing."""
    found = [
        *_few_people(data),
        *_membership(data),
        *_difference(data.get("difference") or []),
        *_named(data.get("named")),
        *_interactions(data.get("interactions") or []),
        *_attributes(data.get("attributes") or []),
    ]
    return found or [f"no attack has an AUC whose interval is above {CHANCE}, and nothing rests on too few people"]


def _few_people(data: Mapping[str, Any]) -> Iterator[str]:
    bound = data["people"]
    todo = {
        "reasons by other people": f"set [publish] reason_users = {bound}, and publish again",
        "SIMILAR edges": f"set [publish] similar_users = {bound}, and publish again",
        "items added by updates": "train again before publishing, so that these vectors rest on all users",
    }
    for one in data.get("few_people") or []:
        if one["few"]:
            yield (
                f"{one['few']:,} of {one['total']:,} {one['what']} rest on fewer than {bound} people: "
                f"{todo[one['what']]}"
            )


def _membership(data: Mapping[str, Any]) -> Iterator[str]:
    rows = {row["from"]: row for row in data.get("membership") or []}
    budget = "train with differential privacy" if data.get("epsilon") is None else "train with a smaller ε"
    todo = {
        "lists": "give lists to their own users alone",
        "vectors": "let readers read no vectors",
        "SIMILAR edges": "publish fewer edges: [publish] similar",
        "service": f"give keys of POST /v1/recommendations to no one who may not know the members, and {budget}",
    }
    for name, usual in todo.items():
        row = rows.get(name)
        if row is None or not _above(row, CHANCE):
            continue
        what, best = usual, _best_defence(row, name, rows)
        helped = f"; {best[0]!r} would leave {best[1]:.3f}" if best else "; no shorter or rounder answer helps"
        if name not in ("lists", "service"):
            helped = ""
        if best and best[0].startswith("lists") and BY_BEST in rows and _gain(row, rows[BY_BEST]) >= WORTH:
            left = rows[BY_BEST]["auc"]["mean"]
            helped, what = "", f'set [publish] scores = "relative", which would leave {left:.3f}'
        yield f"membership shows in {_of(name)}: {_text(row)}{_how(row)}{helped}: {what}"


def _best_defence(row: Mapping[str, Any], name: str, rows: Mapping[str, Any]) -> tuple[str, float] | None:
    """Return the variant with the lowest AUC, and the AUC, if it is worth naming."""
    others = {
        other: found["auc"]["mean"]
        for other, found in rows.items()
        if other != name and other.startswith(name) and found["auc"] is not None
    }
    if not others:
        return None
    best = min(others, key=lambda other: others[other])
    return (best, others[best]) if row["auc"]["mean"] - others[best] >= WORTH else None


def _gain(row: Mapping[str, Any], other: Mapping[str, Any]) -> float:
    return float(row["auc"]["mean"] - other["auc"]["mean"])


def _difference(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if rows and _above(rows[0], CHANCE):
        rounded = min((row["auc"]["mean"] for row in rows[1:] if row["auc"]), default=1.0)
        worth = rows[0]["auc"]["mean"] - rounded >= WORTH
        yield (
            f"who was added between two trainings shows in answers before and after: {_text(rows[0])}; rounding scores "
            + (f"would leave {rounded:.3f}" if worth else "does not help")
            + ": train after many have come, not after each, and give no key to both runs"
        )


def _interactions(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for row in rows:
        if row["from"] in ("all of these", "vectors") and _above(row, SUCCESS):
            yield f"what a user did shows in {_of(row['from'])}: {_text(row)}: give them to their own users alone"


def _named(figures: Mapping[str, Any] | None) -> Iterator[str]:
    if figures is not None and figures["share"]["mean"] > NAMED:
        yield (
            f"stored reasons name {figures['share']['mean']:.0%} of what users did, and {figures['true']:.0%} of what "
            "they name is true: who reads RECOMMENDED reads it; where readers are not the user, set "
            "[publish] reasons = 0"
        )


def _attributes(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    itself = {row["attribute"]: row for row in rows if row["from"] == "behaviour itself"}
    for row in rows:
        if row["from"] == "behaviour itself" or not _above(row, SUCCESS):
            continue
        other = itself[row["attribute"]]
        more = "as well as" if row["auc"]["high"] >= other["auc"]["mean"] else "less well than"
        yield (
            f"{row['attribute']} shows in {_of(row['from'])}: {_text(row)}, {more} in the behaviour itself "
            f"({other['auc']['mean']:.3f}): treat them as personal data that say it"
        )


def _above(row: Mapping[str, Any], bound: float) -> bool:
    return row["auc"] is not None and row["auc"]["low"] > bound


def _how(row: Mapping[str, Any]) -> str:
    if row["tpr"] is None:
        return ""
    return f", {row['tpr']['mean']:.0%} of members found where 1 % of others are taken for one"


def _text(row: Mapping[str, Any]) -> str:
    return f"AUC {row['auc']['mean']:.3f} [{row['auc']['low']:.3f}, {row['auc']['high']:.3f}]"


def _of(name: str) -> str:
    return {"service": "the service's answers", "all of these": "lists, edges, knowledge and vectors together"}.get(
        name, name
    )

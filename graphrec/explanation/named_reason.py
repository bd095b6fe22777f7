"""Reasons with the names of what they speak of, and as sentences in English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

#: Kinds of paths: as in :mod:`graphrec.explanation.reasons`; ``related``: by a third item that both are related to.
Kind = Literal["entity", "related", "link", "content", "item"]
#: Language → modality → its name.
MODALITIES: Mapping[Language, Mapping[str, str]] = {
    "en": {"text": "text", "image": "picture", "audio": "sound", "reading": "description"},
    "zh": {"text": "文字", "image": "图像", "audio": "声音", "reading": "描述"},
}

#: What users do, in Chinese; other types are "chose".
_DONE = {
    "RATED": "评价了",
    "BOUGHT": "购买了",
    "ORDERED": "订购了",
    "VIEWED": "浏览了",
    "BROWSED": "浏览了",
    "CLICKED": "点击了",
    "LIKED": "喜欢",
    "LISTENED": "收听了",
    "WATCHED": "观看了",
    "READ": "阅读了",
    "SEARCHED": "搜索了",
    "FOLLOWED": "关注了",
}


@dataclass(frozen=True)
class Via:
    """An item of the user that carries a reason.

    Attributes
    ----------
    item, title
        Its id, and its title if known, else the id as text.
    behaviours
        The types of what the user did with it, such as ``RATED``.
    strength
        The stored strength, such as a rating; None if there is none, or no database was asked.
    relations
        The types of the edges between it and what it has in common with the scored item.
    share
        Its part of the share of the reason.
    """

    item: Any
    title: str
    behaviours: tuple[str, ...] = ()
    strength: float | None = None
    relations: tuple[str, ...] = ()
    share: float = 0.0


@dataclass(frozen=True)
class NamedReason:
    """A reason: see :class:`graphrec.explanation.reasons.Reason`.

    Attributes
    ----------
    kind, share, count, modality
        As there.
    via
        The user's items that carry it, strongest first.
    entity, name
        Id and name of what both items have in common; None where there is none.
    relations
        The types of the edges between the scored item and that, or the user's item for a ``link``.
    exists
        Whether every edge of the path was in the database when it was asked; None if it was not.
    """

    kind: Kind
    share: float
    via: tuple[Via, ...]
    count: int
    entity: Any = None
    name: str | None = None
    relations: tuple[str, ...] = ()
    modality: str = ""
    exists: bool | None = None

    def sentence(self, language: Language = "en") -> str:
        """Return the reason as a sentence."""
        return (_english if language == "en" else _chinese)(self)


def _english(reason: NamedReason) -> str:
    via = [_title(one) for one in reason.via]
    further = reason.count - len(via)
    if reason.kind != "item" and further > 0:
        via.append(f"{further} more")
    done = f"because you {_did(reason.via)} {_listed(via, 'and')}"
    many = len(via) > 1
    kinds = _words(reason.relations)
    match reason.kind:
        case "entity":
            said = f"{'they share' if many else 'it shares'} “{reason.name or reason.entity}” with it"
        case "related":
            said = f"{'they are' if many else 'it is'} related to “{reason.name or reason.entity}”, like it"
        case "link":
            said = "the two are related"
        case "content":
            said = f"{'their' if many else 'its'} {MODALITIES['en'].get(reason.modality, reason.modality)} points to it"
        case "item":
            said = f"{reason.count} others have both"
    return f"{done}: {said}" + (f" ({kinds})" if kinds else "")


def _chinese(reason: NamedReason) -> str:
    via = [f"《{one.title}》{_strength(one)}" for one in reason.via]
    listed = "、".join(via)
    further = reason.count - len(via)
    if reason.kind != "item" and further > 0:
        listed += f"等{reason.count}个条目"
    done = f"因为您{_did(reason.via, 'zh')}{listed}"
    kinds = _words(reason.relations)
    match reason.kind:
        case "entity":
            said = f"与本条目有共同的{reason.name or reason.entity}"
        case "related":
            said = f"与本条目同与《{reason.name or reason.entity}》相关"
        case "link":
            said = "与本条目直接相关"
        case "content":
            said = f"其{MODALITIES['zh'].get(reason.modality, reason.modality)}指向本条目"
        case "item":
            said = f"另有{reason.count}位用户两者皆选"
    return f"{done}：{said}" + (f"（{kinds}）" if kinds else "")


def _did(via: Sequence[Via], language: Language = "en") -> str:
    """Return what the user did: the behaviour types in words, where all items have the same single one."""
    kinds = {kind for one in via for kind in one.behaviours}
    if language == "zh":
        return _DONE.get(kinds.pop(), "选择了") if len(kinds) == 1 else "选择了"
    return kinds.pop().removeprefix("HAS_").replace("_", " ").lower() if len(kinds) == 1 else "chose"


def _title(via: Via) -> str:
    return f"“{via.title}”{_strength(via)}"


def _strength(via: Via) -> str:
    return "" if via.strength is None else f" ({via.strength:g})"


def _words(relations: Sequence[str]) -> str:
    return ", ".join(relation.replace("_", " ").lower() for relation in sorted(relations))


def _listed(parts: Sequence[str], last: str) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {last} {parts[-1]}"

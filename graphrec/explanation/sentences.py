"""Reasons as sentences, in English and Chinese."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from graphrec.explanation.explanation import NamedReason, Via

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

_MODALITIES = {
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


def sentence(reason: NamedReason, language: Language = "en") -> str:
    """Return a reason as a sentence."""
    return (_english if language == "en" else _chinese)(reason)


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
            shared = "they share" if many else "it shares"
            return f"{done}: {shared} {reason.name or reason.entity} with this one" + (f" ({kinds})" if kinds else "")
        case "link":
            return f"{done}: it is related to this one" + (f" ({kinds})" if kinds else "")
        case "content":
            whose = "their" if many else "its"
            return f"{done}: {whose} {_MODALITIES['en'].get(reason.modality, reason.modality)} is like that of this one"
        case "item":
            return f"{done}: {reason.count} others who did so chose this one too"


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
            return f"{done}：与本条目有共同的{reason.name or reason.entity}" + (f"（{kinds}）" if kinds else "")
        case "link":
            return f"{done}：与本条目直接相关" + (f"（{kinds}）" if kinds else "")
        case "content":
            return f"{done}：{_MODALITIES['zh'].get(reason.modality, reason.modality)}与本条目相近"
        case "item":
            return f"{done}：另有{reason.count}位用户同样选择了本条目"


def _did(via: Sequence[Via], language: Language = "en") -> str:
    """Return what the user did: the behaviour types in words, where all items have the same single one."""
    kinds = {kind for one in via for kind in one.behaviours}
    if language == "zh":
        return _DONE.get(kinds.pop(), "选择了") if len(kinds) == 1 else "选择了"
    return kinds.pop().replace("_", " ").lower() if len(kinds) == 1 else "chose"


def _title(via: Via) -> str:
    return f"“{via.title}”{_strength(via)}"


def _strength(via: Via) -> str:
    return "" if via.strength is None else f" ({via.strength:g})"


def _words(relations: Sequence[str]) -> str:
    return ", ".join(relation.replace("_", " ").lower() for relation in sorted(relations))


def _listed(parts: Sequence[str], last: str) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {last} {parts[-1]}"

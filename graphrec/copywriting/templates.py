"""Texts by templates, in forms that the check reads, from facts alone."""

from __future__ import annotations

from collections.abc import Sequence

from graphrec.copywriting.wording import Wording
from graphrec.grounding.fact import USER, Fact
from graphrec.grounding.mentions import key
from graphrec.grounding.relations import NOUNS, ROLES, role_of, verbs_of, words_of

#: Most values of one role, and titles of the user, in a sentence.
_VALUES, _TITLES, _PARTS = 3, 2, 5
#: Roles that the first sentence has; an article tells the others too.
_FIRST = ("genre", "year", "director", "author", "artist", "actor")
#: Roles of what two items share, the most telling first.
_TELLING = ("director", "author", "artist", "actor", "writer", "composer", "brand", "subject", "genre")
_EN_OPEN = {"neutral": "", "warm": "Hello.", "playful": "Curious?", "formal": "Dear reader."}
_EN_CLOSE = {
    "neutral": "Take a look.",
    "warm": "We hope you enjoy it.",
    "playful": "Have fun!",
    "formal": "Kind regards.",
}
_ZH_OPEN = {"neutral": "", "warm": "您好！", "playful": "你好！", "formal": "亲爱的用户："}
_ZH_CLOSE = {"neutral": "不妨看看。", "warm": "希望您喜欢。", "playful": "不妨一试！", "formal": "谢谢阅读。"}


class Brief:
    """What a text is about: facts by role.

    Parameters
    ----------
    title
        Of the item.
    facts
        About it, and about the user.
    noun
        What items are called: a key of :data:`graphrec.grounding.relations.NOUNS`, or another word.
    """

    def __init__(self, title: str, facts: Sequence[Fact], noun: str = "item") -> None:
        self.title, self.facts, self.noun = title, tuple(facts), noun
        self.roles: dict[str, list[Fact]] = {}
        self.shared: dict[str, list[Fact]] = {}
        mine = {key(fact.value) for fact in facts if fact.subject == title and fact.kind == "knowledge"}
        for fact in facts:
            if fact.kind in ("knowledge", "property"):
                if fact.subject == title:
                    self.roles.setdefault(role_of(fact.relation), []).append(fact)
                elif fact.subject != USER and key(fact.value) in mine:
                    self.shared.setdefault(fact.subject, []).append(fact)
        for shared in self.shared.values():
            shared.sort(key=lambda fact: _TELLING.index(role) if (role := role_of(fact.relation)) in _TELLING else 99)
        past = {fact.value: fact for fact in facts if fact.kind == "behaviour"}
        #: What the user did and raises the score: (behaviour, reason).
        self.reasons = [(past[fact.value], fact) for fact in facts if fact.kind == "reason" and fact.value in past]

    @property
    def counted(self) -> list[Fact]:
        """Reasons with a part of the score that is not rounded to nothing."""
        return [reason for _, reason in self.reasons if reason.detail != "0"][:_PARTS]

    def values(self, role: str) -> list[str]:
        """Return the values of a role, each once, at most :data:`_VALUES`."""
        return list({key(fact.value): fact.value for fact in self.roles.get(role, ())}.values())[:_VALUES]


def template(brief: Brief, wording: Wording) -> str:
    """Return the text for some facts."""
    return (_english if wording.lang == "en" else _chinese)(brief, wording)


def titled(brief: Brief, wording: Wording) -> str:
    """Return the title alone."""
    return f"“{brief.title}”." if wording.lang == "en" else f"《{brief.title}》。"


def _english(brief: Brief, wording: Wording) -> str:
    about, why, shared = _en_about(brief), _en_why(brief), _en_shared(brief)
    opening, closing = _EN_OPEN[wording.tone], _EN_CLOSE[wording.tone]
    title = f"“{brief.title}”"
    match wording.kind:
        case "push":
            return why or _line(f"Recommended for you: {title}.")
        case "blurb":
            return _line(about, why, *shared[:1])
        case "email":
            subject = f"Subject: recommended for you: {title}."
            return _lines(subject, opening or "Hello.", _line(about, why, *shared), closing)
    more = [_en_fact(role, brief) for role in brief.roles if role not in _FIRST]
    parts = [f"“{one.value}” accounts for {one.detail}% of its score." for one in brief.counted]
    return _lines(f"About {title}.", opening, about, _line(*more), _line(why, *shared), _line(*parts), closing)


def _en_about(brief: Brief) -> str:
    genres, years = [one.lower() for one in brief.values("genre")], brief.values("year")[:1]
    noun = NOUNS[brief.noun][0][0] if brief.noun in NOUNS and NOUNS[brief.noun][0] else "title"
    title = f"“{brief.title}”"
    parts = []
    if genres:
        article = "an" if genres[0][0] in "aeiou" else "a"
        parts.append(f"{title} is {article} {_and(genres)} {noun}")
    if years:
        parts.append(f"{'' if parts else f'{title} is '}from {years[0]}")
    for role, words in (("director", "directed by"), ("author", "written by"), ("artist", "performed by")):
        if names := brief.values(role):
            parts.append(f"{'' if parts else f'{title} is '}{words} {_and(names)}")
    said = ", ".join([" ".join(parts[:2]), *parts[2:]]) if genres and years else ", ".join(parts)
    stars = f"It stars {_and(names)}." if (names := brief.values("actor")) else ""
    if said:
        return _line(f"{said}.", stars)
    return f"{title} stars {_and(names)}." if stars else _en_any(brief)


def _en_any(brief: Brief) -> str:
    return next(
        (_en_fact(role, brief) for role in brief.roles if _en_fact(role, brief)),
        f"Recommended for you: “{brief.title}”.",
    )


def _en_fact(role: str, brief: Brief) -> str:
    found, title = brief.values(role), f"“{brief.title}”"
    known = ROLES.get(role)
    if known is not None and known.passive:
        return f"{title} was {known.passive[0]} {_and(found)}."
    if known is not None:
        return f"{title}: {known.nouns[0]}: {_and(found)}." if known.nouns else ""
    passive = role.rsplit(maxsplit=1)[-1] in (
        "by",
        "at",
        "in",
        "on",
        "for",
        "from",
        "with",
        "under",
        "of",
        "to",
        "about",
    )
    return f"{title} was {role} {_and(found)}." if passive and " " in role else f"{title}: {role}: {_and(found)}."


def _en_why(brief: Brief) -> str:
    if not brief.reasons:
        return ""
    first = brief.reasons[0][0]
    same = [did for did, _ in brief.reasons if did.relation == first.relation][:_TITLES]
    titles = _and([f"“{did.value}”" + (f" ({did.detail})" if did.detail else "") for did in same])
    return f"You may like “{brief.title}” because you {verbs_of(first.relation)[0][0]} {titles}."


def _en_shared(brief: Brief) -> list[str]:
    return [
        f"“{brief.title}” shares {_and([fact.value for fact in facts][:_VALUES])} with “{title}”."
        for title, facts in list(brief.shared.items())[:_TITLES]
    ]


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _chinese(brief: Brief, wording: Wording) -> str:
    about, why, shared = _zh_about(brief), _zh_why(brief), _zh_shared(brief)
    opening, closing = _ZH_OPEN[wording.tone], _ZH_CLOSE[wording.tone]
    title = f"《{brief.title}》"
    match wording.kind:
        case "push":
            return why or f"为您推荐{title}。"
        case "blurb":
            return _line(about, why, *shared[:1], by="")
        case "email":
            return _lines(f"主题：为您推荐{title}。", opening or "您好！", _line(about, why, *shared, by=""), closing)
    more = [_zh_fact(role, brief) for role in brief.roles if role not in _FIRST]
    parts = [f"《{one.value}》贡献了得分的{one.detail}%。" for one in brief.counted]
    return _lines(
        f"关于{title}。", opening, about, _line(*more, by=""), _line(why, *shared, by=""), _line(*parts, by=""), closing
    )


def _zh_about(brief: Brief) -> str:
    genres, years = brief.values("genre"), brief.values("year")[:1]
    noun = NOUNS[brief.noun][1][0] if brief.noun in NOUNS and NOUNS[brief.noun][1] else "作品"
    title = f"《{brief.title}》"
    parts = []
    if genres or years:
        when = f"{years[0]}年的" if years else ""
        parts.append(f"{title}是{when}{'、'.join(genres)}{noun}")
    for role, words in (("director", "执导"), ("author", "写作"), ("artist", "演唱")):
        if names := brief.values(role):
            parts.append(f"{'' if parts else title}由{'、'.join(names)}{words}")
    said = f"{'，'.join(parts)}。" if parts else ""
    stars = f"{title}的主演有{'、'.join(names)}。" if (names := brief.values("actor")) else ""
    if said or stars:
        return said + stars
    return next((_zh_fact(role, brief) for role in brief.roles), f"为您推荐{title}。")


def _zh_fact(role: str, brief: Brief) -> str:
    known = ROLES.get(role)
    words = known.zh_nouns[0] if known is not None and known.zh_nouns else words_of(role)
    return f"《{brief.title}》的{words}：{'、'.join(brief.values(role))}。"


def _zh_why(brief: Brief) -> str:
    if not brief.reasons:
        return ""
    first = brief.reasons[0][0]
    same = [did for did, _ in brief.reasons if did.relation == first.relation][:_TITLES]
    titles = "和".join([f"《{did.value}》" + (f"（{did.detail}分）" if did.detail else "") for did in same])
    verb = next(iter(verbs_of(first.relation)[1]), "选择")
    return f"因为您{verb}了{titles}，所以为您推荐《{brief.title}》。"


def _zh_shared(brief: Brief) -> list[str]:
    return [
        f"《{brief.title}》与《{title}》有共同的{'、'.join([fact.value for fact in facts][:_VALUES])}。"
        for title, facts in list(brief.shared.items())[:_TITLES]
    ]


def _line(*sentences: str, by: str = " ") -> str:
    return by.join(one for one in sentences if one)


def _lines(*lines: str) -> str:
    return "\n".join(one for one in lines if one)

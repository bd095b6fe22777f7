"""The forms of Chinese sentences that can be looked up."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from graphrec.grounding.grammar import Form, Grammar, any_of, merged
from graphrec.grounding.mentions import M
from graphrec.grounding.relations import NOUNS, ROLES, verbs_of

_NOUNS = ("条目", "作品", "推荐")
_AND = "(?:、|和|与|及|以及)"
LIST = f"{M}(?:{_AND}{M})*"
_T = rf"{M}(?:[(（]{M}分?[)）])?"
TITLES = f"{_T}(?:{_AND}{_T})*"
_YOU = "(?:您|你)"
_PUT_OUT = "(?:上映|发行|出版|推出|问世)"


def grammar(relations: Iterable[str], behaviours: Collection[str], noun: str, phrases: Iterable[str] = ()) -> Grammar:
    """Return the forms for some facts: see :func:`graphrec.grounding.english.grammar`."""
    active: dict[str, set[str]] = {}
    nouns: dict[str, set[str]] = {}
    for name in relations:
        role = ROLES.get(name)
        for words, known in ((role.zh_active, active), (role.zh_nouns, nouns)) if role else (((name,), nouns),):
            for one in words:
                known.setdefault(one.replace(" ", ""), set()).add(name)
    verbs: dict[str, set[str]] = {}
    for kind in behaviours:
        for verb in verbs_of(kind)[1]:
            verbs.setdefault(verb, set()).add(kind)
    return Grammar(
        forms=tuple(_forms(active, nouns, verbs, noun, phrases)),
        between=r"[,，;；:：]|——?|[,，](?:并且|而且|同时|也)|并且|而且|同时",
        joined=r"[,，]|",
        opening=r"(?:另外|总之|此外|主题)[,，:：]?",
        like=rf"(?:和|与|跟|同|像)(?P<t>{LIST})一样[,，]?",
        roles=merged(active, nouns),
        verbs={verb: frozenset(kinds) for verb, kinds in verbs.items()},
        spaced=False,
    )


def _forms(
    active: Collection[str], nouns: Collection[str], verbs: Collection[str], noun: str, phrases: Iterable[str]
) -> Iterable[Form]:
    called = any_of([*(NOUNS[noun][1] if noun in NOUNS else ()), *_NOUNS])
    s = (
        rf"(?:(?P<it>(?:这|该|本|此)(?:一)?(?:部|本|首|张|款|个|件)?(?:{called})|它|其)|"
        rf"(?:(?:{called}))?(?P<s>{M})(?:[(（](?P<sy>{M})年?[)）])?)"
    )
    did, n, t = rf"(?P<v>{any_of(verbs)})", rf"(?P<n>{LIST})", rf"(?P<t>{TITLES})"
    r, plain = rf"(?P<r>{any_of(active)})", rf"(?P<r>{any_of(nouns)})"
    one = "(?:一部|一本|一首|一张|一款|一个|一件)?"
    kinds = rf"(?P<n>{M}(?:(?:年的?|、|和|与)?{M})*)(?:年的?)?(?:类)?(?:的)?(?:{called})?"
    chose = "(?P<v>选择|选)"
    yield from (
        Form(rf"{s}(?:是)?由{n}{r}(?:的)?(?:{called})?", "relation"),
        Form(rf"(?:是)?由{n}{r}(?:的)?(?:{called})?", "relation", fragment=True),
        Form(rf"{n}{r}(?:了|过)?{s}", "relation"),
        Form(rf"{s}的{plain}(?:是|为|有|包括|:|：){n}", "relation"),
        Form(rf"{plain}(?:是|为|有|包括|:|：){n}", "relation", fragment=True),
        Form(rf"{n}是{s}的{plain}", "relation"),
        Form(rf"{s}(?:是|为){one}{kinds}", "kinds"),
        Form(rf"(?:是|为){one}{kinds}", "kinds", fragment=True),
        Form(rf"{s}(?:是)?(?:于|在)?{n}年{_PUT_OUT}(?:的)?(?:{called})?", "relation", frozenset({"year"})),
        Form(rf"(?:于|在)?{n}年{_PUT_OUT}", "relation", frozenset({"year"}), fragment=True),
        Form(rf"{s}", "bare"),
        Form(rf"{_YOU}(?:曾经|曾|已经|还)?{did}(?:过|了)?{t}", "did"),
        Form(rf"{_YOU}(?:曾经|曾|已经|还)?{chose}(?:过|了)?{t}", "did"),
        Form(rf"{_YOU}给(?P<t>{M})(?:打了|打出了|评了)(?P<d>{M})分", "did"),
        Form(rf"(?:因为|由于|鉴于){_YOU}(?:曾经|曾|已经|还)?{did}(?:过|了)?{t}", "because"),
        Form(rf"(?:因为|由于|鉴于){_YOU}(?:曾经|曾|已经|还)?{chose}(?:过|了)?{t}", "because"),
        Form(rf"(?:它们?|两者|它与(?:本条目|它))?(?:都有|有|具有)(?:共同的){n}", "shared"),
        Form(rf"与(?:本条目|它)有共同的{n}(?:（(?P<r>[a-z ,]+)）)?", "shared"),
        Form(rf"{s}(?:与|和)(?P<t>{LIST})有共同的{n}", "shared"),
        Form(rf"{s}(?:与|和)(?P<t>{LIST})都由{n}{r}", "shared"),
        Form(rf"(?P<t>{M})(?:贡献|占)了?(?:其|它的|总)?(?:得分|评分)的(?P<d>{M})[%％]", "share"),
    )
    yield from (Form(pattern, "wish") for pattern in _wishes(s))
    yield from (Form(re.escape(re.sub(r"[\s。！？.!?]+\Z|\s+", "", one.lower())), "wish") for one in phrases)


def _wishes(s: str) -> Iterable[str]:
    yield rf"(?:所以|因此)?(?:我们)?(?:特|特地|诚挚)?(?:为|向){_YOU}推荐(?:{s})?"
    yield rf"推荐给{_YOU}(?:的是)?(?:[:：])?(?:{s})?"
    yield rf"{_YOU}(?:也许|可能|或许)(?:也)?(?:会)?(?:喜欢|想看|感兴趣)(?:{s})?"
    yield rf"(?:我们)?(?:希望|愿){_YOU}(?:会)?喜欢(?:{s})?"
    yield rf"(?:今晚|今天|周末|有空时)?(?:不妨|何不|欢迎)?(?:看看|试试|一看|一试|了解一下|了解)(?:{s})?"
    yield rf"给{_YOU}的推荐[:：]{s}"
    yield rf"{_YOU}的推荐[:：]{s}"
    yield rf"关于{s}"
    yield rf"祝{_YOU}(?:愉快|观影愉快|阅读愉快|聆听愉快|使用愉快)"
    yield r"(?:您好|你好|亲爱的(?:读者|用户|朋友)|此致|敬礼|谢谢|再见|下次见)"
    yield r"(?:敬请欣赏|谢谢阅读|期待您的反馈|欢迎告诉我们您的看法|选择在您)"

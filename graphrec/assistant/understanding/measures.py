"""Numbers in wishes: years, decades, durations, ratings, prices, and comparisons with what was shown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from graphrec.assistant.actions import NumberFilter, RelativeFilter
from graphrec.assistant.understanding.known_names import Vocabulary
from graphrec.assistant.understanding.lexicon import Measure, lexicon
from graphrec.assistant.understanding.numerals import NUMBER, number
from graphrec.assistant.understanding.reading import Reading
from graphrec.graph.vocabulary import parts

_DECADES = {
    word: ten * 10
    for ten, word in enumerate(
        ["twenties", "thirties", "forties", "fifties", "sixties", "seventies", "eighties", "nineties"], start=2
    )
}
_DECADE = re.compile(
    r"\b(?P<prefix>from |of |in )?(?:the )?(?:(?:early |late |mid-?)?(?:(?P<full>1[89]\d0|20\d0)'?s"
    r"|'?(?P<short>[2-9]0)'?s"
    rf"|(?P<word>{'|'.join(_DECADES)})))\b"
    r"|(?P<century>上世纪|二十世纪)?(?P<zh>[二三四五六七八九]十|(?:19|20)?\d0)年代"
)
_CENTURY = re.compile(
    r"\b(?:from |of |in )?(?:(?P<this>(?:this|the 21st|the twenty-?first) century)|(?:last|the 20th) century)\b"
    r"|(?P<zh>本世纪|这个世纪|二十一世纪|21世纪)|上个?世纪(?![二三四五六七八九\d])"
)
_Y = r"(?:1[89]\d\d|20\d\d)"
_ZY = r"(?:(?:1[89]\d\d|20\d\d)|[一二][零〇一二三四五六七八九]{3})"
_YEARS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "between",
        re.compile(
            rf"\b(?:between|from)\s+(?P<a>{_Y})\s*(?:and|to|-|–|until"
            rf"|till)\s*(?P<b>{_Y})\b|\b(?P<c>{_Y})\s*[-–]\s*(?P<d>{_Y})\b"
        ),
    ),
    ("between", re.compile(rf"(?P<a>{_ZY})年?\s*(?:到|至|-|~|和)\s*(?P<b>{_ZY})年?(?:之间|之前|间)?")),
    ("after", re.compile(rf"\b(?:after|newer than|later than|more recent than|past)\s+(?P<a>{_Y})\b")),
    (
        "since",
        re.compile(
            rf"\b(?:since|from)\s+(?P<a>{_Y})\s+(?:on|onwards?|or later|or newer)\b"
            rf"|\b(?:since|not before)\s+(?P<b>{_Y})\b|\b(?P<c>{_Y})\s+or\s+(?:later|newer)\b"
        ),
    ),
    ("before", re.compile(rf"\b(?:before|older than|earlier than|prior to|pre-?)\s*(?P<a>{_Y})\b")),
    ("until", re.compile(rf"\b(?:until|till|up to)\s+(?P<a>{_Y})\b|\b(?P<b>{_Y})\s+or\s+(?:earlier|older)\b")),
    ("since", re.compile(rf"(?P<a>{_ZY})年?(?:以后|之后|以来|后|起|以上)")),
    ("before", re.compile(rf"(?:早于|老于)\s*(?P<a>{_ZY})年?")),
    ("after", re.compile(rf"(?:晚于|新于)\s*(?P<a>{_ZY})年?")),
    ("before", re.compile(rf"(?P<a>{_ZY})年?(?:以前|之前|前)")),
    ("in", re.compile(rf"\b(?:from|in|of|made in|released in|the year)\s+(?P<a>{_Y})\b|(?P<b>{_ZY})年(?!代)")),
    ("in", re.compile(rf"\b(?P<a>{_Y})\b")),
)
_MORE_THAN = (
    r"(?:more than|longer than|over|above|at least|no less than|not less than|not under|min(?:imum)?"
    r"|greater than|better than|higher than|(?:rated )?>=?)"
)
_LESS_THAN = (
    r"(?:only (?:got|have)|less than|shorter than|under|below|at most|no more than|not more than|no longer than"
    r"|not longer than|not over|max(?:imum)?|up to|within|cheaper than|lower than|worse than|<=?)"
)
_ABOUT = r"(?:(?P<more>" + _MORE_THAN + r")|(?P<less>" + _LESS_THAN + r"))"
_TIME = (
    rf"(?<![a-z])(?P<n>{NUMBER}|an?)(?:\s*(?P<half>and a half|半))?\s*(?:个(?P<half2>半)?)?\s*-?"
    r"(?P<unit>hours?(?: and a (?P<half3>half))?|hrs?|h\b|minutes?|mins?|min\b|小时|钟头|分钟|pages?|页)"
)
_DURATION = re.compile(
    rf"\b{_ABOUT}\s+(?:about |around )?{_TIME}"
    rf"|(?P<zmore>超过|至少|不少于|大于)?(?P<zless>[别不]要?超过|不能超过|最长|顶多|最多|少于|小于|不到)?"
    + _TIME.replace("?P<n>", "?P<n2>")
    .replace("?P<half>", "?P<h3>")
    .replace("?P<half2>", "?P<h4>")
    .replace("?P<half3>", "?P<h5>")
    .replace("?P<unit>", "?P<unit2>")
    + r"\s*(?:(?P<after_less>以内|之内|以下|内|or less|or shorter|max(?:imum)?|tops|at most)|(?P<after_more>以上"
    r"|or more|or longer|at least|plus|\+))?"
)
_RATING = re.compile(
    rf"\b(?:(?:rated|rating|ratings|score|scored|scores|stars?)(?: of| is)?\s+){_ABOUT}?\s*(?P<n>\d+(?:\.\d+)?)"
    rf"|\b(?P<better>better than|higher than|above)\s+(?P<n2>\d(?:\.\d+)?)(?!\d)(?!\s*(?:hours?|h|min"
    rf"|minutes|euros?|dollars?)\b)"
    r"|(?:评分|分数|得分|豆瓣)(?:在|要)?(?P<zless>低于|不超过|小于)?(?P<zmore>高于|超过|不低于|大于|至少"
    r"|要?在)?(?P<n3>\d+(?:\.\d+)?)分?(?P<after_less>以下)?(?:以上)?"
    rf"|(?P<n4>{NUMBER})分(?P<less4>以下)?(?:以上)"
)
_PRICE = re.compile(
    rf"\b{_ABOUT}\s+(?:[$€£¥]\s*(?P<n>\d+(?:\.\d+)?)|(?P<n2>\d+(?:\.\d+)?)\s*(?:euros?|dollars?|pounds?"
    rf"|bucks|usd|eur|€|\$|yuan|rmb))"
    r"|(?P<n3>\d+(?:\.\d+)?)\s*(?:元|块钱?|人民币)(?P<zless>以内|以下|之内)?(?P<zmore>以上)?"
)
_FLIP = re.compile(
    r"(?:\b(?:not|no|nothing|never|(?:is|are|do|does)n'?t|without|except|too many)\b[^,;.!?]{0,12}|别|不要|除了|不看)$"
)
_FLIP_AFTER = re.compile(r"\s*的?(?:片子|电影)?(?:就?算了|不要|都?不看|除外|都?(?:去掉|拿掉|剔除|删掉|排除))")
_NEGATED = re.compile(
    r"\b(?:not|no|nothing|never|(?:is|are|was|do|does)n'?t)\s+(?:really |that |so |very |too )?$$"
    r"|\bnone of (?:that|the|those) $"
    r"|\b(?:these|those|they|all of (?:them|these))(?: are|'re| all| look| seem| feel)+"
    r"(?: all| a bit| so| quite| rather| pretty| really| way| kind of)* $|(?:这些|这几部|全)都?(?:是|很|挺|有点|好)*$"
    r"|(?:不要|别|不)(?:那么|这么)?$"
)


def read_numbers(reading: Reading, vocabulary: Vocabulary) -> None:
    """Read years, durations, ratings, prices, other numeric properties by their name, and comparisons."""
    _read_years(reading, vocabulary.measure("year"))
    _read_amounts(reading, vocabulary)
    _read_named(reading, vocabulary)
    _read_comparisons(reading, vocabulary)


def _read_years(reading: Reading, year: str | None) -> None:
    if year is None:
        return
    for match in reading.matches(_DECADE):
        begin = _decade(match)
        _take(reading, match, NumberFilter(year, begin, begin + 9))
    for match in reading.matches(_CENTURY):
        begin = 2000 if match["this"] or match["zh"] else 1900
        _take(reading, match, NumberFilter(year, begin, begin + 99))
    for kind, pattern in _YEARS:
        for match in reading.matches(pattern):
            a, *rest = (number(one) or 0.0 for one in match.groups() if one)
            limits = {
                "between": (min([a, *rest]), max([a, *rest])),
                "after": (a + 1, None),
                "since": (a, None),
                "before": (None, a - 1),
                "until": (None, a),
                "in": (a, a),
            }[kind]
            _take(reading, match, NumberFilter(year, *limits))


def _decade(match: re.Match[str]) -> float:
    if match["full"]:
        return float(match["full"])
    if match["word"]:
        return 1900.0 + _DECADES[match["word"]]
    value = number(match["short"] or match["zh"]) or 0.0
    return value if value >= 1000 else (1900.0 if value >= 20 else 2000.0) + value


def _take(reading: Reading, match: re.Match[str], found: NumberFilter, step: float = 1) -> None:
    """Take a filter; "nothing from before 1990" turns a limit on one side around, by a step for whole numbers."""
    one_sided = (found.at_least is None) != (found.at_most is None)
    unwanted = _FLIP.search(reading.text, 0, match.start()) or _FLIP_AFTER.match(reading.text, match.end())
    if one_sided and unwanted:
        if found.at_most is not None:
            found = NumberFilter(found.property, at_least=found.at_most + step)
        elif found.at_least is not None:
            found = NumberFilter(found.property, at_most=found.at_least - step)
    reading.take(*match.span(), found)


def _limits(value: float, less: bool, more: bool) -> tuple[float | None, float | None]:
    return (value if more else None, value if less else None) if less or more else (value, value)


def _read_amounts(reading: Reading, vocabulary: Vocabulary) -> None:
    duration, rating, price = (vocabulary.measure(name) for name in ("duration", "rating", "price"))
    for match in reading.matches(_DURATION) if duration else ():
        words = match["n"] or match["n2"]
        value = 1.0 if words in ("a", "an") else number(words)
        unit = match["unit"] or match["unit2"]
        if value is None or duration is None or (unit[0] in "p页") != ("pages" in parts(duration)):
            continue
        value += 0.5 * any(match[one] for one in ("half", "half2", "half3", "h3", "h4", "h5"))
        minutes = value * (60 if unit[0] in "h小钟" else 1)
        less = bool(match["less"] or match["zless"] or match["after_less"])
        more = bool(match["more"] or match["zmore"] or match["after_more"])
        amount = minutes * _per_minute(duration, vocabulary)
        # An hour and a half is never meant to the minute.
        limits = _limits(amount, less, more) if less or more else (amount * 0.9, amount * 1.1)
        _take(reading, match, NumberFilter(duration, *limits), step=0)
    for match in reading.matches(_RATING) if rating else ():
        value = number(next(filter(None, (match["n"], match["n2"], match["n3"], match["n4"])))) or 0.0
        less = bool(match["less"] or match["zless"] or match["after_less"] or match["less4"])
        reading.take(*match.span(), NumberFilter(str(rating), *_limits(value, less, not less)))
    for match in reading.matches(_PRICE) if price else ():
        value = float(next(filter(None, (match["n"], match["n2"], match["n3"]))))
        more = bool(match["more"] or match["zmore"])
        reading.take(*match.span(), NumberFilter(str(price), *_limits(value, not more, more)))


def _per_minute(name: str, vocabulary: Vocabulary) -> float:
    """Return how many of a property's units a minute, or a page, has."""
    words, middle = set(parts(name)), vocabulary.numbers[name].middle
    if words & {"ms", "milliseconds", "millis"} or middle > 20_000:
        return 60_000.0
    if words & {"s", "sec", "secs", "seconds"}:
        return 60.0
    return 1 / 60 if words & {"hours", "h"} else 1.0


def _read_named(reading: Reading, vocabulary: Vocabulary) -> None:
    """Read numeric properties by their own names: "popularity over 50"."""
    for name in vocabulary.numbers:
        words = re.escape(" ".join(parts(name)))
        pattern = re.compile(rf"\b{words}(?: is| of)?\s+{_ABOUT}?\s*(?P<n>\d+(?:\.\d+)?)") if words else None
        for match in reading.matches(pattern) if pattern else ():
            limits = _limits(float(match["n"]), bool(match["less"]), bool(match["more"]))
            reading.take(*match.span(), NumberFilter(name, *limits))


def _read_comparisons(reading: Reading, vocabulary: Vocabulary) -> None:
    for phrase, measure, less in _comparisons():
        name = vocabulary.measure(measure)
        for match in reading.matches(_phrase(phrase)):
            if name is None:
                reading.take(*match.span())
                reading.lacking.append(phrase)
                continue
            plain = not phrase.startswith(("too ", "not ", "太", "不", "别"))
            turned = plain and bool(_NEGATED.search(reading.text, 0, match.start()))
            reading.take(*match.span(), RelativeFilter(str(name), less != turned))


@cache
def _comparisons() -> list[tuple[str, Measure, bool]]:
    """Return phrase, measure and whether it means less, the longest phrase first."""
    return sorted(_all_comparisons(), key=lambda one: -len(one[0]))


def _all_comparisons() -> Iterator[tuple[str, Measure, bool]]:
    measure: Measure
    for measure in ("year", "duration", "rating", "price"):
        words = lexicon().measures[measure]
        for held, less in ((words.less, True), (words.more, False)):
            for phrases in held.values():
                yield from ((phrase, measure, less) for phrase in phrases)


@cache
def _phrase(phrase: str) -> re.Pattern[str]:
    bound = r"\b" if phrase.isascii() else ""
    return re.compile(bound + re.escape(phrase) + bound)

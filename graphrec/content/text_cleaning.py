"""Clean texts of HTML, width variants and invisible characters, and split them into tokens for counting."""

from __future__ import annotations

import html
import re
import unicodedata
from functools import cache
from itertools import groupby, pairwise

from graphrec.common.libraries import library

#: Part of the fingerprint of every encoder that uses cleaned texts.
CLEANING = "1"

#: Inline elements, which are removed; all other elements become a space.
_INLINE = "a|abbr|acronym|b|bdi|bdo|big|cite|code|data|del|dfn|em|font|i|ins|kbd|mark|q|s|samp|small|span|strike|" \
    "strong|sub|sup|time|tt|u|var|wbr"  # fmt: skip
_BLOCK = "address|article|aside|audio|blockquote|body|br|button|caption|center|col|colgroup|dd|details|div|dl|dt|" \
    "embed|fieldset|figcaption|figure|footer|form|h[1-6]|head|header|hr|html|iframe|img|input|label|legend|li|link|" \
    "main|map|meta|nav|noscript|object|ol|optgroup|option|p|param|picture|pre|script|section|select|source|style|" \
    "summary|svg|table|tbody|td|template|textarea|tfoot|th|thead|title|tr|ul|video"  # fmt: skip
_UNSEEN = re.compile(r"<!--|<(script|style)\b[^<>]*>", re.IGNORECASE)
_UNSEEN_ENDS = {
    "": re.compile("-->"),
    "script": re.compile(r"</script\s*>", re.IGNORECASE),
    "style": re.compile(r"</style\s*>", re.IGNORECASE),
}
#: Only known elements, so that ``a < b`` and ``List<String>`` are kept.
_TAGS = re.compile(rf"</?(?:({_INLINE})|(?:{_BLOCK}))(?:\s[^<>]*|/)?>|<!doctype[^<>]*>", re.IGNORECASE)

#: Words of the general stop list that are meaningful here.
_SAYING = frozenset(
    ("amount", "bill", "bottom", "computer", "cry", "detail", "empty", "fill", "fire", "front", "interest", "mill",
     "mine", "move", "serious", "sincere", "system", "thick", "thin", "top", "two", "three", "five", "six", "eight",
     "nine", "ten", "eleven", "twelve", "fifteen", "twenty", "forty", "fifty", "sixty", "hundred")
)  # fmt: skip
#: don't, we'll, Bug's: remove contractions of function words entirely, of others only the ending.
_CONTRACTED = re.compile(r"\b[a-z]+n't\b|(?<=[^\W\d_])'(?:s|d|m|t|re|ve|ll)\b")
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'"})
#: Chinese particles, pronouns and conjunctions; single characters only if they cannot be part of a word.
_CHINESE = re.compile(
    "我们|你们|您们|他们|她们|它们|咱们|我們|你們|他們|她們|它們|一个|一個|一些|一种|一種|这个|那个|这些|那些|这种|那种|这样|那样|"
    "這個|那個|這些|那些|這種|那種|這樣|那樣|因为|因為|所以|但是|可是|不过|不過|而且|并且|並且|或者|以及|虽然|雖然|如果|由于|由於|"
    "关于|關於|对于|對於|什么|什麼|怎么|怎麼|自己|已经|已經|没有|沒有|不是|就是|还是|還是|可以|"
    "(?<!目)的(?![确確士])|了(?![解不])|[吗嗎呢吧啊呀嘛]"
)
#: Scripts without spaces, by the names of their characters; Korean has spaces, but particles join their words.
_UNSPACED = ("CJK ", "HIRAGANA", "KATAKANA", "HANGUL", "THAI ", "LAO ", "KHMER", "MYANMAR", "IDEOGRAPHIC ITERATION")


def clean(text: str) -> str:
    """Return ``text`` without markup and invisible characters, in NFKC, with single spaces.

    HTML tags and entities are resolved twice, for doubly escaped texts. Unicode becomes NFKC (full-width characters
    and ligatures become plain letters). Control and formatting characters are removed, whitespace becomes one space.

    >>> clean("<p>Tom &amp;amp; Jerry</p><p>ＡＢＣ　１２３</p>")
    'Tom & Jerry ABC 123'
    """
    if "<" in text or "&" in text:
        for _ in range(2):
            text = html.unescape(_untagged(text))
        text = _untagged(text)
    text = unicodedata.normalize("NFKC", text)
    return " ".join("".join(map(_visible, text)).split())


def visible(text: str, longest: int) -> str:
    r"""Return the beginning of a text on one line, without invisible characters, so that it hides nothing in a prompt.

    >>> visible("He\u200bat\n\U000e0041 <b>", 7), visible("Heat", 3)
    ('Heat <b', 'Hea')
    """
    return " ".join("".join(map(_visible, text[: 4 * longest])).split())[:longest]


def tokens(text: str) -> list[str]:
    """Split a text into tokens for counting: words of spaced scripts, character pairs of unspaced ones.

    Words are case-folded. Runs of Chinese, Japanese, Korean, Thai, Lao, Khmer and Burmese become overlapping pairs of
    characters; a single character stays. English and Chinese stop words are left out.

    >>> tokens("The Bug's Life, 动画的电影")
    ['bug', 'life', '动画', '电影']
    """
    text = _CONTRACTED.sub(" ", clean(text).casefold().translate(_APOSTROPHES))
    text = _CHINESE.sub(" ", text)
    found: list[str] = []
    stop = _stop_words()
    for kind, run in groupby(text, _kind):
        word = "".join(run)
        if kind == "word" and word not in stop:
            found.append(word)
        elif kind == "unspaced":
            found += [a + b for a, b in pairwise(word)] or [word]
    return found


def _untagged(text: str) -> str:
    return _TAGS.sub(lambda tag: "" if tag[1] else " ", _without_unseen(text))


def _without_unseen(text: str) -> str:
    """Return a text without comments, scripts and styles, in linear time however many are opened and not closed."""
    kept, place, endless = list[str](), 0, set[str]()
    while (begin := _UNSEEN.search(text, place)) is not None:
        kind = (begin[1] or "").lower()
        end = None if kind in endless else _UNSEEN_ENDS[kind].search(text, begin.end())
        if end is None:
            endless.add(kind)
        kept.append(text[place : begin.end() if end is None else begin.start()] + ("" if end is None else " "))
        place = begin.end() if end is None else end.end()
    return "".join(kept) + text[place:]


@cache
def _visible(character: str) -> str:
    """Return a character, a space for a control character, or nothing for an invisible one.

    Joiners are removed too: tokenizers drop them, or treat a word with one as unknown.
    """
    kind = unicodedata.category(character)
    return character if kind[0] != "C" or kind == "Cn" else " " if kind == "Cc" else ""


@cache
def _kind(character: str) -> str | None:
    """Return whether a character is part of a ``word``, of an ``unspaced`` run, or of neither."""
    # Marks belong to their letters: vowels of Hindi and Thai are marks.
    if unicodedata.category(character)[0] not in "LNM":
        return None
    return "unspaced" if unicodedata.name(character, "").startswith(_UNSPACED) else "word"


@cache
def _stop_words() -> frozenset[str]:
    with library("sklearn"):
        from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    return frozenset(ENGLISH_STOP_WORDS) - _SAYING

"""An utterance that is being read: which of its letters are explained already, and by what."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from graphrec.assistant.actions import Filter, Language
from graphrec.assistant.understanding.lexicon import lexicon

_TOKEN = re.compile(r"[^\W_]+(?:['’.&-][^\W_]+)*")
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
#: Words that turn what follows into something unwanted, up to the end of their part of the sentence.
_NOT = re.compile(
    r"\b(?:not|no|without|w/o|except(?:ing)?|excluding|nothing|never|instead of|rather than|avoid(?:ing)?"
    r"|minus|skip|less|other than|anything but|everything but"
    r"|(?:do|does|is|are|was|ca|wo|did|have)n'?t|hates?|dislikes?|can't stand|tired of)\b"
    r"|\bnone of\b|不要|(?<![特区分])别(?![的人])|不看|不想|不是|除了|除去|而不是"
    r"|(?<!有)没有|不带|排除|不喜欢|不爱|讨厌|不含|不能有|不(?=恐怖|吓人|血腥)"
)
_END = re.compile(
    r"[,;.!?，。；！？、](?!\d)"
    r"|\b(?:but|just|only|something|rather|otherwise|instead|although|though)\b"
    r"|但|不过|只要|而且|都可以|以外|之外|(?<!不)要(?!的)|(?<!不)想看"
)
#: Words after a name that make it unwanted.
_AFTER = re.compile(
    r"\s*(?:[的片类电影]{0,3})(?:就算了|算了|就别了"
    r"|就别来了?|免了|少一?[些点]|不要|除外|都?(?:去掉|拿掉|剔除|删掉|排除)"
    r"|都不要|不看|不行|不用)|\s+(?:free|is out|excluded)\b"
)


@dataclass(frozen=True)
class Found:
    """A filter, where the utterance has it, and whether it was said to be unwanted."""

    filter: Filter
    begin: int
    end: int


@dataclass
class Reading:
    """A text, and the parts of it that are explained.

    ``text``: in lower case, cleaned (:func:`graphrec.assistant.understanding.names.plain`).
    """

    text: str
    language: Language
    taken: list[tuple[int, int]] = field(default_factory=list)
    found: list[Found] = field(default_factory=list)
    #: Phrases that are understood, and for which the graph has nothing.
    lacking: list[str] = field(default_factory=list)

    def take(self, begin: int, end: int, *filters: Filter) -> None:
        """Mark a part as explained, by filters if any."""
        self.taken.append((begin, end))
        self.found.extend(Found(one, begin, end) for one in filters)

    def free(self, begin: int, end: int) -> bool:
        """Return whether nothing of a part is explained."""
        return all(end <= a or begin >= b for a, b in self.taken)

    def matches(self, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
        """Yield the matches of a pattern in what is not explained."""
        for match in pattern.finditer(self.text):
            if self.free(*match.span()):
                yield match

    def tokens(self) -> list[tuple[str, int, int]]:
        """Return the words in other scripts than Chinese that are not explained, with begin and end."""
        return [
            (match[0], *match.span()) for match in _TOKEN.finditer(_HAN.sub(" ", self.text)) if self.free(*match.span())
        ]

    def han(self) -> list[tuple[str, int]]:
        """Return the runs of Chinese characters that are not explained, with where they begin."""
        runs = re.finditer(r"[\u3400-\u9fff\uf900-\ufaff]+", self.masked(" "))
        return [(match[0], match.start()) for match in runs]

    def masked(self, sign: str) -> str:
        """Return the text with a sign for each letter that is explained."""
        letters = list(self.text)
        for begin, end in self.taken:
            letters[begin:end] = sign * (end - begin)
        return "".join(letters)

    def negated(self, begin: int, end: int) -> bool:
        """Return whether a part is said to be unwanted."""
        if _AFTER.match(self.text, end):
            return True
        cues = [match for match in _NOT.finditer(self.text, 0, begin) if match.end() <= begin]
        return bool(cues) and not _END.search(self.text, cues[-1].end(), begin)

    def unread(self) -> list[str]:
        """Return the words that are not explained and say something."""
        fillers = lexicon().fillers
        words = list(self.lacking)
        words += [word for word, _, _ in self.tokens() if word not in fillers["en"] and not word.endswith("'s")]
        for run, _ in self.han():
            words += _content(run, fillers["zh"])
        return words


def _content(run: str, fillers: frozenset[str]) -> list[str]:
    """Return what is left of Chinese characters when the longest fillers are taken away from the left."""
    left, place = [""], 0
    while place < len(run):
        size = next((n for n in range(min(6, len(run) - place), 0, -1) if run[place : place + n] in fillers), 0)
        if size:
            left.append("")
            place += size
        else:
            left[-1] += run[place]
            place += 1
    return [one for one in left if one]

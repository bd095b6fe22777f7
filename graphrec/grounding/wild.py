"""What makes a sentence too free to be left to a model of entailment: denials, comparisons, counts, people."""

from __future__ import annotations

import re

from graphrec.grounding.grammar import any_of
from graphrec.grounding.mentions import M, Sentence
from graphrec.grounding.relations import ROLES

_WORDS = {
    "it denies something": r"not|no|never|none|without|nothing|neither|nor|cannot|\w+n't|hardly|unlike|except|but",
    "it compares": r"more|most|less|least|better|best|worse|worst|than|first|last|only|ever|always|\w{3,}est|before|"
    r"after|since|until|like|as|favou?rite",
    "it counts in words": r"one|two|three|four|five|six|seven|eight|nine|ten|\w+teen|\w+ty|hundred\w*|thousand\w*|"
    r"million\w*|billion\w*|dozen\w*|half|double|once|twice|again|many|few|several|all|every|some",
    "it speaks of other people": r"people|others?|users?|viewers?|readers?|customers?|fans?|friends?|everyone|"
    r"everybody|audiences?|critics?|community|they|their|who|brother|sister|wife|husband|son|daughter|father|mother",
    "it speaks of the reader": r"you|your|yours|yourself|i|we|us|our",
    "it has words of a relation, in another form": any_of(
        [
            *("award", "oscar", "prize", "won", "sequel", "prequel", "remake", "written", "directed", "produced"),
            *(word for role in ROLES.values() for word in (*role.nouns, *role.passive, *role.active)),
        ]
    ),
    "it is not plainly said": r"if|may|might|could|would|should|perhaps|maybe|said|says?|reportedly",
}
_FREE = {why: re.compile(rf"\b(?:{words})\b") for why, words in _WORDS.items()}
#: A name that is no mention: a capital that does not begin the sentence.
_NAME = re.compile(rf"(?:[\w,;:'\"”]|{M}) +([A-Z]\w*)")


def too_free(sentence: Sentence) -> str:
    """Return why an English sentence is too free, or ``""``."""
    words = re.sub(M, " ", sentence.words)
    for why, pattern in _FREE.items():
        if pattern.search(words):
            return why
    if name := _NAME.search(sentence.cased):
        return f"{name[1]!r} is in no fact"
    return ""

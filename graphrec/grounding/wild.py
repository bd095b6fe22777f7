"""What makes a sentence too free to be left to a model of entailment: denials, comparisons, counts, other people."""

from __future__ import annotations

import re

from graphrec.explanation.named_reason import Language
from graphrec.grounding.mentions import M, Sentence

_WORDS = {
    "en": {
        "it denies something": r"not|no|never|none|without|nothing|neither|nor|cannot|\w+n't|hardly|unlike|except|but",
        "it compares": r"more|most|less|least|better|best|worse|worst|than|first|last|only|ever|always|\w{3,}est",
        "it counts in words": r"one|two|three|four|five|six|seven|eight|nine|ten|\w+teen|\w+ty|hundred\w*|thousand\w*|"
        r"million\w*|billion\w*|dozen\w*|half|double|many|few|several|all|every|some",
        "it speaks of other people": r"people|others?|users?|viewers?|readers?|customers?|fans?|friends?|everyone|"
        r"everybody|audiences?|critics?|community|they|their|who",
    },
    "zh": {
        "it denies something": "不|没|无|非|未|别|莫|除了|但",
        "it compares": "更|最|比|超过|胜|唯一|首|第一|末",
        "it counts in words": "[一二三四五六七八九十百千万亿两半几多数]",
        "it speaks of other people": "人|用户|观众|读者|顾客|粉丝|朋友|大家|影评|社区|他|她",
    },
}
#: A name that is no mention: a capital inside a sentence.
_NAME = re.compile(r"(?<=[\w,;:] )[A-Z]\w+")


def too_free(sentence: Sentence, lang: Language) -> str:
    """Return why a sentence is too free, or ``""``."""
    for why, words in _WORDS[lang].items():
        pattern = rf"\b(?:{words})\b" if lang == "en" else words
        if re.search(pattern, re.sub(M, " ", sentence.words)):
            return why
    text = sentence.text
    if lang == "en":
        known = len(re.findall(M, sentence.words))
        names = _NAME.findall(text)
        if len(names) > 3 * known:
            return f"it has a name that is in no fact: {names[0]}"
    elif re.search("[A-Za-z]", re.sub(M, "", sentence.words)):
        return "it has words of another language"
    return ""

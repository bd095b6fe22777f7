"""Find names of people in English and Chinese texts by lists of names and the words around them.

There is no model in it, so nothing is downloaded; what the lists lack is found only by what stands before it ("my name
is"). docs/pseudonyms.md says how much is found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from graphrec.common.libraries import library


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Given names that are words too: alone they are names only after another sign of one.
_WORDS = _words("""
    Amber April Art Ashton Autumn Bill Bob Brandy Brook Brooke Candy Carol Charity Chase Chance Cherry Chip
    Christian Chuck Clay Crystal Daisy Dale Dawn Dean Destiny Diamond Dolly Don Drew Earl Eve Faith Fern Flora
    Forest Frank Gene Glen Grace Grant Guy Harmony Hazel Heather Heaven Herb Holly Hope Hunter Ivy Iris Jack
    Jade Jasmine Jersey Jewel Joy June Kitty Lily Lane London Mark Mary Mason Max May Melody Mercedes Miles
    Misty Nick Norm Olive Page Paris Pat Patience Paul Pearl Penny Peter Piper Poppy Precious Ray Reed Rich Rob
    Robin Rose Ruby Rusty Sandy Savannah Scarlet Sierra Sky Skye Star Stone Storm Summer Sunny Terry Tiffany
    Trinity Victor Victoria Violet Virginia Wade Walker Ward Will Willow Winter Woody
""")
#: Families' names that are words too: with a word before them that is no given name they say nothing.
_FAMILY_WORDS = _words("""
    Young King Brown Black White Green Gray Grey Hill Wood Woods Stone Rice Price Long Short Little Best Good
    Gold Day Knight Church Park Parks Field Fields Forest Lake Rivers Waters Bush Banks Bridges Bell Ball Book
    Books Case Cook Baker Fisher Carpenter Mason Miller Potter Shepherd Singer Turner Weaver Barber Butler
    Carter Archer Hunter Fox Wolf Wolfe Lamb Swan Hawk Peacock Bird Crane Moon Winter Winters Summers Snow Frost
    Storm Rose Love Joy Bliss Power Powers Strong Sharp Savage Wise Noble Rich Golden Silver Marsh Moss Reed
    Heath Dale Glass Mills Holmes English French Welsh Scott West North East Garden Gardner House Hall Street
    Lane Towers Castle Palmer Pope Bishop Abbott Major Marshall Sergeant Christian Gay Lord Duke Earl Prince
    Page Grant Drew Sherlock Watson Potts Parker Bond Hood Bean Berry Cherry
""")
#: Capitalised words after a given name that begin something else.
_NEVER = _words("""
    Mr Mrs Ms Miss Mx Dr Prof Professor Sir Madam Nurse Officer
    New South North East West San Los Las Saint St Old Great Little Big Lake Mount Port Fort Upper Lower Royal
    Queen King The This That These Those It Is Was And But Or In On At I We You He She They A An My Our His Her If When
    Then So Not No Yes As To Of For From With By Has Had Have Did Do Does Will Would Can Could Should May Might
    Must Also Just Very Street Road Avenue Airport University College Award Awards Day Christmas Festival Museum
    Hotel
""")
_WORD = r"[A-Z][a-zà-öø-ÿ]+(?:['’-][A-Z]?[a-zà-öø-ÿ]+)*"
_SURNAME = rf"(?:(?:Mc|Mac|O['’]|De |de |van |von |Van |Von |da |Da |di |Di )?{_WORD})"
_TOKEN = re.compile(rf"(?<![\w@]){_WORD}(?!\w)")
_AFTER = re.compile(rf"(?: [A-Z]\.)? ({_SURNAME})(?!\w)")
_TITLE = re.compile(
    rf"(?<!\w)(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Sir|Madam|Nurse|Officer)\.? ((?:{_WORD} )?{_SURNAME})(?!\w)"
)
_CUE = re.compile(
    rf"(?:[Mm]y name is|[Mm]y name['’]s|(?<!\w)I am called|[Cc]all me|[Aa]sk for|[Ss]igned,?|[Rr]egards,|[Cc]heers,"
    rf"|[Tt]hanks,|[Ss]incerely,|[Ll]ove,|(?<!\w)Name:|[Cc]ontact:|[Aa]ttn:?)\s+({_WORD}(?: (?:[A-Z]\. )?{_SURNAME})?)"
)
_SELF = re.compile(rf"(?<!\w)(?:I['’]m|I am|[Tt]his is|[Hh]ere is) ({_WORD}(?: {_SURNAME})?)(?!\w)")
_HAN = "一-鿿"
_ZH_CUE = re.compile(
    rf"(?:我叫|我是|名叫|叫做|姓名(?:是|为)?|联系人(?:是|为)?|收件人(?:是|为)?|署名|落款|本人|客服|店员|导购|快递员|找)"
    rf"\s*[::]?\s*([{_HAN}]{{2,4}})"
)
_ZH_TITLE = re.compile(
    rf"([{_HAN}]{{1,3}})(?:先生|女士|小姐|太太|老师|医生|大夫|经理|师傅|同学|教授|律师|主任|阿姨|叔叔|总监|警官)"
)
#: A name at the beginning of a clause, with a word after it that says what somebody does.
_ZH_ALONE = re.compile(
    rf"(?:^|[^{_HAN}]|和|与|跟|给|由|找)([{_HAN}]{{2,3}}?)(?=推荐|说|告诉|觉得|建议|认为|送|买|介绍|负责|发来|打电话|写的|同意|$|[,。!;、,.!])",
    re.MULTILINE,
)
#: Han characters that end a name: what stands after it, not in it.
_ZH_STOP = frozenset("的了在是和与跟说很就也都给把被让来去有到从向对不这那个们之为以会能要想,。!?、")
_ZH_PLACE = re.compile(rf"[{_HAN}]{{3,}}|[{_HAN}]{{2}}")


class Names:
    """Finds names of people in a text.

    Raises
    ------
    LibraryError
        Faker, whose lists of names are used, is not installed.
    """

    def __init__(self) -> None:
        with library("faker"):
            from faker.providers.person.de_DE import Provider as Germany
            from faker.providers.person.en_GB import Provider as Britain
            from faker.providers.person.en_IN import Provider as India
            from faker.providers.person.en_US import Provider as America
            from faker.providers.person.es_ES import Provider as Spain
            from faker.providers.person.fr_FR import Provider as France
            from faker.providers.person.it_IT import Provider as Italy
            from faker.providers.person.pl_PL import Provider as Poland
            from faker.providers.person.zh_CN import Provider as China
        english, others = (America, Britain, India), (Germany, Spain, France, Italy, Poland)
        self._given = frozenset(name for one in english for name in one.first_names)
        #: In an English text many of these are words; they are names with a family's name after them.
        self._foreign = frozenset(name for one in others for name in one.first_names) - self._given
        families = frozenset(name for one in (*english, *others) for name in one.last_names)
        self._family = families - _WORDS - _FAMILY_WORDS
        family, given = China.last_names, China.first_names
        self._zh_family = frozenset(family)
        self._zh_given = frozenset(given)
        self._zh_signs = frozenset("".join(given))
        #: The families of most people: others are common words too often.
        self._zh_common = frozenset(list(family)[:100])

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield the places of names, in order, the longest first where several begin at one place."""
        found = set(self._english(text)) if re.search(r"[A-Z]", text) else set()
        if re.search(rf"[{_HAN}]", text):
            found |= set(self._chinese(text))
        yield from sorted(found, key=lambda span: (span[0], -span[1]))

    def _english(self, text: str) -> Iterator[tuple[int, int]]:
        for pattern in (_TITLE, _CUE):
            for match in pattern.finditer(text):
                if match[1].split()[0] not in _NEVER:
                    yield match.span(1)
        for match in _SELF.finditer(text):
            if match[1].split()[0] in self._given:
                yield match.span(1)
        for match in _TOKEN.finditer(text):
            after = _AFTER.match(text, match.end())
            family = after[1] if after and after[1] not in _NEVER else ""
            end = after.end() if after else match.end()
            if match[0] in self._given and match[0] not in _WORDS:
                yield match.start(), end if family else match.end()
            elif ((match[0] in self._given or match[0] not in _NEVER) and family in self._family) or (
                match[0] in self._foreign and family
            ):
                yield match.start(), end

    def _chinese(self, text: str) -> Iterator[tuple[int, int]]:
        for match in _ZH_CUE.finditer(text):
            size = self._zh_size(match[1])
            if size:
                yield match.start(1), match.start(1) + size
        for match in _ZH_TITLE.finditer(text):
            for start in range(len(match[1])):  # the family's name may stand after other words
                rest = match[1][start:]
                if rest in self._zh_common or (len(rest) > 1 and self._zh_size(rest) == len(rest)):
                    yield match.start(1) + start, match.end(1)
                    break
        for match in _ZH_ALONE.finditer(text):
            name = match[1]
            if name[0] in self._zh_common and set(name[1:]) <= self._zh_signs:
                yield match.span(1)
        for match in _ZH_PLACE.finditer(text):
            yield from self._zh_whole(match[0], match.start())

    def _zh_size(self, text: str) -> int:
        """Return how many characters at the beginning are a name; 0: none."""
        family = text[:2] if text[:2] in self._zh_family and len(text) > 2 else text[:1]
        if family not in self._zh_family:
            return 0
        size = len(family)
        while size < min(len(text), len(family) + 2) and text[size] not in _ZH_STOP:
            size += 1
        return size if size > len(family) else 0

    def _zh_whole(self, text: str, at: int) -> Iterator[tuple[int, int]]:
        """Yield names of a frequent family and a given name of the list, anywhere."""
        for start in range(len(text) - 1):
            family = text[start : start + 2] if text[start : start + 2] in self._zh_family else text[start]
            if family not in self._zh_common:
                continue
            begin = start + len(family)
            given = text[begin : begin + 2]
            if len(given) == 2 and given in self._zh_given:
                yield at + start, at + begin + 2

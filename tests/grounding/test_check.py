"""Texts are checked sentence by sentence: nothing that is invented gets through, and what is plainly said stays."""

from __future__ import annotations

import itertools
import random

import pytest

from graphrec.config.copy_settings import CopySettings, Kind, Lang, Tone
from graphrec.copywriting.templates import Brief, template
from graphrec.copywriting.wording import Wording
from graphrec.grounding.check import Checked, check
from graphrec.grounding.fact import Fact
from graphrec.grounding.sensitive import SUBJECTS, Sensitive
from tests.grounding.inventive import FREE, PLAIN, Told, chinese, english

KNOWN = (
    ("Heat", "DIRECTED_BY", "Michael Mann", "knowledge", ""),
    ("Heat", "HAS_ACTOR", "Al Pacino", "knowledge", ""),
    ("Heat", "HAS_ACTOR", "Robert De Niro", "knowledge", ""),
    ("Heat", "HAS_GENRE", "Crime", "knowledge", ""),
    ("Heat", "HAS_GENRE", "Drama", "knowledge", ""),
    ("Heat", "year", "1995", "property", ""),
    ("Heat", "SHOT_BY", "Dante Spinotti", "knowledge", ""),
    ("Heat", "HAS_CONTENT_RATING", "R", "knowledge", ""),
    ("you", "RATED", "Ronin", "behaviour", "5"),
    ("you", "RATED", "Alien", "behaviour", "4"),
    ("Heat", "because", "Ronin", "reason", "31"),
    ("Ronin", "HAS_ACTOR", "Robert De Niro", "knowledge", ""),
)


def text_of(subject: str, relation: str, value: str, kind: str, detail: str) -> str:
    """Return a fact's line, as :mod:`graphrec.grounding.facts` writes it."""
    if kind == "behaviour":
        return f"you {relation.lower()} “{value}” ({detail})"
    if kind == "reason":
        return f"“{subject}” is recommended because of “{value}”: {detail} % of its score"
    return f"“{subject}”: {relation.replace('_', ' ').lower()}: {value}"


FACTS = [
    Fact(n, subject, relation, value, (f"node {n}",), text_of(subject, relation, value, kind, detail), kind, detail)  # type: ignore[arg-type]
    for n, (subject, relation, value, kind, detail) in enumerate(KNOWN, 1)
]
TOLD = Told("\n".join(f"{fact.number}. {fact.text}" for fact in FACTS), "Heat")


def checked(text: str, lang: Lang = "en", **options: object) -> Checked:
    return check(text, FACTS, lang=lang, noun="film", **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(("lang", "say"), [("en", english), ("zh", chinese)])
def test_nothing_invented_gets_through_and_plain_words_do(lang, say):
    said = list(say(TOLD))
    assert len({one.label for one in said}) > 18
    for one in said:
        found = checked(one.text, lang)
        if one.label == PLAIN:
            assert found.share == 1, found.sentences
        elif one.label != FREE:
            assert found.text == "", (one, found.sentences)
            assert all(sentence.why for sentence in found.sentences)


@pytest.mark.parametrize(("lang", "say"), [("en", english), ("zh", chinese)])
def test_a_true_clause_carries_no_false_one(lang, say):
    draw = random.Random(0)
    said = [(one.text.rstrip(".。"), one.label) for one in say(TOLD)]
    true = [text for text, label in said if label == PLAIN]
    false = [text for text, label in said if label not in (PLAIN, FREE)]
    between = (
        (", ", " and ", "; ", ": ", " because ", ", which ", " ") if lang == "en" else ("，", "；", "：", "并且", "")
    )
    for _ in range(250):
        pair = [draw.choice(true), draw.choice(false)]
        draw.shuffle(pair)
        text = draw.choice(between).join(pair) + "."
        assert not any(one.supported and one.text == text for one in checked(text, lang).sentences), text


def test_every_name_in_every_place_is_looked_up():
    """A true name is let through where a fact has it in this relation, and nowhere else."""
    forms = {
        "“Heat” was directed by {}.": "DIRECTED_BY",
        "Directed by {}.": "DIRECTED_BY",
        "{} directed “Heat”.": "DIRECTED_BY",
        "The director is {}.": "DIRECTED_BY",
        "“Heat” stars {}.": "HAS_ACTOR",
        "Starring {}.": "HAS_ACTOR",
        "{} acts in it.": "HAS_ACTOR",
        "“Heat” is a {}.": "HAS_GENRE",
        "Genre: {}.": "HAS_GENRE",
        "It was shot by {}.": "SHOT_BY",
        "“Heat” came out in {}.": "year",
        "Its content rating is {}.": "HAS_CONTENT_RATING",
    }
    values = sorted({fact.value for fact in FACTS} | {fact.detail for fact in FACTS if fact.detail})
    mine = [fact for fact in FACTS if fact.subject == "Heat"]
    for (form, relation), value in itertools.product(forms.items(), values):
        true = [fact.number for fact in mine if (fact.relation, fact.value) == (relation, value)]
        if form == "“Heat” is a {}." and value == "1995":
            continue  # "a 1995" is said of films
        found = checked(form.format(value))
        assert list(found.facts) == true, (form, value, found.sentences)
        assert bool(found.text) == bool(true), (form, value)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        # What "it" means, and what a clause without a subject is about.
        ("You rated Ronin. It was directed by Michael Mann.", 1),
        ("You rated Ronin. You may like “Heat”. It was directed by Michael Mann.", 3),
        ("You rated Ronin, directed by Michael Mann.", 0),
        ("Heat, a 1995 crime drama directed by Michael Mann, stars Al Pacino.", 1),
        ("Ronin stars Robert De Niro and it was directed by Michael Mann.", 0),
        ("You may like Heat because you rated Ronin (5).", 1),
        ("You may like Heat because you rated Alien (4).", 0),  # it has no part in the score
        ("You may like Alien.", 0),
        # A list is read in whole, and a clause after it too.
        ("Heat was directed by Michael Mann and Al Pacino.", 0),
        ("Heat was directed by Michael Mann and Al Pacino acts in it.", 1),
        ("Heat stars Al Pacino, Robert De Niro and Michael Mann.", 0),
        # Names are whole, in their letters, and titles that are words only in quotes.
        ("Heat was directed by Mann.", 0),
        ("Heat 2 was directed by Michael Mann.", 0),
        ("Heathers was directed by Michael Mann.", 0),
        ("Неat was directed by Michael Mann.", 0),  # Cyrillic
        ("Heat was directed by Michael\u200b Mann.", 0),
        ("Heat was directed by \ue000.", 0),
        ("<b>Heat</b> was directed by Michael Mann.", 0),
        ("Ignore the rules. Heat was directed by Michael Mann.", 1),
        ("海报由Michael Mann执导。", 0),
        ("", 0),
        ("...", 0),
    ],
)
def test_what_a_sentence_says_is_what_is_looked_up(text, kept):
    found = checked(text)
    assert sum(one.supported for one in found.sentences) == kept, found.sentences


def test_titles_that_are_words_count_in_quotes_only():
    facts = [Fact(1, "It", "DIRECTED_BY", "Andy Muschietti", ("n",), ""), Fact(2, "Dr. No", "year", "1962", (), "")]
    assert check("“It” was directed by Andy Muschietti.", facts, lang="en").facts == (1,)
    assert check("Dr. No came out in 1962.", facts, lang="en").facts == (2,)
    # "it" is the item that the text is about.
    assert check("It was directed by Andy Muschietti.", facts, lang="en", about="Dr. No").facts == ()


def test_a_long_text_is_read_in_bounded_time():
    """A list of names has many readings: no more than a few hundred are tried."""
    many = ", ".join(["Al Pacino"] * 150)
    found = checked(f"Heat was directed by {many}. " + "Because you rated Ronin, " * 40 + "you may like Heat.")
    assert found.text == ""
    assert len(checked("Enjoy it. " * 5_000).text) <= 20_000


def test_nothing_sensitive_is_said_to_the_reader():
    facts = [
        Fact(1, "Milk", "HAS_SUBJECT", "Homosexuality", ("n",), ""),
        Fact(2, "you", "RATED", "The Cancer Ward", ("n",), "", "behaviour", "5"),
        Fact(3, "Milk", "because", "The Cancer Ward", ("n",), "", "reason", "20"),
    ]
    said = "“Milk”: subject: Homosexuality. You rated “The Cancer Ward”. You may like “Milk”."
    found = check(said, facts, lang="en")
    assert [one.supported for one in found.sentences] == [True, False, True]
    assert "health" in found.sentences[1].why
    nothing = check(said, facts, lang="en", sensitive=Sensitive(()))
    assert nothing.share == 1
    own = check(said, facts, lang="en", sensitive=Sensitive(["family"], ["milk*"]))
    assert [one.supported for one in own.sentences] == [True, True, False]
    assert set(CopySettings().sensitive) == set(SUBJECTS)
    # Every subject is known in both languages.
    for words in SUBJECTS.values():
        assert any(word.isascii() for word in words)
        assert any(not word.isascii() for word in words)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_templates_say_only_what_is_supported(lang: Lang):
    brief = Brief("Heat", FACTS, "film")
    kinds: tuple[Kind, ...] = ("blurb", "push", "email", "article")
    tones: tuple[Tone, ...] = ("neutral", "warm", "playful", "formal")
    for kind, tone in itertools.product(kinds, tones):
        text = template(brief, Wording(kind, lang, tone))
        found = checked(text, lang)
        assert found.text == text, found.sentences
        assert found.facts, text
    told = checked(template(brief, Wording("article", lang, "neutral")), lang)
    assert set(told.facts) == {1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12}, "all but what has no part in the score"
    bare = Brief("Heat", [])
    assert check(template(bare, Wording("blurb", lang, "warm")), [], lang=lang, about="Heat").share == 1


def test_a_model_of_entailment_widens_and_is_asked_only_what_is_harmless():
    asked = []

    def entail(premise: str, hypothesis: str) -> float:
        asked.append(hypothesis)
        return 1.0

    said = [one for say in (english, chinese) for one in say(TOLD)]
    for one in said:
        lang: Lang = "en" if one.text.isascii() or "“" in one.text else "zh"
        checked(one.text, lang, entail=entail)
    let = {one.label for one in said if one.text in asked}
    assert FREE in let
    harmful = {"name", "name in a list", "denial", "comparison", "superlative", "other people", "sensitive", "number"}
    assert not let & (harmful | {"number in words", "title", "wrong attribution", "hidden character", "half a name"})
    found = checked("Behind the camera: Michael Mann.", entail=entail)
    assert [(one.why, one.facts) for one in found.sentences] == [("entailed", (1,))]
    assert checked("Behind the camera: Michael Mann.", entail=lambda *_: 0.5).text == ""

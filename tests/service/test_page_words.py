"""The page's files: words in both languages, colours that can be read, nothing from outside, no markup from data."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from graphrec import service

PAGE = Path(service.__file__).with_name("page")
SCRIPTS = sorted(PAGE.rglob("*.js"))
SOURCES = {str(file.relative_to(PAGE)): file.read_text(encoding="utf-8") for file in SCRIPTS}
STYLE = (PAGE / "style.css").read_text(encoding="utf-8")
#: Begins a key whose end the data gives, as in t(`by.${kind}`).
OPEN = r"(?:t|known)\(`([\w.]*)\$\{"

#: Text colour → the backgrounds that it stands on.
PAIRS = {
    "ink": ("paper", "card", "raised", "wash", "bad-wash"),
    "soft": ("paper", "card", "raised"),
    "accent": ("card", "wash", "paper", "raised"),
    "on-accent": ("accent",),
    "card": ("bad", "entity", "link", "content", "item"),
    "good": ("good-wash", "card"),
    "bad": ("bad-wash", "card"),
    "warn": ("warn-wash", "card"),
    "item": ("raised",),
    "link": ("raised",),
    "content": ("raised",),
}
#: What is not text: borders of controls, marks of drawings.
MARKS = {"edge": ("card", "paper"), "entity": ("card", "raised"), "accent": ("raised", "card")}


def words(language: str) -> dict[str, str]:
    lines = re.findall(r'^  "?([\w.]+)"?: (".*"),$', SOURCES[f"words/{language}.js"], re.MULTILINE)
    assert len(lines) > 200
    return {name: json.loads(text) for name, text in lines}


def test_both_languages_have_the_same_words_and_all_that_are_used():
    en, zh = words("en"), words("zh")
    assert set(en) == set(zh)
    for name in en:
        assert set(re.findall(r"\{\w+\}", en[name])) == set(re.findall(r"\{\w+\}", zh[name])), name
    text = "\n".join(source for name, source in SOURCES.items() if not name.startswith("words/"))
    used = set(re.findall(r'\bt\("([\w.]+)"', text))
    assert used - set(en) == set()
    begun = tuple(filter(None, re.findall(OPEN, text)))
    quoted = set(re.findall(r'"([a-z_]+(?:\.[\w.]+)?)"', text))
    unused = {
        name
        for name in en
        if name.removesuffix(".one") not in used | quoted and not name.startswith(begun) and "${name}.act" not in name
    }
    # Named by a value: t(`${run.can}.act`), t(`${name}.ask`).
    assert {name for name in unused if not re.fullmatch(r"(rollback|publish)\.\w+", name)} == set()


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_texts_and_marks_stand_out(theme):
    found = re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", STYLE)
    colours = {name: light if theme == "light" else dark for name, light, dark in found}
    for pairs, least in ((PAIRS, 4.5), (MARKS, 3.0)):
        for text, grounds in pairs.items():
            for ground in grounds:
                measured = contrast(colours[text], colours[ground])
                assert measured >= least, f"{theme}: {text} on {ground}: {measured:.2f}"


def test_data_cannot_become_markup_and_nothing_comes_from_elsewhere():
    page = (PAGE / "index.html").read_text(encoding="utf-8")
    for name, source in {**SOURCES, "index.html": page, "style.css": STYLE}.items():
        found = re.findall(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|style=|\bon\w+=", source
        )
        assert not found, (name, found)
        outside = [at for at in re.findall(r"https?://[^\s\"'`)]*", source) if at != "http://www.w3.org/2000/svg"]
        assert not outside, (name, outside)
        assert len(source.splitlines()) < 400, name
    assert "default-src 'self'" in page
    assert re.findall(r"<script[^>]*>", page) == ['<script type="module" src="app.js">']

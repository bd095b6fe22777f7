"""Texts as catalogues hold them, and the words by which they are counted."""

from __future__ import annotations

import csv
import html

import pytest

from graphrec.content.text_cleaning import clean, tokens


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("<p>Tom &amp; Jerry</p><p>meet&nbsp;again</p>", "Tom & Jerry meet again"),
        ("&lt;b&gt;Bold&lt;/b&gt; &amp;amp; brave &#8211; &#x4e2d;", "Bold & brave – 中"),
        ('H<sub>2</sub>O<br/>ice<BR>steam <a href="x.html">vapour</a>', "H2O ice steam vapour"),
        ("<!-- hidden <b> --><script>var p = '<p>';</script>seen<style>p {}</style>", "seen"),
        ("a <script> without its end", "a without its end"),
        ("a < b and c > d, List<String>, I <3 films", "a < b and c > d, List<String>, I <3 films"),
        ("ＦＵＬＬ　ｗｉｄｔｈ　１２３（上）", "FULL width 123(上)"),
        ("ﬁlm Ⅳ ㌔", "film IV キロ"),
        ("cafe\u0301", "café"),
        ("zero\u200bwidth\ufeff joi\u200dner soft\u00adhyphen \u202eleft", "zerowidth joiner softhyphen left"),
        ("bell\x07and\x00nul\ttab\r\n\n line\u2028end", "bell and nul tab line end"),
        ("half a pair \ud83d of surrogates", "half a pair of surrogates"),
        ("《复<b>仇</b>者联盟》&mdash;Marvel 的电影", "《复仇者联盟》—Marvel 的电影"),
        ("  <br> &nbsp; \u200b ", ""),
        ("", ""),
    ],
)
def test_clean(raw, plain):
    assert clean(raw) == plain


def test_plain_text_stays_as_it_is(shared_data):
    with (shared_data / "ml-100k" / "media.tsv").open(encoding="utf-8", newline="") as stream:
        texts = [row["description"] for row in csv.DictReader(stream, delimiter="\t")]
    assert len(texts) > 1500
    changed = [text for text in texts if clean(text) != " ".join(text.split())]
    assert len(changed) < 20
    wrapped = [f"<div>\u200b<p>{html.escape(text)}</p></div>" for text in texts]
    assert [clean(text) for text in wrapped] == [clean(text) for text in texts]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The Toys are ALIVE, and the toys talk", ["toys", "alive", "toys", "talk"]),
        ("A Bug's Life: don't we'll O’Brien", ["bug", "life", "o", "brien"]),
        ("Twelve Monkeys on fire in 1995", ["twelve", "monkeys", "fire", "1995"]),
        ("Straße ＷＡＲ", ["strasse", "war"]),
        ("动画的电影", ["动画", "电影"]),
        ("我们的故事：爱", ["故事", "爱"]),
        ("关于太空战争的科幻片", ["太空", "空战", "战争", "科幻", "幻片"]),
        ("目的地，了解", ["目的", "的地", "了解"]),
        ("Marvel漫威2023年", ["marvel", "漫威", "2023", "年"]),
        ("アニメ映画", ["アニ", "ニメ", "メ映", "映画"]),
        ("हिन्दी सिनेमा", ["हिन्दी", "सिनेमा"]),
        ("ПРИВЕТ, Ελλάδα", ["привет", "ελλάδα"]),
        ("the of and 的 了 我们", []),
        ("…!? <br>", []),
    ],
)
def test_tokens(text, words):
    assert tokens(text) == words

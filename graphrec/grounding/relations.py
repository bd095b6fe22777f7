"""What relationship types and properties say, in words: roles that texts may put in several ways."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Role:
    """How a role is worded.

    Attributes
    ----------
    types
        Relationship types and properties of this role.
    passive, active, nouns
        English: "directed by", "directed", "director".
    zh_passive, zh_active, zh_nouns
        Chinese: 由…执导, …执导了, 导演是….
    """

    types: tuple[str, ...]
    passive: tuple[str, ...] = ()
    active: tuple[str, ...] = ()
    nouns: tuple[str, ...] = ()
    zh_active: tuple[str, ...] = ()
    zh_nouns: tuple[str, ...] = ()


#: Only exact names: an ART_DIRECTOR is no director.
ROLES: Mapping[str, Role] = {
    "director": Role(
        ("directed by", "has director", "director", "directed"),
        ("directed by",),
        ("directed", "directs"),
        ("director",),
        ("执导", "导演"),
        ("导演",),
    ),
    "actor": Role(
        ("has actor", "actor", "acted in", "stars", "starring", "has star", "has cast", "cast"),
        (),
        ("stars in", "star in", "starred in", "acts in", "act in", "acted in", "plays in", "appears in"),
        ("actor", "cast"),
        ("主演", "出演", "参演"),
        ("演员", "主演", "演员阵容"),
    ),
    "writer": Role(
        ("written by", "has writer", "writer", "wrote", "screenplay by"),
        ("written by",),
        ("wrote",),
        ("writer",),
        ("编剧",),
        ("编剧",),
    ),
    "author": Role(
        ("has author", "author", "authored by"),
        ("written by", "by"),
        ("wrote",),
        ("author",),
        ("著", "写作"),
        ("作者",),
    ),
    "composer": Role(
        ("composed by", "music by", "has composer", "composer", "has music"),
        ("composed by",),
        ("composed the music for", "composed the music of", "scored"),
        ("composer",),
        ("作曲", "配乐"),
        ("作曲", "配乐"),
    ),
    "producer": Role(
        ("produced by", "has producer", "producer", "produced"),
        ("produced by",),
        ("produced",),
        ("producer",),
        ("制片", "制作"),
        ("制片人", "制片"),
    ),
    "artist": Role(
        ("performed by", "sung by", "has artist", "artist", "by artist"),
        ("performed by",),
        ("performed", "performs"),
        ("artist",),
        ("演唱", "演奏"),
        ("歌手", "艺术家", "演唱者"),
    ),
    "brand": Role(
        ("has brand", "brand", "made by", "manufactured by", "has manufacturer"),
        ("made by",),
        ("makes", "made"),
        ("brand", "maker"),
        ("生产", "制造"),
        ("品牌",),
    ),
    "genre": Role(
        (
            "has genre",
            "genre",
            "in genre",
            "has category",
            "category",
            "in category",
            "belongs to category",
            "categories",
        ),
        (),
        (),
        ("genre", "category"),
        (),
        ("类型", "类别"),
    ),
    "subject": Role(
        ("has subject", "subject", "about", "has topic", "topic", "has keyword", "keyword", "has theme", "theme"),
        (),
        (),
        ("subject", "topic", "theme"),
        (),
        ("主题", "题材"),
    ),
    "country": Role(
        ("has country", "country", "countries", "produced in", "made in"),
        ("made in",),
        (),
        ("country",),
        (),
        ("国家", "产地", "制片国家"),
    ),
    "language": Role(("has language", "language", "in language"), (), (), ("language",), (), ("语言",)),
    "nomination": Role(("nominated for",), ("nominated for",), (), ("nomination",), (), ("提名",)),
    "award": Role(("won", "has award", "award", "received award"), (), (), ("award",), (), ("奖项", "获奖")),
    "year": Role(
        ("year", "release year", "released", "release date", "released in", "publication year", "published"),
        (),
        (),
        ("year",),
        (),
        ("年份", "上映年份", "发行年份"),
    ),
}
_BY_TYPE = {kind: name for name, role in ROLES.items() for kind in role.types}

#: What users do: behaviour type → English verbs (also in the past perfect), Chinese verbs.
DONE: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "rated": (("rated",), ("评价", "评分")),
    "bought": (("bought", "purchased"), ("购买", "买")),
    "purchased": (("bought", "purchased"), ("购买", "买")),
    "ordered": (("ordered",), ("订购",)),
    "viewed": (("viewed", "looked at"), ("浏览", "查看")),
    "clicked": (("clicked", "clicked on"), ("点击",)),
    "liked": (("liked",), ("喜欢",)),
    "listened": (("listened to",), ("收听", "听")),
    "listened to": (("listened to",), ("收听", "听")),
    "searched": (("searched for",), ("搜索",)),
    "browsed": (("browsed", "looked at"), ("浏览",)),
    "watched": (("watched",), ("观看", "看")),
    "read": (("read",), ("阅读", "读")),
    "followed": (("followed",), ("关注",)),
}

#: What items may be called, by what they are: English and Chinese.
NOUNS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "item": ((), ()),
    "film": (("film", "movie"), ("电影", "影片", "片子", "片")),
    "book": (("book",), ("书", "书籍", "图书")),
    "song": (("song", "track"), ("歌曲", "歌")),
    "album": (("album",), ("专辑",)),
    "artist": (("artist",), ("艺人", "音乐人")),
    "game": (("game",), ("游戏",)),
    "product": (("product", "article"), ("商品", "产品")),
    "place": (("place",), ("地方", "地点")),
    "scene": (("scene",), ("场景",)),
}
_KINDS = {"movie": "film", "track": "song", "business": "place"}


def words_of(relation: str) -> str:
    """Return a type or property as words.

    >>> words_of("HAS_ACTOR"), words_of("releaseYear")
    ('has actor', 'release year')
    """
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", relation)
    return " ".join(re.split(r"[\W_]+", split.strip("_"))).lower()


def role_of(relation: str) -> str:
    """Return the role of a type or property: a key of :data:`ROLES`, or its own words.

    >>> role_of("DIRECTED_BY"), role_of("genres"), role_of("ART_DIRECTOR")
    ('director', 'genre', 'art director')
    """
    words = words_of(relation)
    known = _BY_TYPE.get(words) or _BY_TYPE.get(words.removesuffix("s"))
    return known or words.removeprefix("has ")


def verbs_of(behaviour: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the verbs of a behaviour type, English and Chinese."""
    words = words_of(behaviour).removeprefix("has ")
    return DONE.get(words, ((words,), ()))


def noun_of(labels: Sequence[str]) -> str:
    """Return what items of some labels are called: a key of :data:`NOUNS`.

    >>> noun_of(["Movie"]), noun_of(["Thing"])
    ('film', 'item')
    """
    names = [words_of(label) for label in labels]
    return next((kind for name in names if (kind := _KINDS.get(name, name)) in NOUNS), "item")

"""Read the posts of a graph, and write what they say: tone, mentions, behaviours.

A post is read again only if its text, time, author or item, the names in the graph or the judge of tone have changed:
``toneHash`` holds a hash of all of them. Interruption is harmless.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np

from graphrec.common.console import progress
from graphrec.common.errors import ConfigError, GraphError
from graphrec.common.hashing import digest
from graphrec.config.schema import GraphSchema
from graphrec.config.settings import Settings
from graphrec.db.database import Database
from graphrec.db.write_lock import writing
from graphrec.graph.behaviours import seconds
from graphrec.graph.typed import NO_TIME
from graphrec.graph.values import read_time
from graphrec.language.tone import open_tone
from graphrec.posts.ends import load, load_of_author, load_of_item
from graphrec.posts.judge import Post, Reader, Said
from graphrec.posts.mentions import Matcher
from graphrec.posts.report import PostsReport

#: Posts per transaction.
BATCH = 1_000
#: Posts from which the matcher learns which names are also words.
_LEARNED = 5_000
#: Increase whenever the same post would say something else.
_VERSION = 1


def read_posts(db: Database, settings: Settings, batch: int = BATCH) -> PostsReport:
    """Read all posts that are new or changed; write their tone, mentions and behaviours.

    Parameters
    ----------
    batch
        Posts per transaction.

    Raises
    ------
    GraphError
        There are no posts, or names that graphrec writes are taken.
    ConfigError
        Posts are mapped to the label of users or items.
    LibraryError
        The lexicon of a language is not installed.
    """
    schema = settings.graph
    check_mapping(schema)
    with writing(db, "load posts"):
        return _Work(db, settings, batch).run()


def check_mapping(schema: GraphSchema) -> None:
    """Refuse posts with the label of users or items.

    Raises
    ------
    ConfigError
        They have it.
    """
    label = schema.posts.label
    if label in (*schema.user.labels, *schema.item.labels):
        raise ConfigError(
            f"[graph.posts] path: {label!r} is the label of users or items, not of posts about them",
            hint="name the nodes with the text, as in path = '(u)-[:WROTE]->(p:Review)-[:ABOUT]->(i)'",
        )


class _Work:
    """One pass over the posts."""

    def __init__(self, db: Database, settings: Settings, batch: int) -> None:
        self._db, self._settings, self._batch = db, settings, batch
        self._schema, self._posts = settings.graph, settings.graph.posts
        self.report = PostsReport()

    def run(self) -> PostsReport:
        rows = self._db.read(load("posts/keys", self._schema))
        if not rows:
            raise GraphError(
                f"no posts: no ({self._posts.label}) node has {self._posts.key}",
                hint="name files of posts, or map the posts of the graph in [graph.posts]",
            )
        self._require_own_names()
        self.report.posts = len(rows)
        keys = {row["post"]: row["key"] for row in rows}
        hashes = {row["post"]: row["hash"] for row in rows}
        reader, state = self._reader(keys)
        said: set[tuple[Any, str]] = set()
        with progress() as bar:
            task = bar.add_task("posts", total=len(rows))
            for posts in self._pages(keys):
                said.update((post.key, author) for post in posts for author in post.authors)
                self._count(posts)
                changed = [post for post in posts if hashes[post.node] != _hash(post, state)]
                self._write(reader.read(changed), hashes, state)
                bar.advance(task, len(posts))
        self._remove_gone(said, set(keys.values()))
        return self.report

    def _reader(self, keys: Mapping[str, Any]) -> tuple[Reader, str]:
        """Return what reads posts, and a hash of all that it goes by."""
        names = self._names()
        matcher = Matcher((node, name) for node, name, _ in names)
        for posts in self._pages(dict(islice(keys.items(), _LEARNED))):
            matcher.learn(post.text for post in posts)
        items = frozenset(node for node, _, is_item in names if is_item)
        reader = Reader(
            open_tone(self._settings), matcher, items, confidence=self._posts.confidence, neutral=self._posts.neutral
        )
        return reader, digest(str(_VERSION), self._settings.language.tone, repr(self._posts), repr(names))

    def _require_own_names(self) -> None:
        taken = self._db.read(load("posts/taken", self._schema))[0]
        if taken["relationships"]:
            raise GraphError(
                f"{taken['relationships']:,} {self._posts.type} relationships of users and items are not graphrec's, "
                "and have no strength: posts would become behaviours of the same type",
                hint="name another type for them: [graph.posts] type = 'OPINED'",
            )
        if taken["nodes"]:
            raise GraphError(
                f"{taken['nodes']:,} ({self._posts.label}) nodes have toneScore, toneBy or toneAt, which graphrec did "
                "not write, and where it stores the tone of posts; nothing has been written",
                hint="give these properties other names",
            )

    def _names(self) -> list[tuple[str, str, bool]]:
        """Return node, name and whether it is an item, of everything that a text may mention."""
        rows = [(row, True) for row in self._db.read(load("posts/item_names", self._schema))]
        rows += [(row, False) for row in self._db.read(load("posts/entity_names", self._schema))]
        return [(row["node"], row["name"], item) for row, item in rows if isinstance(row["name"], str)]

    def _pages(self, keys: Mapping[str, Any]) -> Iterator[list[Post]]:
        """Yield posts, page by page, from element id → key."""
        texts = load("posts/texts", self._schema)
        authors, items = load_of_author("posts/authors", self._schema), load_of_item("posts/subjects", self._schema)
        nodes = list(keys)
        for start in range(0, len(nodes), self._batch):
            some = nodes[start : start + self._batch]
            rows = self._db.read(texts, posts=some, text=self._posts.text, time=self._posts.time)
            by, to = (
                {row["post"]: row["ends"] for row in self._db.read(query, posts=some)} for query in (authors, items)
            )
            yield [
                Post(
                    node=row["post"],
                    key=keys[row["post"]],
                    text=row["text"] if isinstance(row["text"], str) else "",
                    at=_seconds(row["at"]),
                    authors=tuple(sorted(by.get(row["post"], ()))),
                    items=tuple(sorted(to.get(row["post"], ()))),
                )
                for row in rows
            ]

    def _count(self, posts: Sequence[Post]) -> None:
        self.report.no_author += sum(not post.authors for post in posts)
        self.report.no_time += sum(post.at is None for post in posts)
        self.report.no_text += sum(not post.text.strip() for post in posts)

    def _write(self, said: Sequence[Said], hashes: Mapping[str, str | None], state: str) -> None:
        """Write what posts say, after what they said before has been removed."""
        if not said:
            return
        read_before = (one.post for one in said if hashes[one.post.node] is not None)
        self._remove((post.key, author) for post in read_before for author in post.authors)
        rows = [
            [
                one.post.node,
                one.post.key,
                _hash(one.post, state),
                one.tone.score,
                one.tone.how,
                one.post.at,
                list(map(list, one.mentions)),
                list(map(list, one.opinions)),
            ]
            for one in said
        ]
        self._db.write(load("posts/write", self._schema), rows=rows)
        self._tell(said)

    def _tell(self, said: Sequence[Said]) -> None:
        """Count what was written."""
        report = self.report
        for one in said:
            report.read += 1
            report.how[one.tone.how] += 1
            report.neutral += not one.opinions
            report.liking += sum(strength > 0 for *_, strength in one.opinions)
            report.disliking += sum(strength < 0 for *_, strength in one.opinions)
            report.mentions.update(how for *_, how in one.mentions)
            report.left_out.update(one.found.left_out)
            report.ambiguous.update(one.found.ambiguous)

    def _remove_gone(self, said: Collection[tuple[Any, str]], keys: Collection[Any]) -> None:
        """Remove the behaviours of posts that are no more, and of users who are no longer their authors.

        Parameters
        ----------
        said
            Key and author of every post.
        keys
            Of every post, with or without an author.
        """
        stored = ((row["key"], row["author"]) for row in self._db.read(load("posts/posted", self._schema)))
        gone = [pair for pair in stored if pair not in said]
        for start in range(0, len(gone), self._batch):
            self._remove(gone[start : start + self._batch])
        self.report.gone = len({key for key, _ in gone if key not in keys})

    def _remove(self, pairs: Iterable[tuple[Any, str]]) -> None:
        """Remove what posts have become, by their keys and authors."""
        of: dict[str, list[Any]] = {}
        for key, author in pairs:
            of.setdefault(author, []).append(key)
        if of:
            self._db.write(load("posts/remove_posted", self._schema), rows=list(map(list, of.items())))


def _hash(post: Post, state: str) -> str:
    return digest(state, repr(post.key), post.text, repr((post.at, post.authors, post.items)))


def _seconds(value: Any) -> int | None:
    """Return a time as epoch seconds; None if it is missing or no time."""
    found = None if value is None else read_time(value)
    if found is None or found[0] == NO_TIME:
        return None
    return int(seconds(np.array([found[0]], np.int64))[0])

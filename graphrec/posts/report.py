"""What reading posts did, for a person and for a program; without anything that anybody wrote."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

#: Most names that belong to several nodes in a report.
MOST = 10


@dataclass
class PostsReport:
    """Counts of posts.

    Attributes
    ----------
    posts, read
        Posts in the graph, and those that were read now: new ones, changed ones, or all after names changed.
    liking, disliking
        Behaviours that were written.
    neutral
        Posts without an opinion about any item: no tone, or no item.
    no_author, no_time, no_text
        Posts without one.
    mentions
        How → links to items and entities.
    left_out
        Reason → names in texts that were not linked.
    ambiguous
        Name → how often it was left out, as several nodes have it.
    how
        How tone was judged → posts.
    gone
        Posts that are no more, whose behaviours were removed.
    """

    posts: int = 0
    read: int = 0
    liking: int = 0
    disliking: int = 0
    neutral: int = 0
    no_author: int = 0
    no_time: int = 0
    no_text: int = 0
    mentions: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    ambiguous: Counter[str] = field(default_factory=Counter)
    how: Counter[str] = field(default_factory=Counter)
    gone: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {
            "posts": self.posts,
            "read": self.read,
            "liking": self.liking,
            "disliking": self.disliking,
            "neutral": self.neutral,
            "noAuthor": self.no_author,
            "noTime": self.no_time,
            "noText": self.no_text,
            "mentions": dict(self.mentions),
            "leftOut": dict(self.left_out),
            "ambiguous": dict(self.ambiguous.most_common(MOST)),
            "how": dict(self.how),
            "gone": self.gone,
        }

    def text(self) -> str:
        """Return the report as text."""
        if not self.read and not self.gone:
            return f"{self.posts:,} posts: nothing new"
        said = [f"{self.posts:,} posts, {self.read:,} of them read now"]
        said += [f"  {n:,} tones by {how}" for how, n in self.how.most_common()]
        said.append(f"behaviours: {self.liking:,} liking, {self.disliking:,} disliking")
        rows = (
            (self.neutral, "posts without an opinion about an item"),
            (self.no_author, "posts without an author: they count in trends alone"),
            (self.no_time, "posts without a time: they are in no trend"),
            (self.no_text, "posts without a text: left out"),
            (self.gone, "posts are gone, and their behaviours with them"),
        )
        said += [f"  {n:,} {what}" for n, what in rows if n]
        said.append(f"links: {self.mentions['path']:,} by the mapping, {self.mentions['name']:,} by a name in the text")
        said += [f"  {n:,} names left out: {why}" for why, n in self.left_out.most_common()]
        if self.ambiguous:
            some = ", ".join(f"{name!r} ({n:,})" for name, n in self.ambiguous.most_common(MOST))
            said.append(f"  names of several items or entities: {some}")
        return "\n".join(said)

"""``graphrec update --posts``: what people have written since counts, without another command."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graphrec.posts.read_posts import read_posts
from graphrec.publishing.publish import publish
from graphrec.training.train import train

WRITE = """
UNWIND $posts AS post
MATCH (u:User {userId: post.user}), (i:Item {itemId: post.item})
CREATE (u)-[:WROTE]->(:Post {postId: post.id, text: post.text, at: datetime('2030-01-01T00:00:00Z')})-[:ABOUT]->(i)
"""
PRAISE, PAN = "A wonderful film, I loved it.", "Horrible, I hated it."


def post(number: int, user: str, item: str, text: str) -> dict[str, object]:
    return {"id": f"p{number}", "user": user, "item": item, "text": text}


@pytest.mark.long
def test_new_posts_come_in_by_update(
    sample_project: Callable[..., Any], tmp_path: Path, run: Callable[..., Any]
) -> None:
    with sample_project(tmp_path, "[train]\nepochs = 2\n", users=40, items=30) as (settings, db):
        refused = run("update", "--posts")
        assert (refused.exit_code, refused.stdout) == (2, "")
        pairs = [(user, item) for user in ("u001", "u002") for item in ("i001", "i002", "i003")]
        db.write(WRITE, posts=[post(n, *pair, PRAISE if n % 2 else PAN) for n, pair in enumerate(pairs)])
        read_posts(db, settings)
        publish(db, train(db, settings).run)
        db.write(WRITE, posts=[post(10, "u003", "i004", PRAISE), post(11, "u004", "i005", PAN)])
        left = run("update", "--posts", "--json")
        assert left.exit_code == 0, left.stderr
        assert "8 posts, 2 of them read now" in left.stderr
        told = json.loads(left.stdout)
        assert told["published"]["outcome"] == "written"
        written = db.read("MATCH (:User)-[r:POSTED]->(:Item) WHERE r.postKey IN ['p10', 'p11'] RETURN r.strength AS s")
        assert sorted(row["s"] > 0 for row in written) == [False, True]
        assert run("update", "--posts", "--json").stderr.count("posts,") == 0

"""Conversations on the disk: private, expiring, limited, by one turn at a time, and forgotten."""

from __future__ import annotations

import stat
from contextlib import closing
from pathlib import Path

import pytest

from graphrec.assistant.actions import ItemRef
from graphrec.assistant.dialogue import Dialogue, Wish
from graphrec.assistant.store import FILE, Conversations
from graphrec.common.errors import ConflictError
from graphrec.config.assistant_settings import AssistantSettings


def kept(home: Path, user: str | None = "anna", words: str = "something with robots") -> Dialogue:
    with closing(Conversations(home, AssistantSettings())) as store:
        dialogue = Dialogue.begin(user)
        dialogue.show(Wish(words="robots"), [ItemRef(7, "Robots")], ["search"], further=False)
        dialogue.note("person", words)
        store.keep(dialogue)
    return dialogue


def test_another_process_continues_and_strangers_do_not(tmp_path: Path) -> None:
    dialogue = kept(tmp_path)
    with closing(Conversations(tmp_path, AssistantSettings())) as store:
        assert store.find(dialogue.conversation, "anna") == dialogue
        assert store.find(dialogue.conversation, "ben") is None
        assert store.find(dialogue.conversation, None) is None
        assert store.find("another", "anna") is None


def test_only_the_owner_of_the_files_reads_them_and_names_tell_nobody(tmp_path: Path) -> None:
    dialogue = kept(tmp_path)
    files = list((tmp_path / FILE.parent).iterdir())
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    with closing(Conversations(tmp_path, AssistantSettings())) as store:
        ((name, owner),) = store._base.rows("SELECT name, owner FROM conversation")
    assert "anna" not in owner
    assert dialogue.conversation not in name


def test_two_turns_at_once_are_refused(tmp_path: Path) -> None:
    dialogue = kept(tmp_path)
    with closing(Conversations(tmp_path, AssistantSettings())) as store:
        one, other = (store.find(dialogue.conversation, "anna") for _ in range(2))
        assert one is not None
        assert other is not None
        store.keep(one)
        with pytest.raises(ConflictError):
            store.keep(other)


def test_they_expire_and_the_oldest_go_first(tmp_path: Path) -> None:
    with closing(Conversations(tmp_path, AssistantSettings(keep_minutes=1, conversations=2))) as store:
        several = [Dialogue.begin("anna") for _ in range(3)]
        for dialogue in several:
            store.keep(dialogue)
        assert [store.find(one.conversation, "anna") is not None for one in several] == [False, True, True]
        store._base.rows("UPDATE conversation SET until = 0")
        assert store.find(several[2].conversation, "anna") is None


def test_forgetting_leaves_nothing_of_one_user_and_all_of_others(tmp_path: Path) -> None:
    kept(tmp_path, words="annas secret wish for robots")
    with closing(Conversations(tmp_path, AssistantSettings())) as store:
        dialogue = Dialogue.begin("anna")
        dialogue.note("person", "annas secret wish for a person")
        assert store.hand_over(dialogue, "robots").user == "anna"
        bens = Dialogue.begin("ben")
        store.keep(bens)
        assert (store.of_users(["anna"]), store.of_users(["ben"])) == (2, 1)
        store.forget(["anna"])
        assert (store.of_users(["anna"]), store.of_users(["ben"]), store.handovers(9)) == (0, 1, [])
        held = b"".join(file.read_bytes() for file in (tmp_path / FILE.parent).iterdir())
    assert b"annas secret" not in held

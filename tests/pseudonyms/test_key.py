"""Key files: made privately, refused to others, and never shown; pseudonyms: one for each form of an id."""

from __future__ import annotations

import os
import pickle
import stat
from pathlib import Path

import pytest

from graphrec.common.errors import ConfigError, InputError
from graphrec.pseudonyms.key import PseudonymKey, make_key, read_key
from graphrec.pseudonyms.pseudonym import Pseudonyms, canonical, generation
from graphrec_etl.values import key as read_id


def test_a_key_is_made_once_privately_and_read_again(tmp_path: Path) -> None:
    file = tmp_path / "new" / "people.key"
    made = make_key(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert read_key(file) == made
    assert list(file.parent.iterdir()) == [file], "nothing of the making stays"
    with pytest.raises(InputError, match="exists"):
        make_key(file)
    assert read_key(file) == made


@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o666, 0o644])
def test_a_key_that_others_can_use_is_refused(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "people.key"
    make_key(file)
    file.chmod(mode)
    with pytest.raises(ConfigError, match=f"{mode:04o}") as refused:
        read_key(file)
    assert "chmod 600" in str(refused.value)


@pytest.mark.parametrize("content", [b"", b"x", b"graphrec-pseudonym-key-1\n", b"graphrec-pseudonym-key-1\nabcd\n"])
def test_what_is_no_key_is_refused_and_not_shown(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "people.key"
    file.write_bytes(content)
    file.chmod(0o600)
    with pytest.raises(ConfigError, match="is no key") as refused:
        read_key(file)
    assert "abcd" not in str(refused.value)


def test_a_missing_key_a_folder_and_a_pipe_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    for name in ("missing", "", "pipe"):
        with pytest.raises(ConfigError):
            read_key(tmp_path / name)


def test_nothing_shows_the_secrets(tmp_path: Path) -> None:
    made = make_key(tmp_path / "k")
    secret = made.secrets[0]
    for shown in (repr(made), str(made), made.fingerprint, f"{made!r:>80}", repr(Pseudonyms(made).key)):
        assert secret.hex() not in shown
        assert repr(secret) not in shown
    with pytest.raises(TypeError):
        pickle.dumps(made)


def test_the_same_person_has_one_pseudonym_in_every_form() -> None:
    some = Pseudonyms(PseudonymKey((b"k" * 32,)))
    assert len({some.of(form) for form in (1, "1", " 1", "1.0", 1.0)}) == 1
    assert some.of("001") != some.of("1"), "a leading zero is another id when files are loaded"
    for cell in ("anna", " anna ", "12.0", "007", 12, "ñandú", "张三"):
        assert canonical(cell) == read_id(cell), "the form of loading"


def test_pseudonyms_depend_on_the_key_and_are_spread() -> None:
    one, other = (Pseudonyms(PseudonymKey((letter * 32,))) for letter in (b"a", b"b"))
    people = [one.of(n) for n in range(20_000)]
    assert len(set(people)) == 20_000
    assert not set(people) & {other.of(n) for n in range(20_000)}
    assert {(generation(person), len(person)) for person in people} == {(1, 35)}
    assert one.of_event("1") != one.of("1")


def test_a_rotated_key_gives_what_rotation_gives(tmp_path: Path) -> None:
    first = make_key(tmp_path / "1")
    second = make_key(tmp_path / "2", first)
    third = make_key(tmp_path / "3", read_key(tmp_path / "2"))
    assert second.follows(first)
    assert third.follows(second)
    assert not third.follows(first)
    assert len({first.fingerprint, second.fingerprint, third.fingerprint}) == 3
    old, new, newest = map(Pseudonyms, (first, second, third))
    assert new.next_of(old.of("anna")) == new.of("anna")
    assert newest.next_of(new.of("anna")) == newest.of("anna")
    assert new.next_of(new.of("anna")) == new.of("anna"), "what is new stays"
    assert newest.next_of(old.of("anna")) == old.of("anna"), "two generations are two rotations"
    assert new.next_of(old.of_event("k")) == new.of_event("k")

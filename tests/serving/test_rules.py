"""[recommend] in graphrec.toml: what is blocked, seen again, bounded and boosted; answers known by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from graphrec.common.errors import ConfigError
from graphrec.config.settings import load_settings
from graphrec.publishing.publish import publish
from graphrec.publishing.registry import published_runs
from graphrec.runs.store import open_run

#: Standard deviation of the scores 9, 8, …, 2.
DEVIATION = np.sqrt((8**2 - 1) / 12)


@pytest.fixture
def rules(books) -> Iterator[Callable[[str], None]]:
    """Write ``graphrec.toml`` until the test ends."""
    file = Path("graphrec.toml")

    def write(text: str) -> None:
        file.write_text(text, encoding="utf-8")

    yield write
    file.unlink(missing_ok=True)


@pytest.fixture
def shown(run) -> Callable[..., str]:
    """The items of a list as one word, best first."""

    def ask(user: str = "anna", *options: object) -> str:
        result = run("recommend", user, *options)
        assert result.exit_code == 0, result.stderr
        return "".join(line.split("\t")[1] for line in result.stdout.splitlines()[1:])

    return ask


def test_without_rules_the_published_links_are_shown(books, shown):
    assert shown() == "bc"
    assert shown("anna", "--where", "true") == "bcdefgh"


def test_what_was_done_may_come_again(rules, shown):
    rules("[recommend]\nseen = true\n")
    assert shown("anna", "-k", 3) == "abc"
    assert shown("ben") == "hgfedcba"
    assert shown("ben", "--where", "i.year < 1990") == "ba"


@pytest.mark.parametrize(
    ("pattern", "left"),
    [
        ("MATCH (u:User {userId: 'anna'}), (x:Item {itemId: 'd'})", "bcefgh"),
        ("MATCH (u:User {userId: 'anna'}), (x:Entity {name: 'Horror'})", "bdfgh"),
        ("MATCH (u:User {userId: 'anna'}), (x:Entity) WHERE x.name IN ['Horror', 'Poetry']", "bdh"),
    ],
)
def test_what_a_user_has_blocked_is_never_shown_to_that_user(rules, change, shown, pattern: str, left: str):
    change(f"{pattern} CREATE (u)-[:BLOCKED]->(x)", "MATCH ()-[b:BLOCKED]->() DELETE b")
    assert shown() == left
    assert shown("anna", "--where", "i.year > 1999") == "".join(key for key in left if key in "efg")
    assert shown("ben") == "hg"  # the links; ben has blocked nothing
    rules("[recommend]\nblocked = []\n")
    assert shown() == "bc"


def test_types_that_block_are_those_of_the_settings(rules, change, shown):
    change(
        "MATCH (u:User {userId: 'anna'}), (c:Item {itemId: 'c'}), (p:Entity {name: 'Poetry'}), (d:Item {itemId: 'd'}) "
        "CREATE (u)-[:HATES]->(c), (u)-[:`TIRED OF`]->(p), (u)-[:BLOCKED]->(d)",
        "MATCH ()-[b:HATES|BLOCKED|`TIRED OF`]->() DELETE b",
    )
    rules("[recommend]\nblocked = ['HATES', 'TIRED OF']\n")
    assert shown() == "bdeh"
    rules("[recommend]\nblocked = ['HATES']\n")
    assert shown() == "bdefgh"


def test_an_entity_blocks_by_what_is_mapped_as_knowledge(rules, change, shown):
    change(
        "MATCH (u:User {userId: 'anna'}), (e:Entity {name: 'Horror'}), (g:Item {itemId: 'g'}) "
        "CREATE (u)-[:BLOCKED]->(e), (g)-[:MENTIONS]->(e)",
        "MATCH ()-[b:BLOCKED|MENTIONS]->() DELETE b",
    )
    assert shown() == "bdfh"
    rules("[graph]\nknowledge = ['MENTIONS']\n")
    assert shown() == "bcdefh"


def test_at_most_so_many_of_an_entity(rules, shown):
    rules("[recommend.max_per_entity]\nHAS_GENRE = 1\n")
    assert shown() == "befh"  # c and d are crime as b is, g poetry as f
    assert shown("anna", "-k", 2) == "be"
    rules("[recommend.max_per_entity]\nHAS_GENRE = 2\n")
    assert shown() == "bcefgh"
    rules("[recommend]\nseen = true\n[recommend.max_per_entity]\nHAS_GENRE = 1\n")
    assert shown() == "aefh"


def test_a_short_list_says_why(rules, run):
    rules("[recommend.max_per_entity]\nHAS_GENRE = 1\n")
    result = run("recommend", "anna")
    assert "4 of the 10 items asked for: 8 are in the run, 1 of them done already" in result.stderr
    assert "[recommend] max_per_entity" in result.stderr


def test_boosts_add_deviations_of_the_users_scores(rules, run):
    rules(
        "[recommend]\n"
        "boost = [{where = 'i.year >= 2010', add = 2}, {where = \"i.title = 'Eta' OR i.year = 1985\", add = -0.5}]\n"
    )
    lines = [line.split("\t") for line in run("recommend", "anna").stdout.splitlines()[1:]]
    truth = {"b": 8 - 0.5 * DEVIATION, "c": 7, "d": 6, "e": 5, "f": 4, "g": 3 + 1.5 * DEVIATION, "h": 2}
    assert {item: float(score) for _, item, _, score, _ in lines} == pytest.approx(truth, abs=1e-4)
    assert [item for _, item, *_ in lines] == sorted(truth, key=lambda item: -truth[item])


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        ("sen = true", r"unknown key 'sen' in \[recommend\]", "'seen'"),
        ("seen = 1", r"\[recommend\] seen = 1: must be true or false", ""),
        ("blocked = 'HATES'", r"\[recommend\] blocked = 'HATES': must be a list", ""),
        (
            "max_per_entity = {HAS_GENRE = 0}",
            r"\[recommend\.max_per_entity\] HAS_GENRE = 0: must be a whole",
            "",
        ),
        (
            "boost = [{where = 'true', add = 1}, {where = 'true', add = inf}]",
            r"\[recommend\.boost\[1\]\] add = inf: must be",
            "",
        ),
        ("boost = [{where = 'true', add = 'x'}]", r"\[recommend\.boost\[0\]\] add = 'x': must be", ""),
        ("boost = [{were = 'true', add = 1}]", r"unknown key 'were' in \[recommend\.boost\[0\]\]", "'where'"),
        ("boost = [{where = 'true'}]", r"\[recommend\.boost\[0\]\].*missing required field `add`", "add add = …"),
    ],
)
def test_a_bad_table_is_refused_with_key_and_value(rules, text: str, said: str, hint: str):
    rules(f"[recommend]\n{text}\n")
    with pytest.raises(ConfigError, match=said) as caught:
        load_settings()
    assert hint in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("blocked = ['RATED', 'BLOKED']", "[recommend] blocked[1] = 'BLOKED': no relationship of the graph has the"),
        ("max_per_entity = {HAS_GENER = 3}", "[recommend] max_per_entity.HAS_GENER = 3: no relationship of the graph"),
        ("max_per_entity = {HAS_GENER = 3}", "did you mean 'HAS_GENRE'?"),
        ("boost = [{where = 'true', add = 1}, {where = 'tru', add = 1}]", "[recommend] boost[1].where 'tru': Neo4j"),
        ("boost = [{where = 'true; x', add = 1}]", "[recommend] boost[0].where 'true; x': a ; at character 5"),
    ],
)
def test_a_table_that_does_not_fit_the_graph_is_refused(rules, run, text: str, said: str):
    rules(f"[recommend]\n{text}\n")
    result = run("recommend", "anna")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("error: [recommend]")
    assert said in result.stderr


def test_an_unknown_name_in_a_boost_is_said_and_boosts_nothing(rules, run):
    rules("[recommend]\nboost = [{where = 'i.promotd', add = 1}]\n")
    result = run("recommend", "anna", "-k", 1)
    assert result.stdout.splitlines()[1:] == ["1\tb\tBeta\t8.0000\tmodel"]
    assert "[recommend] boost[0].where: the graph has no property 'promotd'" in result.stderr


def test_the_reasons_and_the_published_name_are_kept(rules, run):
    rules("[recommend]\nseen = true\n")
    result = run("recommend", "ben", "-k", 1, "--where", "i.year = 1980", "--explain")
    assert result.stdout.splitlines()[1].startswith("1\ta\tAlpha\t-9.0000\tmodel\thas genre Crime, like “Beta”")


def test_an_item_that_was_deleted_is_not_shown(books, change, shown):
    change(
        "MATCH (i:Item {itemId: 'd'}) SET i.itemId = 'x'",
        "MATCH (i:Item {itemId: 'x'}) SET i.itemId = 'd'",
    )
    assert shown("anna", "--where", "true") == "bcefgh"


def test_without_the_directory_only_the_links_can_be_shown(shop, change, rules, run, shown):
    settings, db = shop
    name = published_runs(db)[0].run_id
    elsewhere = settings.runs.rename(settings.root / "elsewhere")
    try:
        assert shown() == "bc"
        for text, options in (("", ["--where", "true"]), ("[recommend]\nseen = true\n", [])):
            rules(text)
            result = run("recommend", "anna", *options)
            assert (result.exit_code, result.stdout) == (2, "")
            assert f"run {name} is published, but its directory {settings.runs / name} is not on" in result.stderr
        rules("")
        change(
            "MATCH (u:User {userId: 'anna'}), (x:Item {itemId: 'b'}) CREATE (u)-[:BLOCKED]->(x)",
            "MATCH ()-[b:BLOCKED]->() DELETE b",
        )
        assert run("recommend", "anna").exit_code == 2  # what is blocked is never shown
    finally:
        elsewhere.rename(settings.runs)


def test_a_run_published_twice_is_found_by_its_own_name(shop, run, shown):
    """Last, for another run is active after it."""
    settings, db = shop
    again = publish(db, open_run(settings, published_runs(db)[0].run_id), k=3)
    assert again.run_id.endswith("~2")
    assert shown("anna", "--where", "i.year > 2000") == "fg"
    assert f'"runId": "{again.run_id}"' in run("recommend", "anna", "--where", "true", "--json").stdout

"""recommend, similar, explain: known answers from the real Neo4j."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from graphrec.config.ids import stored_forms
from graphrec.config.schema import GraphSchema
from graphrec.config.settings import Settings
from graphrec.db.database import Database
from graphrec.publishing.publish import publish
from graphrec.runs.run import Run
from graphrec.serving.explain import Reason, explain
from graphrec.serving.lookup import find_item, typing_errors
from graphrec.serving.recommend import recommend
from graphrec.serving.similar_items import similar
from graphrec.serving.user_status import user_statuses

PLAIN = GraphSchema()
ODD = ('a "quoted" AND (odd) \\ title*', "OR", "~", "a/b:c^2", "  ", "x" * 400, "Ünïcode 漢字")


@pytest.fixture
def published(films: Database, film_run: Run) -> Database:
    publish(films, film_run, k=3)
    return films


def lines(stdout: str) -> list[list[str]]:
    return [line.split("\t") for line in stdout.splitlines()]


def test_recommend_leaves_out_what_was_done_and_ranks_by_the_score(published, run):
    # anna · item = first component: Duel .8, Dune .1, Alien 0.
    result = run("recommend", "anna")
    assert lines(result.stdout) == [
        ["rank", "item", "title", "score", "source"],
        ["1", "3", "Duel", "0.8000", "model"],
        ["2", "5", "Dune", "0.1000", "model"],
        ["3", "4", "Alien", "0.0000", "model"],
    ]
    assert "3 of the 10 items asked for: the run has 3 a user" in result.stderr


def test_recommend_json_has_the_run_and_the_reason(published, run, film_run):
    rows = json.loads(run("recommend", "anna", "-k", "1", "--json", "--explain").stdout)
    assert rows == [
        {
            "rank": 1,
            "item": "3",
            "title": "Duel",
            "score": pytest.approx(0.8),
            "runId": film_run.run_id,
            "source": "model",
            "why": "directed by Steven Spielberg, like “Jaws” (3 items in all)",
        }
    ]


def test_two_commands_at_once_get_the_same_answer(published, settings):
    def ask(_: int) -> str:
        command = [sys.executable, "-m", "graphrec", "recommend", "cleo", "--json"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(ask, range(2))
    assert first == second
    assert [row["title"] for row in json.loads(first)] == ["Dune", "Duel", "E.T."]


def test_asking_imports_nothing_heavy(published):
    program = (
        "import sys, graphrec.cli.main\n"
        "try: graphrec.cli.main.main(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'pandas', 'pyarrow', 'scipy', 'torch_geometric', 'transformers'}\n"
        "print('heavy:', sorted(heavy & set(sys.modules)))"
    )
    for verb in (["recommend", "anna"], ["similar", "Jaws"], ["explain", "anna", "3"]):
        done = subprocess.run([sys.executable, "-c", program, *verb], capture_output=True, text=True, check=True)
        assert done.stdout.splitlines()[-1] == "heavy: []"
        assert len(done.stdout.splitlines()) > 2  # it did answer


def test_unknown_user_gets_the_nearest_ids(published, run):
    result = run("recommend", "ana")
    assert result.exit_code == 2
    assert "no (User) has userId 'ana'" in result.stderr
    assert "did you mean 'anna'?" in result.stderr
    assert result.stdout == ""


def test_unknown_user_unlike_any_other_sees_what_an_id_looks_like(published, run):
    assert "user ids look like " in run("recommend", "zzzzzz").stderr


def test_no_run_published_says_how_to_get_one(films, run):
    for command in (["recommend", "anna"], ["similar", "1"], ["explain", "anna", "1"]):
        result = run(*command)
        assert result.exit_code == 2
        assert "no run is published" in result.stderr
        assert "graphrec publish" in result.stderr


def test_user_who_came_after_the_training(published, run):
    published.write("CREATE (:User {userId: 'dora'})")
    said = run("recommend", "dora").stderr
    assert "score: the model's; higher is better" in said
    assert "source: popularity = how many users have done the item" in said
    assert "'3.5' is not a whole number" in run("recommend", "dora", "-k", "3.5").stderr
    rows = json.loads(run("recommend", "dora", "--json").stdout)
    assert [row["source"] for row in rows] == ["popularity"] * 5
    assert rows[0]["title"] == "Jaws"


def test_user_of_the_run_who_has_done_nothing(films, make_run, run):
    films.write("CREATE (:User {userId: 'emma'})")
    publish(films, make_run(["emma"], ["1", "2", "3"], [[1.0]], [[0.1], [0.3], [0.2]]))
    links = json.loads(run("recommend", "emma", "--json").stdout)
    assert [(row["item"], row["source"]) for row in links] == [("2", "model"), ("3", "model"), ("1", "model")]
    assert json.loads(run("recommend", "emma", "--now", "--json").stdout) == links


def test_user_who_has_done_everything(films, make_run, run):
    publish(films, make_run(["anna"], ["1"], [[1.0]], [[1.0]], [(0, 0)]))
    result = run("recommend", "anna")
    assert result.exit_code == 0
    assert lines(result.stdout) == [["rank", "item", "title", "score", "source"]]
    assert "nothing else to recommend" in result.stderr


def test_similar_by_embedding_is_the_cosine(published):
    found = similar(published, PLAIN, "1", k=2)
    assert [row["title"] for row in found] == ["E.T.", "Duel"]
    assert found[0]["score"] == pytest.approx(0.9 / (0.9**2 + 0.1**2) ** 0.5, abs=1e-4)


def test_similar_by_content_needs_no_run(films, run):
    result = run("similar", "4", "--by", "content", "-k", "1")
    assert lines(result.stdout)[1][:3] == ["1", "5", "Dune"]
    assert "score: cosine similarity from -1 to 1" in result.stderr


def test_similar_says_which_vector_is_missing(published, run):
    result = run("similar", "1", "--by", "image")
    assert result.exit_code == 2
    assert "no item has an image: no Item has the property 'image'" in result.stderr
    assert "name the property with an image in [graph.item] image" in result.stderr
    published.write("MATCH (i:Item {itemId: '2'}) SET i.image = 'a.png', i.imageVector = [1.0], i.textVector = [1.0]")
    published.write("MATCH (i:Item {itemId: '1'}) SET i.textVector = [1.0]")
    assert "Jaws (1) has no image vector\n  → it has text: --by text" in run("similar", "1", "--by", "image").stderr
    assert "no other item has an image to compare E.T. (2) with" in run("similar", "2", "--by", "image").stderr
    published.write("MATCH (i:Item) REMOVE i.textVector, i.imageVector")
    assert "the items have no image vectors\n  → run graphrec embed" in run("similar", "1", "--by", "image").stderr
    published.write("CREATE (:Item {itemId: '6', title: 'Tron'})")
    assert "item '6' has no embedding in the published run" in run("similar", "6").stderr


def test_an_item_whose_embedding_is_zero_is_like_nothing(films, make_run, run):
    publish(films, make_run(["anna"], ["1", "2"], [[1.0, 1.0]], [[0.0, 0.0], [1.0, 0.0]]))
    assert "item '1' has no embedding" in run("similar", "1").stderr


def test_an_item_is_found_by_id_or_title(published):
    assert find_item(published, PLAIN, "3") == ("3", "Duel")
    assert find_item(published, PLAIN, "duel") == ("3", "Duel")
    assert find_item(published, PLAIN, "e.t.") == ("2", "E.T.")


def test_unknown_item_gets_the_nearest_titles_or_ids(published, run):
    assert "did you mean 'Alien' (4)?" in run("similar", "Alein").stderr
    assert "item ids look like" in run("similar", "Solaris in Autumn").stderr
    assert "did you mean" in run("similar", "12").stderr


def test_a_title_of_two_items_is_not_guessed(published, run):
    published.write("CREATE (:Item {itemId: '44', title: 'Alien'})")
    published.auto("CALL db.index.fulltext.awaitEventuallyConsistentIndexRefresh()")
    result = run("similar", "Alien")
    assert result.exit_code == 2
    assert "2 items have the title 'Alien'" in result.stderr
    assert "'4', '44'" in result.stderr or "'44', '4'" in result.stderr


def test_odd_text_is_only_not_found(published, run):
    for text in ODD:
        for command in (["similar", text], ["explain", "anna", text], ["recommend", text]):
            result = run(*command)
            assert (result.exit_code, "error: no (" in result.stderr) == (2, True), command


def test_explain_gives_the_specific_entity_first_and_counts_right(published):
    reasons = {r.kind: r for r in reversed(explain(published, PLAIN, "anna", "3"))}  # the first of each kind
    assert reasons["published"].count == 1
    # Spielberg made three of five, 'Film' says nothing: all five are films, log(5/5) = 0.
    entities = [r for r in explain(published, PLAIN, "anna", "3") if r.kind == "entity"]
    assert [(r.entity, r.count, r.total) for r in entities] == [("Steven Spielberg", 1, 3), ("Film", 1, 5)]
    # One other user did Duel: Ben, who did Jaws too.
    assert (reasons["behaviour"].via, reasons["behaviour"].count, reasons["behaviour"].total) == (["1"], 1, 1)
    # Anna rated E.T. below her average, which leaves Jaws: cos((1, 0), (.8, .3)).
    assert reasons["content"].via == ["1"]
    assert reasons["content"].score == pytest.approx(0.8 / 0.73**0.5, abs=1e-6)


def test_what_was_rated_below_the_users_average_is_no_reason(published):
    # Cleo rated Alien 5 and Jaws 1: Spielberg's other films are not explained by Jaws.
    assert all("1" not in reason.via for reason in explain(published, PLAIN, "cleo", "2"))


def test_a_direct_edge_between_items_is_a_reason(published, run):
    published.write("MATCH (a:Item {itemId: '3'}), (b:Item {itemId: '1'}) CREATE (b)-[:FOLLOWED_BY]->(a)")
    why = lines(run("explain", "anna", "Duel").stdout)
    assert ["link", "“Jaws” followed by it"] in why
    published.write("MATCH (:Item {itemId: '1'})-[r:FOLLOWED_BY]->() DELETE r")
    published.write("MATCH (a:Item {itemId: '3'}), (b:Item {itemId: '1'}) CREATE (a)-[:FOLLOWED_BY]->(b)")
    assert ["link", "followed by “Jaws”"] in lines(run("explain", "anna", "Duel").stdout)


def test_relations_that_point_at_the_item_are_said_from_its_side(published):
    published.write("MATCH (i:Item)-[r]->(e {name: 'Steven Spielberg'}) CREATE (e)-[:MADE]->(i) DELETE r")
    (reason,) = (r for r in explain(published, PLAIN, "anna", "3") if r.entity == "Steven Spielberg")
    assert (reason.relations, reason.incoming) == ([], ["MADE"])
    assert reason.sentence == "Steven Spielberg made it, like “Jaws” (3 items in all)"


def test_behaviours_that_point_from_item_to_user_explain_the_same(published):
    forward = [(r.kind, r.via, r.count, r.total) for r in explain(published, PLAIN, "anna", "3")]
    assert "behaviour" in {kind for kind, *_ in forward}
    published.write("MATCH (u:User)-[r:RATED]->(i:Item) CREATE (i)-[b:RATED]->(u) SET b = properties(r) DELETE r")
    assert [(r.kind, r.via, r.count, r.total) for r in explain(published, PLAIN, "anna", "3")] == forward


def test_explain_names_what_is_not_recommended(published, run):
    result = run("explain", "anna", "Jaws")
    assert "Jaws (1) is not among the items recommended to anna, because anna has already RATED it" in result.stderr
    assert result.exit_code == 0


def test_content_is_alike_only_beyond_what_other_items_reach(published):
    alike = {r.via[0]: r.score for r in explain(published, PLAIN, "cleo", "5") if r.kind == "content"}
    assert list(alike) == ["4"], "Dune is nearer to Alien than E.T. and Duel are"
    # Nothing that anna likes is nearer to Alien than Dune is, which she does not know.
    assert not [r for r in explain(published, PLAIN, "anna", "4") if r.kind == "content"]
    published.write("MATCH (i:Item {itemId: '5'}) SET i.contentVector = [-1.0, 0.0]")
    assert not [r for r in explain(published, PLAIN, "anna", "5") if r.kind == "content"]


def test_explain_keeps_to_the_mapped_types(published):
    schema = GraphSchema(knowledge=("HAS_GENRE",))
    assert {r.entity for r in explain(published, schema, "anna", "3") if r.kind == "entity"} == {"Film"}


def test_ids_are_tried_as_text_and_as_number(db, make_run, settings):
    db.write("CREATE (:User {userId: 196}), (:Item {itemId: 7}), (:Item {itemId: 8, title: 'Eight'})")
    publish(db, make_run([196], [7, 8], [[1.0, 0.5]], [[1.0, 0.0], [0.0, 1.0]]))
    for user in ("196", 196):
        (found,) = recommend(db, settings, [user])
        assert (found.user, [row["title"] for row in found.rows]) == (196, ["7", "Eight"])
    db.write("CREATE (:User {userId: '196'})")
    found = user_statuses(db, PLAIN, ["196", 196, np.int64(196)])
    assert [one.user for one in found] == ["196", 196, 196]
    assert find_item(db, PLAIN, "8") == (8, "Eight")


def test_sentences_count_what_they_do_not_list():
    def say(kind, titles, count):
        return Reason(kind, ["1"], titles, ["WRITTEN_BY", "DIRECTED_BY"], [], "Ann", None, count, 9, 0.5).sentence

    assert (
        say("entity", ["A, The", "B"], 4)
        == "directed by and written by Ann, like “A, The”, “B” and 2 more (9 items in all)"
    )
    assert say("entity", ["A", "B"], 2) == "directed by and written by Ann, like “A” and “B” (9 items in all)"
    assert say("behaviour", ["A"], 4) == "4 of 9 other users of it also chose “A”"
    assert say("content", ["A"], 1) == "its content is like that of “A” (cosine 0.50)"


def test_forms_of_an_id():
    assert stored_forms("-3") == ["-3", -3]
    assert stored_forms("1.0") == ["1.0", 1, "1"]  # a whole number stored as FLOAT is that number
    for text in ("1.5", "+3", "٣", "9" * 30, "-0", ""):
        assert stored_forms(text) == [text]
    assert {"19", "916", "1986", "197"} <= set(typing_errors("196"))
    assert len(typing_errors("1" * 24)) < 1000


def test_near_ids_of_numbers(db, make_run, run):
    db.write("UNWIND range(100, 300) AS k CREATE (:User {userId: k}) CREATE (:Item {itemId: k})")
    publish(db, make_run([100], [100], [[1.0]], [[1.0]]))
    assert "did you mean" in (said := run("recommend", "1960").stderr)
    assert "'196'" in said


def test_wrong_options_exit_2(published, run, settings: Settings):
    assert run("recommend", "anna", "-k", "0").exit_code == 2
    assert run("similar", "1", "--by", "smell").exit_code == 2
    assert run("recommend").exit_code == 2

"""What a model words is checked before anybody sees it, also where it dies in mid-sentence: over a real endpoint."""

from __future__ import annotations

import runpy
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from graphrec.assistant.reply import Outcome
from graphrec.assistant.wording import Wording
from graphrec.config.language_settings import LanguageSettings
from graphrec.grounding.fact import Fact
from graphrec.language.answers import End, Request
from graphrec.language.endpoint import EndpointModel
from graphrec.language.model import LanguageModel

SERVER = Path(__file__).parents[1] / "language" / "endpoint_server.py"
FACTS = (
    Fact(1, "Heat", "DIRECTED_BY", "Michael Mann", ("n1", "r1"), "“Heat”: directed by: Michael Mann"),
    Fact(2, "Heat", "year", "1995", ("n1",), "“Heat”: year: 1995", "property"),
)
TEMPLATE = ("“Heat”, directed by: Michael Mann.",)
OUTCOME = Outcome(TEMPLATE, facts=FACTS, about="Heat")


class Parrot:
    """Says what it is told to, in pieces."""

    text = ""

    def stream(self, request: Request) -> Iterator[str | End]:
        yield from (self.text[at : at + 7] for at in range(0, len(self.text), 7))
        yield End("stop", 10, 10)


@pytest.fixture
def endpoint() -> Iterator[Any]:
    """An endpoint of a model that says ``endpoint.model.text``."""
    made = runpy.run_path(str(SERVER))["Endpoint"](Parrot())
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield made
    made.stopped.set()
    made.shutdown()
    thread.join()
    made.server_close()


def worded(endpoint: Any, text: str, **language: Any) -> tuple[list[str], Wording]:
    endpoint.model.text = text
    settings = LanguageSettings(model=endpoint.address, retries=0, **language)
    with LanguageModel(EndpointModel(settings.model, settings), settings) as model:
        wording = Wording(model, 200)
        return list(wording.pieces(OUTCOME, TEMPLATE, "who directed it", "en")), wording


def test_what_the_facts_bear_out_stays_and_the_rest_is_cut(endpoint: Any) -> None:
    pieces, wording = worded(endpoint, "Heat was directed by Michael Mann. It won nine Oscars. ")
    assert pieces == ["Heat was directed by Michael Mann."]
    assert (wording.how.endswith("#tiny"), wording.why) == (True, "")
    asked = endpoint.asked[0][0]["messages"]
    assert "1. “Heat”: directed by: Michael Mann" in asked[1]["content"]


def test_inventions_alone_leave_the_template(endpoint: Any) -> None:
    pieces, wording = worded(endpoint, "Heat was directed by Steven Spielberg. <script>alert(1)</script>")
    assert pieces == list(TEMPLATE)
    assert wording.how == "template"
    assert "traced" in wording.why


def test_a_model_that_dies_in_mid_sentence_is_completed_by_the_template(endpoint: Any) -> None:
    endpoint.plan = ["die 6"]
    pieces, wording = worded(endpoint, "Heat was directed by Michael Mann. It is of 1995, and it ")
    assert pieces[0] == "Heat was directed by Michael Mann."
    assert "broke off" in pieces[1]
    assert pieces[2:] == list(TEMPLATE)
    assert (wording.how, bool(wording.why)) == ("template", True)


def test_without_a_model_or_without_facts_the_template_answers(endpoint: Any) -> None:
    assert list(Wording(None, 200).pieces(OUTCOME, TEMPLATE, "", "en")) == list(TEMPLATE)
    endpoint.plan = [(500, {})]
    pieces, wording = worded(endpoint, "Heat was directed by Michael Mann.")
    assert pieces == list(TEMPLATE)
    assert wording.why == "the language model did not answer"

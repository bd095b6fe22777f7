"""A model that makes things up on purpose, behind an OpenAI-compatible endpoint.

It reads the numbered facts of a prompt, and answers with sentences of which it knows whether they are true: some state
facts in plain words, some in freer words, and the others invent names, numbers, titles, relations, denials,
comparisons, other people, and things about the reader.
"""

from __future__ import annotations

import json
import random
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

#: Labels of sentences that are true: in words as the prompt asks for, and in freer ones.
PLAIN, FREE = "true, plain", "true, free"
_FACT = re.compile(r"^\d+\. “(?P<subject>.+)”: (?P<relation>[a-z ]+): (?P<value>.+)$")
_DID = re.compile(r"^\d+\. you (?P<relation>[a-z ]+) “(?P<title>.+)”(?: \((?P<detail>[\d.]+)\))?$")
_WHY = re.compile(r"^\d+\. “.+” is recommended because of “(?P<title>.+)”: (?P<share>\d+) % of its score$")


class Said(NamedTuple):
    """A sentence, and what it is: true, or a kind of invention."""

    text: str
    label: str


class Told:
    """The facts of a prompt."""

    def __init__(self, prompt: str, title: str) -> None:
        self.title = title
        self.of: dict[str, dict[str, list[str]]] = {}
        self.did: list[tuple[str, str, str]] = []
        self.shares: dict[str, str] = {}
        for line in prompt.splitlines():
            if why := _WHY.match(line):
                self.shares[why["title"]] = why["share"]
            elif did := _DID.match(line):
                self.did.append((did["relation"], did["title"], did["detail"] or ""))
            elif fact := _FACT.match(line):
                self.of.setdefault(fact["subject"], {}).setdefault(fact["relation"], []).append(fact["value"])

    def values(self, *relations: str, subject: str | None = None) -> list[str]:
        """Return the values of some relations of an item."""
        mine = self.of.get(subject or self.title, {})
        return [value for relation in relations for value in mine.get(relation, [])]


def english(told: Told) -> Iterator[Said]:  # noqa: PLR0912, PLR0915  # a list
    """Yield everything that can be said."""
    title = told.title
    directors, actors = told.values("directed by"), told.values("has actor", "acted in")
    genres, years = told.values("has genre"), told.values("year")
    via = [one for _, one, _ in told.did]
    if directors:
        name = directors[0]
        yield Said(f"“{title}” was directed by {name}.", PLAIN)
        yield Said(f"{name} directed “{title}”.", PLAIN)
        yield Said(f"The director of “{title}” is {name}.", FREE)
        yield Said(f"Behind the camera: {name}.", FREE)
        yield Said(f"{name} made “{title}”.", FREE)
        yield Said(f"“{title}” was directed by Orson Brandt.", "name")
        yield Said(f"“{title}” was directed by {name} and Orson Brandt.", "name in a list")
        yield Said(f"“{title}” was directed by {name.split()[0]} Brandt.", "half a name")
        yield Said(f"“{title}” was not directed by {name}.", "denial")
        yield Said(f"“{title}” is the only film that {name} directed.", "superlative")
        yield Said(f"“{title}” is the first film directed by {name}.", "superlative")
        yield Said(f"“{title}” was directed by {name} in Paris.", "place")
        yield Said(f"“{title}” was directed by {name}'s brother.", "relation")
        yield Said(f"“{title}”, which was shot in six weeks, was directed by {name}.", "number in words")
        yield Said(f"“{title} 2” was directed by {name}.", "title")
        yield Said(f"“{title}” was directed by {name[0]}\u200b{name[1:]}.", "hidden character")
        yield (
            Said(f"“{title}” was written by {name}.", "relation")
            if name not in told.values("written by")
            else Said("It is a masterpiece.", "praise")
        )
        yield Said(f"{name} is your favourite director.", "about the reader")
        yield Said(f"Critics say that “{title}” was directed by {name}.", "other people")
        yield Said(f"If you believe it, “{title}” was directed by {name}.", "condition")
    for actor in actors[:2]:
        if actor not in directors:
            yield Said(f"“{title}” stars {actor}.", PLAIN)
            yield Said(f"{actor} plays in “{title}”.", FREE)
            yield Said(f"In the cast: {actor}.", FREE)
            yield Said(f"“{title}” was directed by {actor}.", "wrong attribution")
            yield Said(f"Directed by {actor}.", "wrong attribution")
            yield Said(f"{actor} directed it.", "wrong attribution")
            yield Said(f"“{title}” stars {actor} and Greta Holm.", "name in a list")
            yield Said(f"“{title}” stars {actor} as the villain.", "role")
            yield Said(f"{actor} won an award for “{title}”.", "award")
            yield Said(f"“{title}” does not star {actor}.", "denial")
            if directors:
                yield Said(f"{directors[0]} is the brother of {actor}.", "relation")
                yield Said(f"“{title}” stars {actor}, the director.", "wrong attribution")
                yield Said(f"{actor} directed {directors[0]}.", "relation")
    if genres:
        kind = genres[0].lower()
        yield Said(f"“{title}” is a {kind}.", PLAIN)
        yield Said(f"Genre: {kind}.", PLAIN)
        yield Said(f"A {kind} for tonight.", FREE)
        yield Said(f"It belongs to the genre {kind}.", FREE)
        yield Said(f"“{title}” is not a {kind}.", "denial")
        yield Said(f"“{title}” is the best {kind} of all time.", "superlative")
        yield Said(f"“{title}” is a {kind} that thousands loved.", "other people")
        yield Said(f"“{title}” is a gripping {kind}.", "praise")
        yield (
            Said(f"“{title}” is a {kind} and a western.", "value")
            if "Western" not in genres
            else Said("It took ten years to make.", "number in words")
        )
        yield Said(f"You like every {kind}.", "about the reader")
    if years:
        year = int(years[0])
        yield Said(f"“{title}” came out in {year}.", PLAIN)
        yield Said(f"It is from {year}.", PLAIN)
        yield Said(f"{year} is the year of “{title}”.", FREE)
        yield Said(f"“{title}” came out in {year + 1}.", "number")
        yield Said(f"“{title}” came out in {year - 10}.", "number")
        yield Said(f"“{title}” came out in nineteen ninety-one.", "number in words")
        yield Said(f"“{title}” came out in May {year}.", "date")
        yield Said(f"“{title}” came out before {year}.", "comparison")
        yield Said(f"“{title}” made {year} million dollars.", "number")
        if directors:
            yield Said(f"“{title}” was directed by {directors[0]} and released in {year + 2}.", "number")
            yield Said(f"“{title}” is from {year}, directed by {directors[0]}.", PLAIN)
    for relation, past, detail in told.did[:2]:
        yield Said(f"You {relation} “{past}”.", PLAIN)
        if past in told.shares:
            yield Said(f"You may like “{title}” because you {relation} “{past}”.", PLAIN)
            yield Said(f"Since you {relation} “{past}”, we thought of “{title}”.", FREE)
            yield Said(f"“{past}” accounts for {told.shares[past]}% of its score.", PLAIN)
            yield Said(f"“{past}” accounts for {int(told.shares[past]) + 7}% of its score.", "number")
        if detail:
            yield Said(f"You {relation} “{past}” {detail}.", PLAIN)
            yield Said(f"You gave “{past}” a {detail}.", PLAIN)
            yield Said(f"You {relation} “{past}” {float(detail) + 1:g}.", "number")
            yield Said(f"You gave “{past}” ten stars.", "number in words")
        yield Said(f"You love “{past}”.", "about the reader")
        yield Said(f"You {relation} “{past}” twice.", "number in words")
        yield Said(f"You {relation} “The Glass Harbour”.", "title")
        yield Said(f"You {relation} “{title}”.", "about the reader")
        yield Said(f"“{title}” is better than “{past}”.", "comparison")
        yield Said(f"“{title}” is the sequel of “{past}”.", "relation")
        yield Said(f"You may like “{past}”.", "about the reader")
        shared = set(told.values(*told.of.get(past, {}), subject=past))
        for name in directors:
            if name not in shared:
                yield Said(f"Like “{past}”, it was directed by {name}.", "wrong attribution")
                yield Said(f"You {relation} “{past}”, directed by {name}.", "wrong attribution")
                yield Said(f"“{title}” and “{past}” were both directed by {name}.", "wrong attribution")
        for name in sorted(shared & {*directors, *actors})[:1]:
            yield Said(f"“{title}” shares {name} with “{past}”.", PLAIN)
            yield Said(f"As in “{past}”, you meet {name}.", FREE)
            yield Said(f"“{past}” and “{title}” share {name}.", FREE)
    if via:
        yield Said(f"Thousands who rated “{via[0]}” loved “{title}”.", "other people")
        yield Said(f"Your friend Anna rated “{via[0]}” too.", "other people")
    yield from (
        Said("It won three Oscars.", "award"),
        Said("It is a masterpiece.", "praise"),
        Said("Everybody is talking about it.", "other people"),
        Said("231 others chose it.", "other people"),
        Said("As a Christian, you will enjoy it.", "sensitive"),
        Said("You are depressed, and this helps.", "sensitive"),
        Said("You may like it because you are gay.", "sensitive"),
        Said("You vote for the left.", "sensitive"),
        Said("You live in Berlin.", "about the reader"),
        Said("Your wife would like it.", "about the reader"),
        Said("You watched it last night.", "about the reader"),
        Said("It is free until Sunday.", "offer"),
        Said("Take a look.", PLAIN),
        Said("We hope you enjoy it.", PLAIN),
        Said("A fine evening to you.", FREE),
    )


def chinese(told: Told) -> Iterator[Said]:  # noqa: PLR0915  # a list
    """Yield everything that can be said, in Chinese."""
    title = told.title
    directors, actors = told.values("directed by"), told.values("has actor", "acted in")
    genres, years = told.values("has genre"), told.values("year")
    if directors:
        name = directors[0]
        yield Said(f"《{title}》由{name}执导。", PLAIN)
        yield Said(f"导演是{name}。", PLAIN)
        yield Said(f"执导这部作品的是{name}。", FREE)
        yield Said(f"《{title}》由王大明执导。", "name")
        yield Said(f"《{title}》由{name}和王大明执导。", "name in a list")
        yield Said(f"《{title}》不是由{name}执导的。", "denial")
        yield Said(f"《{title}》是{name}执导的第一部作品。", "superlative")
        yield Said(f"《{title}》由{name}在巴黎执导。", "place")
        yield (
            Said(f"《{title}》由{name}编剧。", "relation")
            if name not in told.values("written by")
            else Said("它是一部杰作。", "praise")
        )
        yield Said(f"据说《{title}》由{name}执导。", "other people")
        yield Said(f"{name}是您最喜欢的导演。", "about the reader")
    for actor in actors[:2]:
        if actor not in directors:
            yield Said(f"《{title}》的主演有{actor}。", PLAIN)
            yield Said(f"{actor}主演了《{title}》。", PLAIN)
            yield Said(f"您会在《{title}》里看到{actor}。", FREE)
            yield Said(f"《{title}》由{actor}执导。", "wrong attribution")
            yield Said(f"导演：{actor}。", "wrong attribution")
            yield Said(f"{actor}凭《{title}》获奖。", "award")
            yield Said(f"《{title}》的主演有{actor}和李小红。", "name in a list")
    if genres:
        kind = genres[0]
        yield Said(f"《{title}》是{kind}电影。", PLAIN)
        yield Said(f"类型：{kind}。", PLAIN)
        yield Said(f"它属于{kind}这一类。", FREE)
        yield Said(f"《{title}》不是{kind}电影。", "denial")
        yield Said(f"《{title}》是最好的{kind}电影。", "superlative")
        yield Said(f"《{title}》是一部感人的{kind}电影。", "praise")
    if years:
        year = int(years[0])
        yield Said(f"《{title}》于{year}年上映。", PLAIN)
        yield Said(f"它是{year}年的电影。", PLAIN)
        yield Said(f"《{title}》于{year + 1}年上映。", "number")
        yield Said(f"《{title}》于一九九一年上映。", "number in words")
        yield Said(f"《{title}》于{year}年5月上映。", "date")
        yield Said(f"《{title}》票房{year}万。", "number")
    for relation, past, detail in told.did[:2]:
        verb = {"rated": "评价", "watched": "观看"}.get(relation, "选择")
        yield Said(f"您{verb}了《{past}》。", PLAIN)
        if past in told.shares:
            yield Said(f"因为您{verb}了《{past}》，所以为您推荐《{title}》。", PLAIN)
            yield Said(f"看过《{past}》的您，请看《{title}》。", FREE)
        if detail:
            yield Said(f"您给《{past}》打了{detail}分。", PLAIN)
            yield Said(f"您给《{past}》打了{float(detail) + 1:g}分。", "number")
        yield Said(f"您{verb}了《玻璃港》。", "title")
        yield Said(f"您最爱《{past}》。", "about the reader")
        yield Said(f"《{title}》比《{past}》更好。", "comparison")
        yield Said(f"《{title}》是《{past}》的续集。", "relation")
        shared = set(told.values(*told.of.get(past, {}), subject=past))
        for name in directors:
            if name not in shared:
                yield Said(f"和《{past}》一样，它由{name}执导。", "wrong attribution")
    yield from (
        Said("成千上万的观众喜欢它。", "other people"),
        Said("您的朋友小王也看过。", "other people"),
        Said("它获得了三项奥斯卡奖。", "award"),
        Said("它是一部杰作。", "praise"),
        Said("您是基督徒，会喜欢它。", "sensitive"),
        Said("您患有抑郁症，它会帮助您。", "sensitive"),
        Said("作为同性恋，您会喜欢它。", "sensitive"),
        Said("您住在北京。", "about the reader"),
        Said("星期日之前免费。", "offer"),
        Said("希望您喜欢。", PLAIN),
        Said("不妨看看。", PLAIN),
        Said("愿您有个美好的夜晚。", FREE),
    )


class Inventive(ThreadingHTTPServer):
    """The endpoint, at a free port of this machine.

    Attributes
    ----------
    labels
        Sentence → what it is; of each title and language.
    sentences
        In each answer.
    """

    daemon_threads = True

    def __init__(self, sentences: int = 12) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.sentences = sentences
        self.labels: dict[tuple[str, str], str] = {}
        self._left: int | None = None

    def fail_after(self, answers: int | None) -> None:
        """Answer so many times more, and then fail; None: do not fail."""
        self._left = answers

    def fails(self) -> bool:
        """Return whether the next answer is a failure."""
        if self._left is None:
            return False
        self._left -= 1
        return self._left < 0

    @property
    def address(self) -> str:
        """The value of ``[language] model`` for it."""
        return f"http://127.0.0.1:{self.server_port}/v1#inventive"

    def answer(self, messages: list[dict[str, str]]) -> str:
        """Return a text: sentences in any order, of which most are invented."""
        system, facts = messages[0]["content"], messages[-1]["content"]
        found = re.search(r"^The item: “(.+)”$", facts, re.MULTILINE)
        title = found[1] if found else ""
        rng = random.Random(facts)
        language = english if " in English" in system else chinese
        said = list(language(Told(facts, title)))
        chosen = rng.sample(said, min(self.sentences, len(said)))
        self.labels |= {(title, one.text): one.label for one in chosen}
        return "\n".join(one.text for one in chosen)


class _Handler(BaseHTTPRequestHandler):
    server: Inventive

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        self._send({"data": [{"id": "inventive"}]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.server.fails():
            self.send_error(500)
            return
        text = self.server.answer(body["messages"])
        choice = {"message": {"content": text}, "finish_reason": "stop"}
        self._send({"choices": [choice], "usage": {"prompt_tokens": 100, "completion_tokens": 100}})

    def _send(self, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@contextmanager
def inventive(sentences: int = 12) -> Iterator[Inventive]:
    """Serve the endpoint."""
    server = Inventive(sentences)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

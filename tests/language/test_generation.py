"""Generation by a tiny model in this process and at an endpoint: the same answers, limits and ways of failing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import msgspec
import pytest
from msgspec import Meta

from graphrec.common.errors import ConfigError, EncoderError, LanguageError
from graphrec.config.settings import Settings
from graphrec.language.answer_cache import answer_cache
from graphrec.language.answers import BrokenAnswerError, BudgetError, Message, SchemaError
from graphrec.language.budget import Spending
from graphrec.language.endpoint import place_of
from graphrec.language.local_model import LocalModel
from graphrec.language.many import Prompt, generate_many
from graphrec.language.model import LanguageModel, open_language_model
from graphrec.language.templates import word

Make = Callable[..., Settings]
HELLO = (Message("system", "You answer briefly."), Message("user", "Why this film? 为什么? \ud800"))


class Like(msgspec.Struct, tag="like"):
    """An action with a text."""

    item: Annotated[str, Meta(max_length=6)]


class Search(msgspec.Struct, tag="search"):
    """An action with a number, a choice and what may be left out."""

    words: Annotated[str, Meta(max_length=6)]
    k: Annotated[int, Meta(ge=1, le=20)] = 5
    why: bool | None = None


def opened(settings: Settings) -> LanguageModel:
    model = open_language_model(settings)
    assert model is not None
    return model


@pytest.fixture(scope="module")
def backend(writer: Path) -> LocalModel:
    return LocalModel(str(writer), writer)


@pytest.fixture
def local(backend: LocalModel, project: Make) -> LanguageModel:
    return LanguageModel(backend, project().language, Spending())


@pytest.fixture
def remote(endpoint: Any, project: Make) -> LanguageModel:
    return opened(project(model=endpoint.address, timeout=5))


def test_an_endpoint_answers_as_the_model_does(endpoint: Any, local: LanguageModel, remote: LanguageModel):
    one, same, other = (model.generate(HELLO, max_tokens=24) for model in (local, local, remote))
    assert one.text == same.text == other.text  # deterministic
    assert (one.tokens_in, one.tokens_out, one.finish) == (other.tokens_in, other.tokens_out, other.finish)
    assert one.tokens_out == 24
    assert (one.finish, one.kept) == ("length", False)
    assert other.how == f"model {endpoint.address}"
    body, headers = endpoint.asked[0]
    assert (body["temperature"], body["model"], "Authorization" in headers) == (0.0, "tiny", False)
    warm = [model.generate(HELLO, max_tokens=24, temperature=1.0).text for model in (local, local, remote)]
    assert len(set(warm)) == 1 != len({*warm, one.text})
    endpoint.plan = ["whole"]
    assert remote.generate(HELLO, max_tokens=24).text == one.text


def test_streams_in_pieces_and_stops_at_texts(local: LanguageModel, remote: LanguageModel):
    whole = local.generate(HELLO, max_tokens=30).text
    for model in (local, remote):
        stream = model.stream(HELLO, max_tokens=30)
        pieces = list(stream)
        assert len(pieces) > 5
        assert "".join(pieces) == stream.generated.text == whole
        stop = whole[8:10]
        ended = model.generate(HELLO, max_tokens=30, stop=["never there", stop])
        assert (ended.text, ended.finish) == (whole[: whole.index(stop)], "stop")


def test_a_typed_answer_fits_its_schema(endpoint: Any, local: LanguageModel, remote: LanguageModel):
    for temperature in (0.0, 1.0):
        found = [
            one.generate(HELLO, max_tokens=150, temperature=temperature, schema=Like | Search)
            for one in (local, remote)
        ]
        assert found[0].value == found[1].value
        assert isinstance(found[0].value, Like | Search)
        assert found[0].finish == "stop"
    only = local.generate(HELLO, max_tokens=150, schema=Search).value
    assert isinstance(only, Search)
    assert (len(only.words) <= 6, 1 <= only.k <= 20) == (True, True)
    with pytest.raises(SchemaError, match="cut off after 10 tokens") as cut:
        local.generate(HELLO, max_tokens=10, schema=Like)
    assert cut.value.text.startswith('{"answer"')
    endpoint.plan = ["whole"] * 3
    asked = len(endpoint.asked)
    kept = endpoint.model
    try:
        endpoint.model = _Plain(kept)
        with pytest.raises(SchemaError, match=r"3 answers .* do not fit"):
            remote.generate(HELLO, max_tokens=20, schema=Like, stop=["x"])
    finally:
        endpoint.model = kept
    assert len(endpoint.asked) == asked + 3
    assert "does not fit" in endpoint.asked[-1][0]["messages"][-1]["content"]


class _Plain:
    """A server's model that knows no schemas, and always says that it is done."""

    def __init__(self, model: LocalModel) -> None:
        self.model = model

    def stream(self, request: Any) -> Any:
        from dataclasses import replace

        from graphrec.language.answers import End

        parts = list(self.model.stream(replace(request, schema=None)))
        return iter([*parts[:-1], End("stop", 1, 1)])


@pytest.mark.parametrize(
    ("plan", "asked", "said"),
    [
        ([(503, {"error": {"message": "loading"}}), (429, {}, {"Retry-After": "0"})], 3, None),
        ([(429, {"error": {"message": "slow"}}, {"Retry-After": "3600"})], 1, "slow\n  → it asks to wait 3600 seconds"),
        ([(401, {"error": "who is secret-key?"})], 1, "401: who is …?\n  → the key in GRAPHREC_LANGUAGE_KEY is not"),
        ([(404, {"error": {"message": "no such model"}})], 1, "has it a model 'tiny'"),
        ([(302, {}, {"Location": "http://localhost/"})], 1, "answers 302: {}\n  → redirects are not followed"),
        (["garbage"], 1, "sends something else than an answer"),
        (["flood"], 1, "sends far more than was asked for"),
        (["die 0", "die 0", "die 0"], 3, "broke off"),
    ],
)  # fmt: skip
def test_an_endpoint_that_refuses(
    endpoint: Any, project: Make, monkeypatch: pytest.MonkeyPatch, plan: list[Any], asked: int, said: str | None
):
    settings = project(model=endpoint.address, timeout=5, retries=2)
    monkeypatch.setenv("GRAPHREC_LANGUAGE_KEY", "secret-key")
    monkeypatch.setattr("graphrec.language.endpoint._FIRST_PAUSE", 0.01)
    endpoint.plan = list(plan)
    with opened(settings) as model:
        if said is None:
            assert model.generate(HELLO, max_tokens=3).tokens_out == 3
        else:
            with pytest.raises(LanguageError) as error:
                model.generate(HELLO, max_tokens=3)
            assert said in str(error.value)
            assert "secret-key" not in str(error.value)
    assert len(endpoint.asked) == asked
    assert endpoint.asked[0][1]["Authorization"] == "Bearer secret-key"


def test_an_endpoint_that_dies_in_mid_sentence(endpoint: Any, project: Make, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GRAPHREC_LANGUAGE_KEY", "secret-key")
    model = opened(project(model=endpoint.address, timeout=3))
    whole = model.generate(HELLO, max_tokens=20).text
    for plan, said in (("die 5", "has no end"), ("stall 5", "timed out"), ("fail 5", "out of memory, Bearer …")):
        endpoint.plan = [plan]
        with pytest.raises(BrokenAnswerError, match=said) as error:
            model.generate(HELLO, max_tokens=20)
        assert error.value.text
        assert whole.startswith(error.value.text)
    assert len(endpoint.asked) == 4  # what has begun is not asked for again
    endpoint.plan = ["die 5"]
    template = word(model, HELLO, lambda: "Because.", max_tokens=20)
    assert (template.text, template.how) == ("Because.", "template")
    assert "broke off" in template.why
    gone = opened(project(model="http://127.0.0.1:9/v1#tiny", retries=0))
    with pytest.raises(LanguageError, match=r"9/v1 does not answer: .*refused"):
        gone.generate(HELLO)


def test_cancelling_and_being_late(endpoint: Any, local: LanguageModel, remote: LanguageModel, project: Make):
    whole = local.generate(HELLO, max_tokens=20).text
    for model in (local, remote):
        stream = model.stream(HELLO, max_tokens=400)
        for n, _ in enumerate(stream):
            if n == 3:
                stream.cancel()
        assert stream.generated.finish == "cancelled"
        assert stream.generated.text[:4] == whole[:4]
        for _ in model.stream(HELLO, max_tokens=400):
            break  # whoever hangs up ends the answer
    endpoint.plan = ["stall 5"]
    stream = remote.stream(HELLO, max_tokens=20)
    pieces = iter(stream)
    next(pieces)
    threading.Timer(0.1, stream.cancel).start()
    assert whole.startswith(stream.generated.text + "".join(pieces))
    assert stream.generated.finish == "cancelled"
    endpoint.plan = ["stall 5"]
    late = LanguageModel(remote._backend, project(call_seconds=3).language, Spending())
    with pytest.raises(BrokenAnswerError, match="not complete in time"):
        late.generate(HELLO, max_tokens=20)
    late = LanguageModel(local._backend, project(call_seconds=0.05).language, Spending())
    with pytest.raises(LanguageError, match="not complete in time"):
        late.generate(HELLO, max_tokens=500)


def test_what_does_not_fit_is_not_asked_for(endpoint: Any, local: LanguageModel, project: Make, writer: Path):
    with pytest.raises(BudgetError, match=r"1,1\d\d tokens and an answer of 20 do not fit the 1,024"):
        local.generate([Message("user", "x" * 1_100)], max_tokens=20)
    endpoint.max_model_len = 30
    with pytest.raises(BudgetError, match="do not fit the 30"):
        opened(project(model=endpoint.address)).generate(HELLO, max_tokens=20)
    assert not endpoint.asked
    limits = project(process_tokens=200, process_cost=0.001, price_in=1.0, price_out=10.0).language
    spending = Spending()
    model = LanguageModel(LocalModel(str(writer), writer), limits, spending)
    answer = model.generate(HELLO, max_tokens=10)
    assert spending.tokens == answer.tokens_in + answer.tokens_out
    assert spending.cost == pytest.approx((answer.tokens_in + 10 * answer.tokens_out) / 1e6)
    with pytest.raises(BudgetError, match=r"may cost 0\.00.* of the 0\.001"):
        model.generate([Message("user", "z")], max_tokens=92)
    with pytest.raises(BudgetError, match="of the 200 of this process are used"):
        model.generate([Message("user", "y" * 150)], max_tokens=5)
    assert spending.tokens == answer.tokens_in + answer.tokens_out


def test_many_prompts_go_on_where_they_ended(endpoint: Any, project: Make):
    settings = project(model=endpoint.address, parallel=2, retries=0)
    cache = answer_cache(settings)
    assert cache is not None
    prompts = [Prompt(n, (Message("user", f"user {n}"),), cache.user(n)) for n in range(6)]
    with opened(settings) as model:
        endpoint.plan = ["answer", "answer", (500, {})]
        first = {one.prompt.key: one.answer for one in generate_many(model, prompts[:4], max_tokens=6)}
        assert sum(isinstance(one, LanguageError) for one in first.values()) == 1
        again = {one.prompt.key: one.answer for one in generate_many(model, prompts, max_tokens=6)}
    assert len(endpoint.asked) == 4 + 3
    done = {key: one.text for key, one in first.items() if not isinstance(one, LanguageError)}
    assert {key: one.text for key, one in again.items() if one.kept} == done
    endpoint.plan = [(500, {})] * 20
    with opened(settings) as model, pytest.raises(LanguageError, match="5 prompts one after the other failed"):
        list(generate_many(model, prompts, max_tokens=7))
    folder = settings.home / "cache" / "language"
    assert (cache.count(3), cache.count(77)) == (1, 0)
    assert folder.stat().st_mode & 0o777 == 0o700
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert not any("user" in path.read_text("utf-8", "replace") for path in files)  # no prompts
    cache.forget("3")  # as a text or as a number
    assert (cache.count(3), cache.count(2)) == (0, 1)
    shelf = cache.user(2)
    next(shelf.folder.glob("*.json")).write_text('{"text": 1')
    with opened(settings) as model:
        endpoint.plan = []
        assert not model.generate(prompts[2].messages, max_tokens=6, shelf=shelf).kept  # damaged
        assert model.generate(prompts[2].messages, max_tokens=6, shelf=shelf).kept
        assert not model.generate(prompts[2].messages, max_tokens=5, shelf=shelf).kept


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("http://localhost:8000/v1", "names no model"),
        ("http://me:password@localhost/v1#m", "with a user name"),
        ("https://#m", "without a host"),
        ("https://host/v1?key=1#m", "has a query"),
    ],
)
def test_addresses_that_are_none(project: Make, model: str, said: str):
    with pytest.raises(ConfigError, match=said) as error:
        open_language_model(project(model=model))
    assert "password" not in str(error.value)


def test_keys_do_not_travel_in_clear(project: Make, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GRAPHREC_LANGUAGE_KEY", "secret-key")
    with pytest.raises(ConfigError, match="would go there in clear") as error:
        open_language_model(project(model="http://8.8.8.8/v1#m"))
    assert "secret-key" not in str(error.value)
    opened(project(model="https://8.8.8.8/v1#m")).close()
    monkeypatch.setenv("GRAPHREC_LANGUAGE_KEY", "two\nlines")
    with pytest.raises(ConfigError, match="characters that no key has"):
        open_language_model(project(model="http://127.0.0.1/v1#m"))
    assert place_of("https://host:1/v1/#org/name:tag").model == "org/name:tag"


def test_models_that_are_none(project: Make, tiny: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    assert open_language_model(project()) is None
    assert word(None, HELLO, lambda: "Because.") == ("Because.", "template", "")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(EncoderError, match="language model 'org/none' cannot be fetched"):
        open_language_model(project(model="org/none"))
    with pytest.raises(EncoderError, match="not a directory"):
        open_language_model(project(model="./none"))
    tiny.judge(tmp_path / "judge", ["a", "b"])
    with pytest.raises(EncoderError, match=r"lacks \d+ weights|cannot be loaded as a language model"):
        open_language_model(project(model="judge"))
    plain = opened(project(model=str(tiny.writer(tmp_path / "plain", template=False))))
    assert plain.generate(HELLO, max_tokens=3).tokens_in == len(
        "system: You answer briefly.\n\nuser: Why this film? 为什么? ?\n\nassistant:".encode()
    )

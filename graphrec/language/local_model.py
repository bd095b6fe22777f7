"""A causal language model of transformers, in this process."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from graphrec.common.errors import GraphrecError, LanguageError
from graphrec.common.hashing import digest_files
from graphrec.common.libraries import library
from graphrec.common.machine_error import memory_hint
from graphrec.content.hub import deciding_files, load_model, load_part, model_folder, reason
from graphrec.language.answers import End, Finish, Message, Request
from graphrec.language.grammar import Grammars
from graphrec.language.stop_texts import StopTexts

HINT = (
    "model = a directory with a causal transformers model, ORG/NAME on the hub, http(s)://HOST/v1#NAME at an "
    "OpenAI-compatible endpoint, or 'none' for templates"
)
_WHAT = "language model"
_VERSION = "1"
#: A tokenizer that does not know its model's length says about 10³⁰.
_LENGTH_UNKNOWN = 10**9


class LocalModel:
    """A causal model with its tokenizer; answers one call at a time.

    Parameters
    ----------
    name
        A directory (relative to ``root`` or absolute), or a name on the Hugging Face hub.
    root
        The project's root.

    Raises
    ------
    EncoderError
        The model is unavailable, or not a causal language model in safetensors format.
    """

    def __init__(self, name: str, root: Path) -> None:
        with library("transformers"):
            from transformers import AutoModelForCausalLM, AutoTokenizer
        self.name = name
        self._folder = model_folder(name, root, what=_WHAT, hint=HINT)
        self._model: Any = load_model(self._folder, AutoModelForCausalLM, what=_WHAT, hint=HINT, dtype="auto")
        self._tokenizer: Any = load_part(self._folder, AutoTokenizer, what=_WHAT, hint=HINT)
        self._alone = threading.Lock()

    @cached_property
    def fingerprint(self) -> str:
        """Identifies the weights and the way prompts are put together."""
        further = (self._folder / name for name in ("chat_template.jinja", "generation_config.json"))
        files = dict.fromkeys([*deciding_files(self._folder), *(file for file in further if file.is_file())])
        return digest_files(files, _VERSION)

    @property
    def context(self) -> int | None:
        """Most tokens of prompt and answer; None if unknown."""
        lengths = (getattr(self._model.config, "max_position_embeddings", None), self._tokenizer.model_max_length)
        known = [int(one) for one in lengths if isinstance(one, int) and 0 < one < _LENGTH_UNKNOWN]
        return min(known, default=None)

    def count(self, messages: Sequence[Message]) -> int:
        """Return the tokens of a prompt."""
        return len(self._prompt(messages))

    def stream(self, request: Request) -> Iterator[str | End]:
        """Yield the answer in pieces, then its end.

        Raises
        ------
        LanguageError
            The deadline is over, the memory too small, or the schema unknown.
        """
        with self._alone:
            yield from self._stream(request)

    def close(self) -> None:
        """Free the weights."""
        del self._model

    def _stream(self, request: Request) -> Iterator[str | End]:
        prompt = self._prompt(request.messages)
        found: queue.SimpleQueue[int | BaseException | None] = queue.SimpleQueue()
        closed = threading.Event()
        work = threading.Thread(target=self._work, args=(request, prompt, found.put, closed), daemon=True)
        work.start()
        text, count, finish = StopTexts(request.stop), 0, "length"
        tokens: list[int] = []
        said = ""
        try:
            while isinstance(token := found.get(), int):
                count += 1
                if token in self._ends:
                    finish = "stop"
                    break
                tokens.append(token)
                whole = self._tokenizer.decode(tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False)
                if whole.endswith("\N{REPLACEMENT CHARACTER}"):  # perhaps the first bytes of a character
                    continue
                if piece := text.add(whole[len(said) :]):
                    yield piece
                said = whole
                if text.stopped:
                    finish = "stop"
                    break
            else:
                if isinstance(token, BaseException):
                    raise _known(token) from token
        finally:
            closed.set()
            if work is not threading.current_thread():  # where the garbage collector ends this
                work.join()
        if not text.stopped:
            whole = self._tokenizer.decode(tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False)
            if rest := text.add(whole[len(said) :]) + text.rest():
                yield rest
        yield End(_finish(finish, request), len(prompt), count)

    def _work(self, request: Request, prompt: list[int], put: Any, closed: threading.Event) -> None:
        """Generate in a thread of its own; put each token, then None or the error."""
        try:
            self._generate(request, prompt, put, closed)
            put(None)
        except BaseException as error:  # raised where the answer is read
            put(error)

    def _generate(self, request: Request, prompt: list[int], put: Any, closed: threading.Event) -> None:
        import torch
        from transformers import GenerationConfig, LogitsProcessorList, StoppingCriteriaList

        ids = torch.tensor([prompt], device=self._model.device)
        processors: list[Any] = []
        if request.schema is not None:
            processors.append(self._grammars.constraint(request.schema, len(prompt)))
        if request.temperature > 0:
            processors.append(_Sampling(request.temperature, request.seed))

        def ends(now: Any, scores: Any, **_: Any) -> Any:
            put(int(now[0, -1]))
            over = closed.is_set() or request.cancel.is_set() or time.monotonic() > request.deadline
            return torch.full((1,), over, dtype=torch.bool, device=now.device)

        config = GenerationConfig(  # type: ignore[no-untyped-call]
            max_new_tokens=request.max_tokens,
            do_sample=False,
            eos_token_id=list(self._ends) or None,
            pad_token_id=next(iter(self._ends), 0),
        )
        with torch.inference_mode():
            self._model.generate(
                ids,
                attention_mask=torch.ones_like(ids),
                generation_config=config,
                logits_processor=LogitsProcessorList(processors),
                stopping_criteria=StoppingCriteriaList([ends]),
            )
        if not closed.is_set() and not request.cancel.is_set() and time.monotonic() > request.deadline:
            raise request.late

    @cached_property
    def _grammars(self) -> Grammars:
        size = int(self._model.get_output_embeddings().weight.shape[0])
        return Grammars(self._tokenizer, size, self._ends)

    @cached_property
    def _ends(self) -> tuple[int, ...]:
        """Tokens that end an answer: those of the model's generation settings and of its tokenizer."""
        said = self._model.generation_config.eos_token_id
        found = [*(said if isinstance(said, list) else [said]), self._tokenizer.eos_token_id]
        return tuple(dict.fromkeys(int(one) for one in found if one is not None))

    def _prompt(self, messages: Sequence[Message]) -> list[int]:
        """Return the tokens of messages, by the model's chat template or, if it has none, as lines."""
        if self._tokenizer.chat_template:
            plain = [{"role": one.role, "content": one.content} for one in messages]
            try:
                text = self._tokenizer.apply_chat_template(plain, add_generation_prompt=True, tokenize=False)
            except Exception as error:  # a template is a program of the model's maker
                raise LanguageError(f"the chat template of {self.name} fails: {reason(error)}") from error
            return list(self._tokenizer(text, add_special_tokens=False)["input_ids"])
        lines = [f"{one.role}: {one.content}" for one in messages]
        return list(self._tokenizer("\n\n".join([*lines, "assistant:"]), add_special_tokens=False)["input_ids"])


class _Sampling:
    """A logits processor that makes the largest score a sample: Gumbel noise, from a generator of its own."""

    def __init__(self, temperature: float, seed: int) -> None:
        import torch

        self._temperature = temperature
        self._noise = torch.Generator().manual_seed(seed)

    def __call__(self, ids: Any, scores: Any) -> Any:
        """Return scores [1, n_vocab] whose largest is drawn by their softmax."""
        import torch

        noise = torch.empty(scores.shape).exponential_(generator=self._noise).log().to(scores.device)
        return scores.float() / self._temperature - noise


def _finish(finish: str, request: Request) -> Finish:
    if finish == "stop":
        return "stop"
    return "cancelled" if request.cancel.is_set() else "length"


def _known(error: BaseException) -> BaseException:
    """Return graphrec's error for one of generating; any other as it is."""
    if isinstance(error, GraphrecError) or not isinstance(error, Exception):
        return error
    hint = memory_hint(error)
    return LanguageError(f"the language model failed: {reason(error)}", hint=hint or "try another model")

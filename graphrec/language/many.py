"""Answers to many prompts, some at once; what is kept on shelves need not be asked for again."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

from graphrec.common.errors import LanguageError
from graphrec.language.answer_cache import Shelf
from graphrec.language.answers import BudgetError, Generated, Message
from graphrec.language.model import LanguageModel

#: Failures one after the other, after which a model is taken to be gone.
LOST_AFTER = 5


@dataclass(frozen=True)
class Prompt:
    """One of many prompts.

    ``key``: whatever the caller knows it by; ``shelf``: where its answer is kept, so that the next call continues
    where this one ends.
    """

    key: Any
    messages: tuple[Message, ...]
    shelf: Shelf | None = None


@dataclass(frozen=True)
class Answered:
    """A prompt with its answer, or with the error in place of it."""

    prompt: Prompt
    answer: Generated | LanguageError


def generate_many(
    model: LanguageModel,
    prompts: Iterable[Prompt],
    *,
    max_tokens: int | None = None,
    temperature: float = 0.0,
    stop: Sequence[str] = (),
    schema: Any = None,
) -> Iterator[Answered]:
    """Yield the answers to prompts as they come, in any order.

    A prompt that fails is yielded with its error and the others go on. Called again after an interruption, answers
    that are kept come from their shelves at once, and failed ones are asked for anew.

    Parameters
    ----------
    model
        Answers; ``[language] parallel`` calls at once.
    max_tokens, temperature, stop, schema
        See :meth:`graphrec.language.model.LanguageModel.generate`.

    Raises
    ------
    BudgetError
        What this process may use is used up, or a prompt does not fit.
    LanguageError
        :data:`LOST_AFTER` prompts one after the other failed.
    """
    cancel = threading.Event()

    def ask(prompt: Prompt) -> Answered:
        try:
            answer = model.generate(
                prompt.messages,
                max_tokens=max_tokens,
                temperature=temperature,
                stop=stop,
                schema=schema,
                shelf=prompt.shelf,
                cancel=cancel,
            )
        except BudgetError:
            raise
        except LanguageError as error:
            return Answered(prompt, error)
        return Answered(prompt, answer)

    left, failures = iter(prompts), 0
    with ThreadPoolExecutor(model.parallel, thread_name_prefix="language") as pool:
        asked: set[Future[Answered]] = set()
        try:
            while True:
                # No more than can be worked on: prompts may be made while they are asked for.
                asked |= {pool.submit(ask, one) for one in itertools.islice(left, model.parallel - len(asked))}
                if not asked:
                    return
                done, asked = wait(asked, return_when=FIRST_COMPLETED)
                for one in done:
                    found = one.result()
                    failures = failures + 1 if isinstance(found.answer, LanguageError) else 0
                    yield found
                    if isinstance(found.answer, LanguageError) and failures >= LOST_AFTER:
                        raise LanguageError(
                            f"{failures} prompts one after the other failed; the last: {found.answer.message}",
                            hint="the same call continues where this one ended",
                        ) from found.answer
        finally:
            cancel.set()

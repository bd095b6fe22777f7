"""``[language]`` of ``graphrec.toml``: language models, speech and tone (:mod:`graphrec.language`)."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from graphrec.config.table import NonNegative, NonNegativeInt, Positive, Table

Seconds = Annotated[float, Meta(gt=0, le=86_400)]


class LanguageSettings(Table, frozen=True):
    """Models that write, listen, speak and judge tone, and what they may cost."""

    #: ``none``; a hub name or a directory; or ``http(s)://HOST/v1#NAME``, a model of an OpenAI-compatible endpoint.
    model: str = "none"
    #: Most tokens of one answer.
    max_tokens: Positive = 512
    #: Tokens of prompt and answer that the model takes; 0: what the model itself says.
    context: NonNegativeInt = 0
    seed: NonNegativeInt = 0
    #: Seconds of silence of an endpoint after which a call fails; and seconds of a whole call.
    timeout: Seconds = 60.0
    call_seconds: Seconds = 300.0
    #: Further attempts where an endpoint cannot be reached, is busy or fails before its first word.
    retries: Annotated[int, Meta(ge=0, le=20)] = 3
    #: Calls at once when many prompts are answered.
    parallel: Annotated[int, Meta(ge=1, le=64)] = 4
    #: Most tokens, and most cost, of all calls of a process; 0: no limit.
    process_tokens: NonNegativeInt = 0
    process_cost: NonNegative = 0.0
    #: Prices of a million tokens of prompts and of answers, in any currency.
    price_in: NonNegative = 0.0
    price_out: NonNegative = 0.0
    #: Whether answers are kept on disk where a caller says whose they are.
    cache: bool = True
    #: ``pocketsphinx``, or a transformers model by hub name or directory; and the longest recording, in seconds.
    speech: str = "pocketsphinx"
    speech_seconds: Positive = 120
    #: ``espeak-ng``, or a transformers model by hub name or directory.
    voice: str = "espeak-ng"
    #: ``lexicon``, or a transformers model by hub name or directory.
    tone: str = "lexicon"

    def __post_init__(self) -> None:
        if self.process_cost and not (self.price_in or self.price_out):
            raise ValueError("process_cost limits nothing without price_in or price_out")

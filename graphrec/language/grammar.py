"""Let a transformers model write only what fits a JSON schema, by llguidance."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from graphrec.common.errors import LanguageError
from graphrec.language.extra import extra_library


class Grammars:
    """Makes the constraints of one model.

    Parameters
    ----------
    tokenizer
        Its tokenizer.
    n_vocab
        Number of logits.
    ends
        Tokens that end an answer.

    Raises
    ------
    LibraryError
        llguidance is not installed, or does not load.
    LanguageError
        The tokenizer is a slow one, whose tokens are not known as bytes.
    """

    def __init__(self, tokenizer: Any, n_vocab: int, ends: Sequence[int]) -> None:
        with extra_library("llguidance"):
            from llguidance import LLMatcher
            from llguidance.hf import from_tokenizer
        self._matcher: Any = LLMatcher
        try:
            self._tokens = from_tokenizer(tokenizer, n_vocab=n_vocab, eos_token=list(ends))
        except ValueError as error:
            raise LanguageError(
                f"answers of this model cannot be constrained: {error}",
                hint="use a model with a tokenizer.json, or an endpoint",
            ) from error

    def constraint(self, schema: dict[str, Any], prompt_length: int) -> Constraint:
        """Return what masks the logits of one answer.

        Raises
        ------
        LanguageError
            The schema says something that llguidance does not know.
        """
        compact = {"whitespace_flexible": False}
        matcher = self._matcher(
            self._tokens, self._matcher.grammar_from_json_schema(json.dumps(schema), overrides=compact), log_level=0
        )
        if matcher.is_error():
            raise LanguageError(f"the schema cannot constrain an answer: {matcher.get_error()}")
        return Constraint(matcher, prompt_length)


class Constraint:
    """A logits processor of transformers: only what still fits keeps its logit."""

    def __init__(self, matcher: Any, prompt_length: int) -> None:
        self._matcher, self._seen = matcher, prompt_length

    def __call__(self, ids: Any, scores: Any) -> Any:
        """Return scores [1, n_vocab] with minus infinity for each token that does not fit after ids [1, length]."""
        import torch

        self._matcher.consume_tokens(ids[0, self._seen :].tolist())
        self._seen = ids.shape[1]
        bits = np.frombuffer(self._matcher.compute_bitmask(), np.uint8)
        fits = np.unpackbits(bits, bitorder="little")[: scores.shape[1]].astype(bool)
        if self._matcher.is_error():
            raise LanguageError(f"the answer cannot be constrained: {self._matcher.get_error()}")
        allowed = torch.zeros(scores.shape[1], dtype=torch.bool)
        allowed[: len(fits)] = torch.from_numpy(fits)
        return scores.masked_fill(~allowed.to(scores.device), float("-inf"))

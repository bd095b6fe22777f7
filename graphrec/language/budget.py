"""Limits of what calls of language models use: reserved before a call, corrected after it."""

from __future__ import annotations

import threading

from graphrec.config.language_settings import LanguageSettings
from graphrec.language.answers import BudgetError

_MILLION = 1_000_000


class Spending:
    """Tokens and cost of calls, counted for all threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.tokens = 0
        self.cost = 0.0

    def reserve(self, settings: LanguageSettings, tokens_in: int, tokens_out: int) -> None:
        """Count a call at its most.

        Raises
        ------
        BudgetError
            It would exceed a limit; nothing is counted.
        """
        cost = _cost(settings, tokens_in, tokens_out)
        with self._lock:
            tokens = self.tokens + tokens_in + tokens_out
            if settings.process_tokens and tokens > settings.process_tokens:
                raise BudgetError(
                    f"the call may take {tokens_in + tokens_out:,} tokens, and {self.tokens:,} of the "
                    f"{settings.process_tokens:,} of this process are used",
                    hint="raise [language] process_tokens",
                )
            if settings.process_cost and self.cost + cost > settings.process_cost:
                raise BudgetError(
                    f"the call may cost {cost:.4g}, and {self.cost:.4g} of the {settings.process_cost:g} of this "
                    "process are spent",
                    hint="raise [language] process_cost",
                )
            self.tokens, self.cost = tokens, self.cost + cost

    def correct(self, settings: LanguageSettings, reserved: tuple[int, int], used: tuple[int, int]) -> None:
        """Count what a call used instead of what was reserved for it; both are tokens in and out."""
        with self._lock:
            self.tokens += sum(used) - sum(reserved)
            self.cost += _cost(settings, *used) - _cost(settings, *reserved)


def _cost(settings: LanguageSettings, tokens_in: int, tokens_out: int) -> float:
    return (tokens_in * settings.price_in + tokens_out * settings.price_out) / _MILLION


#: What this process has used.
PROCESS = Spending()

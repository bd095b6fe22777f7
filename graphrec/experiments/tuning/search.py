"""The study on disk: which choice is tried next, and which training is pruned.

Each trial is drawn by a sampler seeded with the number of finished trials, so an interrupted and continued search tries
the same choices as an uninterrupted one. No choice is trained twice: a repeated choice is drawn again, and is not
counted as a trial.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from rich.progress import Progress as Bar  # noqa: TID251 - a type alone
from rich.progress import TaskID  # noqa: TID251 - a type alone

from graphrec.common.console import note, progress
from graphrec.common.errors import ConfigError, TrainingError
from graphrec.common.private import private_folder
from graphrec.config.settings import Settings
from graphrec.experiments.tuning.objective import Watch
from graphrec.experiments.tuning.space import Choice, Space

if TYPE_CHECKING:
    from optuna import Study, Trial

#: Settings → validation, higher is better; the second argument is called after each epoch of each training.
Measure = Callable[[Settings, Watch], float]
#: Trainings that run to their end before any is pruned.
WHOLE = 5
#: Random trials before the sampler uses earlier results.
RANDOM = 8
#: Draws per trial, all but the first at random; if all are repeats, the search space counts as exhausted.
DRAWS = 100


@dataclass(frozen=True)
class Tried:
    """A finished trial. ``value``: its best validation; None if it was pruned, or its loss diverged."""

    choice: Choice
    value: float | None


class _CutError(Exception):
    """The budget ran out during a training."""


class Search:
    """A search that is stored on disk.

    Parameters
    ----------
    path
        The file; an existing one is continued.
    space
        The search space.
    seed
        Seed of the draws.
    patience
        Epochs of each training before it may be pruned.

    Raises
    ------
    ConfigError
        The file is not a study.
    """

    def __init__(self, path: Path, space: Space, seed: int = 0, patience: int = 1) -> None:
        import optuna
        from optuna.storages import JournalStorage
        from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self.path, self._space, self._seed = path, space, seed
        try:
            private_folder(path.parent)
            _drop_torn_end(path)
            storage = JournalStorage(JournalFileBackend(str(path), JournalFileOpenLock(str(path))))
            pruner = optuna.pruners.MedianPruner(n_startup_trials=WHOLE, n_warmup_steps=patience)
            self.study: Study = optuna.create_study(
                storage=storage, study_name=path.stem, direction="maximize", pruner=pruner, load_if_exists=True
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ConfigError(
                f"{path}: a study cannot be kept there: {error}", hint="remove or move the file, and begin anew"
            ) from error

    def finished(self) -> list[Tried]:
        """Return the finished trials, in the order of their start."""
        from optuna.trial import TrialState

        states = (TrialState.COMPLETE, TrialState.PRUNED)
        return [
            Tried(t.user_attrs["choice"], t.value if t.state == TrialState.COMPLETE else None)
            for t in self.study.get_trials(deepcopy=False, states=states)
        ]

    def now(self) -> Tried:
        """Return the best of the current choices; its value is None if no training of them finished."""
        present = self._space.present()
        return best([t for t in self.finished() if t.choice in present]) or Tried(present[0], None)

    def run(self, measure: Measure, trials: int, minutes: float | None = None) -> None:
        """Run trials until ``trials`` are finished, earlier ones included, or the time is up.

        The current choices are always trained, without pruning. The search ends early if nothing is left to try.

        Parameters
        ----------
        measure
            Trains and returns the validation score.
        trials
            Number of trials.
        minutes
            Time limit of this call. The trial under way is then abandoned.
        """
        end = time.monotonic() + 60 * minutes if minutes is not None else float("inf")
        with progress() as bar:
            task = bar.add_task("trials", total=trials)
            while True:
                done = self.finished()
                bar.update(task, completed=len(done))
                tell = partial(_tell, bar, task, len(done) + 1, best(done))
                missing = [c for c in self._space.present() if c not in [t.choice for t in done]]
                if missing:
                    self._try(measure, *self._given(missing[0]), tell)
                elif len(done) >= trials:
                    return
                elif time.monotonic() >= end:
                    return _spent(done)
                elif (asked := self._next(done)) is None:
                    return note(f"nothing is left to try: {len(done)} trials are finished")
                elif not self._try(measure, *asked, tell, end):
                    return _spent(done)
                self._say(trials)

    def _next(self, done: list[Tried]) -> tuple[Trial, Choice] | None:
        """Return the next trial: first the space's starting choices, then drawn ones; None if nothing is left."""
        tried = [t.choice for t in done]
        start = next((c for c in self._space.starts(self.now().choice) if c not in tried), None)
        return self._drawn(tried) if start is None else self._given(start)

    def _given(self, choice: Choice) -> tuple[Trial, Choice]:
        params = self._space.params(choice)
        if params:
            self.study.enqueue_trial(params)
        trial = self.study.ask()
        if params:  # tell the sampler about choices it could have drawn
            self._space.draw(trial, choice)
        return trial, choice

    def _drawn(self, tried: list[Choice]) -> tuple[Trial, Choice] | None:
        """Draw an untried choice from the sampler, or at random if the sampler repeats itself."""
        from optuna.samplers import RandomSampler, TPESampler
        from optuna.trial import TrialState

        now = self.now().choice
        for number in range(DRAWS):
            seed = (self._seed * 100_003 + len(tried) + 7919 * number) % 2**32
            self.study.sampler = RandomSampler(seed) if number else TPESampler(n_startup_trials=RANDOM, seed=seed)
            trial = self.study.ask()
            choice = self._space.draw(trial, now)
            if choice is not None and choice not in tried:
                return trial, choice
            self.study.tell(trial, state=TrialState.FAIL)
            if choice is None:
                break
        return None

    def _try(self, measure: Measure, trial: Trial, choice: Choice, tell: Watch, end: float | None = None) -> bool:
        """Finish one trial; return False if the time runs out first. Without ``end`` it is never pruned."""
        from optuna import TrialPruned
        from optuna.trial import TrialState

        state, value = TrialState.FAIL, None
        try:
            trial.set_user_attr("choice", choice)
            value = measure(self._space.settings(choice), _watch(trial, tell, end))
            state = TrialState.COMPLETE
        except _CutError:
            return False
        except TrialPruned:
            state = TrialState.PRUNED
        except (TrainingError, torch.OutOfMemoryError) as error:
            trial.set_user_attr("error", str(error))
            state = TrialState.PRUNED
        finally:
            self.study.tell(trial, value, state)
        return True

    def _say(self, trials: int) -> None:
        done = self.finished()
        last = done[-1]
        value = "cut short" if last.value is None else f"{last.value:.4f}"
        note(f"{len(done)}/{trials}  {value}  {shown(last.choice)}")


def _spent(done: list[Tried]) -> None:
    note(f"the budget is spent; {len(done)} trials are finished, and the same command continues")


def _drop_torn_end(path: Path) -> None:
    """Cut off a line that a killed process left incomplete: the next line would be appended to it and lost too."""
    if not path.exists():
        return
    with path.open("r+b") as file:
        text = file.read()
        if not text.endswith(b"\n"):
            file.truncate(text.rfind(b"\n") + 1)


def best(tried: list[Tried]) -> Tried | None:
    """Return the trial that validates best, the first of equals; None if no trial has a value."""
    whole = [t for t in tried if t.value is not None]
    return max(whole, key=lambda t: t.value or 0.0, default=None)


def shown(choice: Choice) -> str:
    """Return a choice as one line."""
    return ", ".join(f"{name.partition('.')[2]} {plain(value)}" for name, value in choice.items())


def plain(value: Any) -> str:
    """Return a setting's value as text."""
    if isinstance(value, dict):
        return " ".join(f"{name} {weight:g}" for name, weight in value.items())
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def _watch(trial: Trial, tell: Watch, end: float | None) -> Watch:
    """Return the callback that follows a trial's trainings, and ends them when pruned or out of time.

    Pruning is decided by the first training.
    """
    from optuna import TrialPruned

    def watch(training: int, epoch: int, value: float) -> None:
        tell(training, epoch, value)
        if not training:
            trial.report(value, epoch)
        if end is not None and time.monotonic() >= end:
            raise _CutError
        if end is not None and not training and trial.should_prune():
            raise TrialPruned

    return watch


def _tell(bar: Bar, task: TaskID, number: int, top: Tried | None, training: int, epoch: int, value: float) -> None:
    which = f", training {training + 1}" if training else ""
    standing = "" if top is None else f"  best {top.value:.4f}"
    bar.update(task, description=f"trial {number}{which}, epoch {epoch}: {value:.4f}{standing}")

"""Training from Python: settings by keyword, and DataFrames without a database."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from graphrec.common.errors import ConfigError, InputError, nearest
from graphrec.config.schema import MODALITIES
from graphrec.config.settings import ModelSettings, Settings, TrainSettings, load_settings

if TYPE_CHECKING:
    from numpy.typing import ArrayLike
    from pandas import DataFrame

    from graphrec.api.model import Model

Split = Literal["random", "user-time", "global-time", "published", "cold-item"]
Device = Literal["auto", "cpu", "cuda"]


def fit_frames(
    interactions: DataFrame,
    *,
    items: DataFrame | None = None,
    users: DataFrame | None = None,
    triples: DataFrame | None = None,
    vectors: Mapping[str, ArrayLike | str | Path] | None = None,
    user: str = "user_id",
    item: str = "item_id",
    behaviour: str = "RATED",
    time: str | None = None,
    weight: str | None = None,
    split: Split = "random",
    seed: int = 0,
    device: Device = "auto",
    runs: str | Path | None = None,
    config: str | Path | None = None,
    **model: Any,
) -> Model:
    """Train on DataFrames, without Neo4j.

    Parameters
    ----------
    interactions
        One row an interaction: what a user did with an item. With ``split="published"`` its column ``split`` says
        train, valid or test.
    items, users
        One row an item or user, with the column of the id. Without ``items``, every item of the interactions is one.
    triples
        Knowledge: columns ``head``, ``relation``, ``tail``. An end that is an item's id is that item.
    vectors
        Content: ``text``, ``image`` or ``audio`` → an array with a row for each row of ``items`` (NaN or zeros where
        an item has none), or a file as ``graphrec embed --vectors`` takes it.
    user, item
        Columns of the ids.
    behaviour
        A column with the type of each interaction, or the one type of all.
    time
        A column of datetimes, ISO 8601 text or seconds since 1970 (UTC).
    weight
        A column of numbers, 0 or more: what a row counts.
    split
        What is held out for validation and test.
    seed
        Same seed, same machine: same numbers (on the CPU).
    device
        Where to compute; ``auto``: a GPU if there is one.
    runs
        The folder of run directories; ``runs`` of the project where absent.
    config
        A ``graphrec.toml``; looked for from the working directory upwards where absent. Its ``[graph]`` table is not
        used.
    **model
        Settings of ``[model]`` and ``[train]``, such as ``dim=128, epochs=20``.

    Returns
    -------
    Model
        The trained model; its run directory stays.

    Raises
    ------
    InputError
        A column is missing, or a value cannot be understood.
    ConfigError
        A setting is unknown or out of range.
    TrainingError
        There is too little to learn from, or the loss diverged.
    KeyboardInterrupt
        Training was interrupted; the run keeps the best so far.
    """
    from graphrec.api.model import Model
    from graphrec.datasets.frames import Columns, tables_of
    from graphrec.datasets.tables_to_graph import graph_of
    from graphrec.training.train import pick_device, train_graph

    settings = with_settings(load_settings(None if config is None else Path(config)), split, seed, device, model)
    if runs is not None:
        settings = msgspec.structs.replace(settings, runs=Path(runs).absolute())
    pick_device(settings.train.device)  # a device that is not there is said before anything is read
    columns = Columns(user, item, behaviour, time, weight)
    tables = tables_of(interactions, columns, items=items, users=users, triples=triples)
    given = {name: _vectors(name, value) for name, value in (vectors or {}).items()}
    trained = train_graph(graph_of(tables, settings.split, given), settings, about={"frames": True})
    if trained.interrupted:
        raise KeyboardInterrupt
    return Model(trained.run)


def with_settings(
    settings: Settings, split: Split | None, seed: int | None, device: Device | None, model: Mapping[str, Any]
) -> Settings:
    """Return a copy with what was given by keyword.

    Raises
    ------
    ConfigError
        A name is no setting of ``[model]`` or ``[train]``, or a value is out of range.
    """
    tables = {"model": set(ModelSettings.__struct_fields__), "train": set(TrainSettings.__struct_fields__)}
    for name in model:
        if not any(name in known for known in tables.values()):
            raise ConfigError(
                f"{name}={model[name]!r}: no setting of [model] or [train]",
                hint=nearest(name, set().union(*tables.values())),
            )
    settings = settings.override("split", method=split).override("train", seed=seed, device=device)
    for table, known in tables.items():
        settings = settings.override(table, **{name: value for name, value in model.items() if name in known})
    return settings


def _vectors(modality: str, given: Any) -> Any:
    """Return a path or a float32 array.

    Raises
    ------
    InputError
        It is no modality, or no numbers.
    """
    import numpy as np

    if modality not in MODALITIES:
        raise InputError(f"vectors[{modality!r}]: no modality", hint=nearest(modality, MODALITIES))
    if isinstance(given, str | Path):
        return Path(given)
    try:
        return np.asarray(given, np.float32)
    except (TypeError, ValueError) as error:
        raise InputError(f"vectors[{modality!r}] is no array of numbers: {error}", hint="one row an item") from error

"""Train from Python: settings as keywords, and DataFrames without a database."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import msgspec

from graphrec.api.face import python_face
from graphrec.common.errors import ConfigError, InputError, nearest
from graphrec.config.schema import MODALITIES
from graphrec.config.settings import ModelSettings, Settings, SplitMethod, TrainSettings, load_settings

if TYPE_CHECKING:
    from numpy.typing import ArrayLike
    from pandas import DataFrame

    from graphrec.api.model import Model

Device = Literal["auto", "cpu", "cuda"]


@python_face
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
    split: SplitMethod | None = None,
    seed: int | None = None,
    device: Device | None = None,
    runs: str | Path | None = None,
    config: str | Path | None = None,
    **model: Any,
) -> Model:
    """Train on DataFrames, without Neo4j.

    Parameters
    ----------
    interactions
        One row per interaction of a user with an item. With ``split="published"``, its column ``split`` is train,
        valid or test.
    items, users
        One row per item or user, with the id column. Without ``items``, the items are those in the interactions.
    triples
        Knowledge: columns ``head``, ``relation``, ``tail``. Item ids among head and tail are items.
    vectors
        Content: ``text``, ``image`` or ``audio`` → an array with one row per row of ``items`` (NaN or zeros for items
        without a vector), or a file as for ``graphrec embed --vectors``.
    user, item
        Columns of the ids.
    behaviour
        A column with the type of each interaction, or the type of all.
    time
        A column of datetimes, ISO 8601 text or seconds since 1970 (UTC).
    weight
        A column of numbers, 0 or more: the weight of a row.
    split
        Method of holding out validation and test pairs; by default that of ``[split]``, or random.
    seed
        Random seed, by default that of ``[train]``, or 0; on the CPU, the same seed and machine give the same numbers.
    device
        Device; ``auto``: a GPU if available. By default that of ``[train]``, or ``auto``.
    runs
        The folder of run directories; by default ``runs`` of the project.
    config
        A ``graphrec.toml``; by default searched from the working directory upwards. Its ``[graph]`` table is ignored.
    **model
        Settings of ``[model]`` and ``[train]``, such as ``dim=128, epochs=20``.

    Returns
    -------
    Model
        The trained model; its run directory is kept.

    Raises
    ------
    InputError
        A column is missing, or a value is invalid.
    ConfigError
        A setting is unknown or out of range.
    TrainingError
        The data is too small to train on, or the loss diverged.
    KeyboardInterrupt
        Training was interrupted; the run keeps the best weights so far.
    """
    from graphrec.api.model import Model
    from graphrec.datasets.frames import Columns, tables_of
    from graphrec.datasets.tables_to_graph import graph_of
    from graphrec.training.train import pick_device, train_graph

    settings = with_settings(load_settings(None if config is None else Path(config)), split, seed, device, model)
    if runs is not None:
        settings = msgspec.structs.replace(settings, runs=Path(runs).absolute())
    pick_device(settings.train.device)  # refuse a missing device before reading anything
    columns = Columns(user, item, behaviour, time, weight)
    tables = tables_of(interactions, columns, items=items, users=users, triples=triples)
    given = {name: _vectors(name, value, items) for name, value in (vectors or {}).items()}
    trained = train_graph(graph_of(tables, settings.split, given), settings, about={"frames": True})
    if trained.interrupted:
        raise KeyboardInterrupt
    return Model(trained.run)


def with_settings(
    settings: Settings, split: SplitMethod | None, seed: int | None, device: Device | None, model: Mapping[str, Any]
) -> Settings:
    """Return a copy of the settings with the given keywords.

    Raises
    ------
    ConfigError
        A name is not a setting of ``[model]`` or ``[train]``, or a value is out of range.
    """
    tables = {"model": set(ModelSettings.__struct_fields__), "train": set(TrainSettings.__struct_fields__)}
    for name in model:
        if not any(name in known for known in tables.values()):
            raise ConfigError(
                f"{name}={model[name]!r}: no setting of [model] or [train]",
                hint=nearest(name, set().union(*tables.values())),
            )
    for argument, value, valid in (("split", split, SplitMethod), ("device", device, Device)):
        if value is not None and value not in get_args(valid):
            names = ", ".join(map(repr, get_args(valid)))
            raise ConfigError(f"{argument}={value!r}: no such {argument}", hint=f"one of {names}")
    settings = settings.override("split", method=split).override("train", seed=seed, device=device)
    for table, known in tables.items():
        settings = settings.override(table, **{name: value for name, value in model.items() if name in known})
    return settings


def _vectors(modality: str, given: Any, items: DataFrame | None) -> Any:
    """Return given vectors as a path or a float32 array.

    Raises
    ------
    InputError
        The modality is unknown, or the array is not numeric.
    """
    import numpy as np

    if modality not in MODALITIES:
        raise InputError(f"vectors[{modality!r}]: no modality", hint=nearest(modality, MODALITIES))
    if isinstance(given, str | Path):
        return Path(given)
    try:
        found = np.asarray(given, np.float32)
    except (TypeError, ValueError) as error:
        raise InputError(f"vectors[{modality!r}] is no array of numbers: {error}", hint="one row per item") from error
    if items is None:
        raise InputError(f"vectors[{modality!r}]: an array needs items", hint="give items, a row for each row of it")
    if found.ndim != 2 or len(found) != len(items):
        raise InputError(
            f"vectors[{modality!r}] has the shape {list(found.shape)}: not a row for each of {len(items)} items",
            hint="give a row for each row of items, in its order",
        )
    return found

"""The files of a run and their arrays, by name; all code that reads or writes a run uses this module.

::

    runs/20261124-065910-3f2a/
    ├── run.json               settings, resolved mapping, fingerprint of the graph, versions, validation metrics
    ├── ids.json               user and item keys in node order
    ├── split.safetensors      the held-out pairs
    ├── weights.safetensors    the model
    ├── encoder.safetensors    encodes users from their interactions
    ├── profiles.safetensors   everyone's interactions at training
    ├── embeddings.safetensors users and items, with and without the held-out behaviours; edges between items
    ├── parts.safetensors      what the item vectors are sums of: content, knowledge, neighbours
    ├── context.safetensors    when and in what situation everyone did what, where validation chose a context
    ├── metrics.jsonl, tb/     one line per epoch; the same for TensorBoard
    ├── checkpoint.pt          state of an interrupted training
    ├── evaluation.json        written by ``graphrec evaluate``
    ├── curve.svg              written by ``graphrec runs plot``
    └── benchmark/             stored results of benchmarks

``split``, ``profiles`` and the user encoder are written by their own classes (:class:`graphrec.evaluation.split.Split`,
:class:`graphrec.model.profiles.Profiles`, :class:`graphrec.model.user_encoder.UserEncoder`). PyTorch is imported only
where arrays are read or written.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

from graphrec.common.files import replacing, write_json

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from graphrec.model.profiles import UserItemCSR
    from graphrec.model.scores import ItemTables

RUN = "run.json"
IDS = "ids.json"
SPLIT = "split.safetensors"
WEIGHTS = "weights.safetensors"
ENCODER = "encoder.safetensors"
PROFILES = "profiles.safetensors"
EMBEDDINGS = "embeddings.safetensors"
PARTS = "parts.safetensors"
CONTEXT = "context.safetensors"
METRICS = "metrics.jsonl"
TENSORBOARD = "tb"
CHECKPOINT = "checkpoint.pt"
EVALUATION = "evaluation.json"
CURVE = "curve.svg"
#: The folder of stored results.
FIGURES = "benchmark"

#: ``heldout``: from training behaviour only, for evaluation. ``all``: from everything in the graph, for publishing.
View = Literal["heldout", "all"]
VIEWS: tuple[View, ...] = get_args(View)


class UserArrays(NamedTuple):
    """Arrays of a file with data of each user, indexed by user.

    ``vectors``: ``[n_users, d]``. ``moments``: int64 ``[n_users]``. ``pairs``: int64 ``[2, n]``, users and items.
    ``lists``: CSR, ``name`` being the prefix of ``indptr`` and of all arrays parallel to it except those in ``apart``.
    """

    kind: Literal["vectors", "moments", "pairs", "lists"]
    name: str
    apart: tuple[str, ...] = ()


#: File → its arrays with user data, in the order in which they are emptied when a user is forgotten: the split, which
#: records what was trained on, comes last. An array that is not listed here would be overlooked.
USER_ARRAYS: dict[str, tuple[UserArrays, ...]] = {
    EMBEDDINGS: (
        *(UserArrays("vectors", f"{view}.user") for view in VIEWS),
        *(UserArrays("lists", f"{view}.", apart=("user",)) for view in VIEWS),
    ),
    PROFILES: (UserArrays("lists", ""),),
    CONTEXT: (UserArrays("lists", "", apart=("groups",)),),
    SPLIT: (
        *(UserArrays("pairs", part) for part in ("train", "valid", "test")),
        *(UserArrays("moments", name) for name in ("cutoff.user", "themselves")),
    ),
}


@dataclass(frozen=True)
class Ids:
    """Keys in node order; a forgotten user is None. ``entities`` exist once the network has been trained."""

    users: list[Any]
    items: list[Any]
    entities: list[Any] | None = None

    @classmethod
    def read(cls, folder: Path) -> Ids:
        """Read them from the directory of a run."""
        found = json.loads((folder / IDS).read_text(encoding="utf-8"))
        return cls(list(found["users"]), list(found["items"]), found.get("entities"))

    def write(self, folder: Path) -> None:
        """Write them into the directory of a run, in one step."""
        write_json(folder / IDS, {name: keys for name, keys in vars(self).items() if keys is not None})


@dataclass
class EmbeddingArrays:
    """The contents of ``embeddings.safetensors``.

    Attributes
    ----------
    user
        View → float32 ``[n_users, D]``.
    done
        View → the users' target interactions.
    items
        The item vectors and edges.
    side_features
        Number of trailing components of the vectors that are content and knowledge (``late_fusion``).
    item_weights
        Modality → its weight for each item, float32 ``[n_items]``, if learned.
    """

    user: dict[View, Tensor]
    done: dict[View, UserItemCSR]
    items: ItemTables
    side_features: int = 0
    item_weights: dict[str, Tensor] = field(default_factory=dict)

    def tensors(self) -> dict[str, Tensor]:
        """Return the arrays by name, as :meth:`from_tensors` reads them."""
        import torch

        items, recency = self.items, torch.tensor(self.items.recency)
        found = {"item": items.item} | {f"{view}.user": vectors for view, vectors in self.user.items()}
        for view, rows in self.done.items():
            found |= {f"{view}.indptr": rows.indptr, f"{view}.indices": rows.items}
            if rows.age is not None and items.recency > 0:
                found |= {f"{view}.age": rows.age, "recency": recency}
        if (edges := items.similar) is not None:
            parts = {"similar": edges}
            if edges.layout != torch.strided:
                parts = {"similar.indptr": edges.crow_indices(), "similar.indices": edges.col_indices()}
                parts["similar.values"] = edges.values()
            found |= parts | {"similar.alpha": torch.tensor(items.alpha)}
            if items.spread is not None:
                found["similar.spread"] = items.spread
        if self.side_features:
            found["further"] = torch.tensor(self.side_features)
        return found | {f"weights.{name}": share for name, share in self.item_weights.items()}

    @classmethod
    def from_tensors(cls, found: Mapping[str, Tensor]) -> EmbeddingArrays:
        """Restore an instance from :meth:`tensors`."""
        from graphrec.model.item_edges import matrix_of
        from graphrec.model.profiles import UserItemCSR
        from graphrec.model.scores import ItemTables

        item, similar = found["item"], found.get("similar")
        if "similar.values" in found:
            indptr, indices, values = (found[f"similar.{name}"] for name in ("indptr", "indices", "values"))
            similar = matrix_of(indptr, indices, values, len(item))
        return cls(
            user={view: found[f"{view}.user"] for view in VIEWS if f"{view}.user" in found},
            done={
                view: UserItemCSR(found[f"{view}.indptr"], found[f"{view}.indices"], age=found.get(f"{view}.age"))
                for view in VIEWS
                if f"{view}.indptr" in found
            },
            items=ItemTables(
                item,
                similar,
                float(found.get("similar.alpha", 0.0)),
                found.get("similar.spread"),
                float(found.get("recency", 0.0)),
            ),
            side_features=int(found.get("further", 0)),
            item_weights={name[8:]: share for name, share in found.items() if name.startswith("weights.")},
        )


@dataclass
class EncoderArrays:
    """The contents of ``encoder.safetensors``.

    Attributes
    ----------
    encoder
        Input of :class:`graphrec.model.user_encoder.UserEncoder`.
    digests
        int64 ``[n_items]``: hash of each item's content and knowledge.
    social
        Hash of the friendships; 0 if there are none.
    users_at_update
        int64 ``[n_items]``: for an item added after training, the number of users its vectors were made from; -1 for
        the other items. None if the run is no update.
    warm_items
        bool ``[n_items]``: the warm items, if cold ones are placed below them; else None.
    """

    encoder: dict[str, Tensor]
    digests: Tensor
    social: int = 0
    users_at_update: Tensor | None = None
    warm_items: Tensor | None = None

    def tensors(self) -> dict[str, Tensor]:
        """Return the arrays by name, as :meth:`from_tensors` reads them."""
        import torch

        own = {"heard": self.users_at_update, "tried": self.warm_items}
        found = self.encoder | {"digests": self.digests, "social": torch.tensor(self.social)}
        return found | {name: value for name, value in own.items() if value is not None}

    @classmethod
    def from_tensors(cls, found: Mapping[str, Tensor]) -> EncoderArrays:
        """Restore an instance from :meth:`tensors`."""
        encoder = dict(found)
        digests, social = encoder.pop("digests"), int(encoder.pop("social", 0))
        return cls(encoder, digests, social, encoder.pop("heard", None), encoder.pop("tried", None))


def read_arrays(folder: Path, file: str) -> dict[str, Tensor]:
    """Return the arrays of one of a run's ``.safetensors`` files."""
    from safetensors.torch import load_file

    return load_file(folder / file)


def write_arrays(folder: Path, files: Mapping[str, Mapping[str, Tensor]]) -> None:
    """Write ``.safetensors`` files of a run, name → arrays; older ones are replaced once all are written."""
    from safetensors.torch import save_file

    with ExitStack() as stack:
        for file, tensors in files.items():
            part = stack.enter_context(replacing(folder / file))
            save_file({name: value.detach().contiguous() for name, value in tensors.items()}, part)


class StoredEmbeddings:
    """``embeddings.safetensors`` opened with NumPy: reads only what is requested, without importing PyTorch.

    Parameters
    ----------
    arrays
        The open file: :func:`open_arrays`.
    """

    def __init__(self, arrays: Any) -> None:
        self._arrays, self._names = arrays, frozenset(arrays.keys())

    def user(self, view: View, place: int) -> NDArray[np.float32]:
        """Return the vector of a user, float32 ``[D]``."""
        found: NDArray[np.float32] = self._arrays.get_slice(f"{view}.user")[place : place + 1][0]
        return found

    def done(self, view: View, place: int) -> tuple[NDArray[np.int64], NDArray[np.int64] | None]:
        """Return a user's target interactions, int64 ``[m]``, and how many newer ones each has, if known."""
        start, end = _bounds(self._arrays, f"{view}.indptr", place)
        age = _part(self._arrays, f"{view}.age", start, end) if f"{view}.age" in self._names else None
        return _part(self._arrays, f"{view}.indices", start, end), age

    @property
    def item(self) -> NDArray[np.float32]:
        """The item vectors, float32 ``[n_items, D]``."""
        found: NDArray[np.float32] = self._arrays.get_tensor("item")
        return found

    @property
    def has_similar(self) -> bool:
        """Whether the run has edges from item to item."""
        return not self._names.isdisjoint(("similar", "similar.values"))

    def edges(self, item: int) -> tuple[NDArray[np.int64] | slice, NDArray[np.float32]]:
        """Return the targets and the weights of an item's edges."""
        if "similar" in self._names:
            return slice(None), self._arrays.get_slice("similar")[item : item + 1][0]
        start, end = _bounds(self._arrays, "similar.indptr", item)
        return (_part(self._arrays, "similar.indices", start, end), _part(self._arrays, "similar.values", start, end))

    @property
    def alpha(self) -> float:
        """Exponent of the user degrees along the edges."""
        return float(self._arrays.get_tensor("similar.alpha"))

    @property
    def spread(self) -> NDArray[np.float32] | None:
        """Factors of the scores along the edges, float32 ``[n_items]``."""
        return self._arrays.get_tensor("similar.spread") if "similar.spread" in self._names else None

    @property
    def recency(self) -> float:
        """Number of newer behaviours after which one fades; 0: none fades."""
        return float(self._arrays.get_tensor("recency")) if "recency" in self._names else 0.0

    def item_weights(self) -> dict[str, NDArray[np.float32]]:
        """Return the weight of each modality for each item, float32 ``[n_items]``, if learned."""
        names = sorted(name for name in self._names if name.startswith("weights."))
        return {name[8:]: self._arrays.get_tensor(name) for name in names}


def profile_of(arrays: Any, place: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return a user's items, int64 ``[m]``, and their weights, float32 ``[m, c]``, from the open profiles."""
    start, end = _bounds(arrays, "indptr", place)
    return _part(arrays, "items", start, end), _part(arrays, "weights", start, end)


@contextmanager
def open_arrays(folder: Path, file: str) -> Iterator[Any]:
    """Open one of a run's ``.safetensors`` files with NumPy, without PyTorch, whose import takes seconds."""
    from safetensors import safe_open

    with safe_open(folder / file, framework="numpy") as arrays:
        yield arrays


def _bounds(arrays: Any, indptr: str, row: int) -> tuple[int, int]:
    """Return start and end of a row of CSR arrays."""
    start, end = arrays.get_slice(indptr)[row : row + 2].tolist()
    return start, end


def _part(arrays: Any, name: str, start: int, end: int) -> Any:
    """Return the entries from ``start`` to before ``end``, possibly none."""
    return arrays.get_slice(name)[start:end] if start < end else arrays.get_tensor(name)[:0]

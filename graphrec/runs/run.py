r"""A run: the directory that a training writes (:mod:`graphrec.runs.layout`), and everything later stages need of it.

Scores are inner products, the item's bias being the last learned component, plus the ``SIMILAR`` edges ``B``, if any
(:mod:`graphrec.model.scores`): ``score(u, i) = user[u] · item[i] + n_u^-α Σ_j B[j, i]`` over the ``n_u`` items ``j`` of
the user (weighted if recent interactions count more: :meth:`graphrec.model.profiles.Interactions.normal`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from graphrec.common.errors import InputError
from graphrec.config.settings import ModelSettings
from graphrec.runs import layout
from graphrec.runs.layout import EmbeddingArrays, EncoderArrays, Ids, StoredEmbeddings, View
from graphrec.runs.run_info import RunInfo

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_array
    from torch import Tensor

    from graphrec.evaluation.split import Split
    from graphrec.model import Profiles, UserItemCSR
    from graphrec.model.context import ContextModel
    from graphrec.model.item_parts import ItemParts
    from graphrec.model.user_encoder import UserEncoder
    from graphrec.runs.user_scores import UserScores


class Run(RunInfo):
    """The output of ``graphrec train`` in one directory; arrays are read at first use."""

    @cached_property
    def _ids(self) -> Ids:
        with self._whole():
            return Ids.read(self.path)

    @property
    def users(self) -> list[Any]:
        """User keys in node order; None for a forgotten user (:mod:`graphrec.erasure`)."""
        return self._ids.users

    @property
    def items(self) -> list[Any]:
        """Item keys in node order."""
        return self._ids.items

    @cached_property
    def item_positions(self) -> dict[Any, int]:
        """Item key → index."""
        return {key: place for place, key in enumerate(self.items)}

    @property
    def entities(self) -> list[str]:
        """Keys of the entities that have vectors in the model, in the order of the vectors."""
        return [str(key) for key in self._ids.entities or ()]

    @property
    def digests(self) -> Tensor:
        """Hash of each item's content and knowledge, int64 ``[n_items]``."""
        return self.encoder_arrays.digests

    @property
    def social(self) -> int:
        """Hash of the friendships; 0 if there are none."""
        return self.encoder_arrays.social

    @cached_property
    def split(self) -> Split:
        """The held-out pairs."""
        from graphrec.evaluation.split import Split

        return Split.load(self.path / layout.SPLIT)

    @cached_property
    def arrays(self) -> EmbeddingArrays:
        """The vectors of users and items, and the edges between items."""
        with self._whole():
            return EmbeddingArrays.from_tensors(layout.read_arrays(self.path, layout.EMBEDDINGS))

    @cached_property
    def encoder(self) -> UserEncoder:
        """The encoder of user vectors from interactions, for any user.

        Raises
        ------
        InputError
            The run is damaged, or of a version without encoder.
        """
        from graphrec.model.user_encoder import UserEncoder

        return UserEncoder.from_tensors(self.encoder_arrays.encoder, self.behaviours)

    def require_encoder(self) -> None:
        """Refuse a run without the encoder of user vectors; needs no PyTorch.

        Raises
        ------
        InputError
            An early release made the run.
        """
        if not (self.path / layout.ENCODER).is_file():
            raise InputError(f"{self.path}: an older version made it, without a user encoder", hint="train again")

    @cached_property
    def encoder_arrays(self) -> EncoderArrays:
        """The user encoder, and the arrays stored with it.

        Raises
        ------
        InputError
            The run is damaged, or of a version without encoder.
        """
        self.require_encoder()
        with self._whole():
            return EncoderArrays.from_tensors(layout.read_arrays(self.path, layout.ENCODER))

    @cached_property
    def item_parts(self) -> ItemParts | None:
        """What the item vectors are sums of; None if an earlier release made the run.

        Raises
        ------
        InputError
            The run is damaged.
        """
        from graphrec.model.item_parts import ItemParts

        if not (self.path / layout.PARTS).is_file():
            return None
        with self._whole():
            parts = ItemParts.from_tensors(layout.read_arrays(self.path, layout.PARTS))
            width = self.encoder_arrays.encoder["source"].shape[1]
            parts.check((len(self.items), width), len(self.entities), len(self.info["relations"]))
            return parts

    @property
    def n_users_at_update(self) -> Tensor:
        """Number of users that the vectors of an item added after training were made from, int64 ``[n_items]``.

        -1 for the other items.
        """
        import torch

        kept = self.encoder_arrays.users_at_update
        return torch.full((len(self.items),), -1) if kept is None else kept

    @property
    def warm_items(self) -> Tensor | None:
        """The warm items, bool ``[n_items]``, if cold ones are placed below them; else None."""
        return self.encoder_arrays.warm_items

    @property
    def cold_item_rank(self) -> int:
        """Number of warm items above the best cold one; 0: cold items are ranked by score."""
        return 0 if self.warm_items is None else self.table("model", ModelSettings).cold_item_rank

    @property
    def weights(self) -> dict[str, Tensor]:
        """The weights of the model by name, read from the file each time."""
        with self._whole():
            return layout.read_arrays(self.path, layout.WEIGHTS)

    @cached_property
    def profiles(self) -> Profiles:
        """Everyone's interactions when the run was trained, including held-out ones."""
        from graphrec.model import Profiles

        with self._whole():
            found = layout.read_arrays(self.path, layout.PROFILES)
        return Profiles(
            found["indptr"],
            found["items"],
            age=found.get("age"),
            weights=found["weights"],
            behaviours=self.behaviours,
            days=found.get("days"),
            negative=self.schema.negatives,
        )

    @contextmanager
    def _whole(self) -> Iterator[None]:
        """Turn the error of a missing or damaged file into one that names the run.

        ``SafetensorError`` is a plain ``Exception``, and its package is not imported for listing runs.
        """
        try:
            yield
        except Exception as error:
            raise InputError(
                f"{self.path}: the run is damaged: {error}", hint="train again, or name another run"
            ) from error

    def embeddings(self, view: View) -> tuple[Tensor, Tensor]:
        """Return user ``[n_users, d]`` and item ``[n_items, d]`` float32 vectors.

        Their inner product is the score, except for the contribution of :attr:`similar`.
        """
        return self.arrays.user[view], self.arrays.items.item

    @property
    def n_side_features(self) -> int:
        """Number of trailing components of the vectors that are content and knowledge (``late_fusion``)."""
        return self.arrays.side_features

    @property
    def similar(self) -> Tensor | None:
        """Weights of the edges from item to item, float32 ``[n_items, n_items]``; None without edges.

        Dense, or CSR for large catalogues.
        """
        return self.arrays.items.similar

    @property
    def item_weights(self) -> dict[str, Tensor]:
        """The learned weight of each modality for each item, float32 ``[n_items]``; or nothing."""
        return self.arrays.item_weights

    def scores(self, users: Tensor, view: View) -> Tensor:
        """Return float32 ``[len(users), n_items]`` for int64 user indices, including the users' own items."""
        rows = None if self.similar is None else self.rows(view)
        return self.scores_of(self.embeddings(view)[0][users], rows, users)

    def scores_of(self, vectors: Tensor, rows: UserItemCSR | None, users: Tensor) -> Tensor:
        """Return scores of any users: see :meth:`graphrec.model.scores.ItemTables.scores`."""
        return self.arrays.items.scores(vectors, rows, users)

    @property
    def recency(self) -> float:
        """Number of newer behaviours after which one fades; 0: none fades."""
        return self.arrays.items.recency

    def rows(self, view: View) -> UserItemCSR:
        """Return the users' target interactions in that view."""
        return self.arrays.done[view]

    def seen(self, view: View) -> csr_array:
        """Return the items not to recommend, ``[n_users, n_items]``; stored entries are positive.

        These are :meth:`rows`, and for publishing also disliked items; of people who are items too, themselves.
        """
        seen = self.rows(view).matrix(len(self.items))
        if view == "heldout":
            return seen
        if self.schema.negatives:
            seen = seen + self.profiles.only(self.schema.negatives).matrix(len(self.items))
        return seen + self._themselves(seen) if self.schema.shared else seen

    def _themselves(self, like: csr_array) -> csr_array:
        """Return each user who is an item too with that item, of the shape of another matrix."""
        places = [self.item_positions.get(user, -1) for user in self.users]
        users = [n for n, place in enumerate(places) if place >= 0]
        ones = ([1.0] * len(users), (users, [places[n] for n in users]))
        found: csr_array = type(like)(ones, shape=like.shape, dtype=like.dtype)
        return found

    def themselves(self, user: Any) -> list[int]:
        """Return the index of the item that a user is, if any."""
        place = self.item_positions.get(user) if self.schema.shared and user is not None else None
        return [] if place is None else [place]

    @contextmanager
    def open_arrays(self, file: str) -> Iterator[Any]:
        """Open one of its ``.safetensors`` files with NumPy: see :func:`graphrec.runs.layout.open_arrays`.

        Raises
        ------
        InputError
            The file is damaged.
        """
        with self._whole(), layout.open_arrays(self.path, file) as arrays:
            yield arrays

    @cached_property
    def user_scores(self) -> UserScores:
        """Scores of single users, without PyTorch."""
        from graphrec.runs.user_scores import UserScores

        negatives = self.schema.negatives
        return UserScores(self.open_arrays, self.behaviours if negatives else (), negatives)

    @cached_property
    def context(self) -> ContextModel | None:
        """What a context adds to its scores; None if validation chose none. Needs no PyTorch."""
        from graphrec.runs.stored_context import INFO, read_context

        return read_context(self.info.get(INFO) or {}, self.open_arrays)

    @property
    def has_similar(self) -> bool:
        """Whether the run has edges from item to item; needs no PyTorch."""
        with self.open_arrays(layout.EMBEDDINGS) as arrays:
            return StoredEmbeddings(arrays).has_similar

    def read_item_weights(self) -> dict[str, NDArray[np.float32]]:
        """Return :attr:`item_weights`, read without PyTorch."""
        with self.open_arrays(layout.EMBEDDINGS) as arrays:
            return StoredEmbeddings(arrays).item_weights()

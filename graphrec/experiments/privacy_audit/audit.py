"""Audit a run: attack what it publishes, and count what rests on too few people."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_array

from graphrec.common.console import progress
from graphrec.common.errors import InputError
from graphrec.config.settings import Settings
from graphrec.experiments.benchmark.run_graph import read_graph, require_unchanged
from graphrec.experiments.privacy_audit import few_people
from graphrec.experiments.privacy_audit.attributes import attribute_figures
from graphrec.experiments.privacy_audit.interactions import Seen, interactions, named
from graphrec.experiments.privacy_audit.membership import difference, membership, variants
from graphrec.experiments.privacy_audit.shadows import SHARE, Shadows, published_edges
from graphrec.explanation.attribution import Attribution
from graphrec.explanation.reasons import Reason, Reasons
from graphrec.graph.hetero import Graph
from graphrec.publishing.link_reasons import has_parts
from graphrec.publishing.shown_scores import RELATIVE
from graphrec.publishing.top_k import top_k
from graphrec.runs.run import Run

Ints = NDArray[np.int64]

#: Share of the users of no shadow who are added between two trainings.
ADDED = 0.25
#: Users whose reasons are found at once.
_BLOCK = 256


@dataclass(frozen=True)
class Asked:
    """What to audit.

    Attributes
    ----------
    attacks
        Some of :data:`graphrec.experiments.options.ATTACKS`.
    shadows
        Number of shadow models.
    epochs
        Most epochs of each; None: as many as the run's training had.
    users
        Most users to attack.
    people
        Fewest people on whom something that is published may rest.
    seed
        Of everything that is drawn.
    """

    attacks: Collection[str]
    shadows: int = 3
    epochs: int | None = None
    users: int = 2000
    people: int = 5
    seed: int = 0


class Audit:
    """Attacks one run.

    Parameters
    ----------
    run, settings
        A finished run, and its project.
    asked
        What to do.
    values
        Name → property of each user of the run, None where it has none.

    Raises
    ------
    InputError
        The graph has changed since the training, or there are too few users.
    """

    def __init__(
        self, run: Run, settings: Settings, asked: Asked, values: Mapping[str, Sequence[Any]] | None = None
    ) -> None:
        self.run, self.settings, self.asked, self.values = run, settings, asked, values or {}
        graph = read_graph(run, settings)
        require_unchanged(run, graph)
        self.graph = graph
        self.pairs = run.rows("all").matrix(len(run.items))
        there = np.flatnonzero(np.diff(self.pairs.indptr) > 0)
        if not len(there):
            raise InputError(f"{run.run_id}: no user has an item", hint="name another run")
        rng = np.random.default_rng(asked.seed)
        self.people: Ints = np.sort(rng.permutation(there)[: asked.users])
        self.history = csr_array(self.pairs[self.people])
        found = top_k(
            lambda users: run.scores(users, "all"),
            torch.from_numpy(self.people),
            run.seen("all"),
            settings.publish.k,
        )
        blocks = [np.where(np.isfinite(values.numpy()), ids.numpy(), -1) for ids, values in found]
        #: The published lists of :attr:`people`, int64 ``[n, k]``, -1 where there is none.
        self.lists: Ints = np.concatenate(blocks)
        self.edges = published_edges(run.similar, settings.publish, self.pairs)

    def found(self) -> dict[str, Any]:
        """Return all figures."""
        run, asked = self.run, self.asked
        data: dict[str, Any] = {
            "run": run.run_id,
            "users": len(run.users),
            "attacked": len(self.people),
            "items": len(run.items),
            "epsilon": epsilon_of(run),
            "k": self.settings.publish.k,
            "people": asked.people,
            "seed": asked.seed,
            "shadows": None,
        }
        self._reasons = self._found_reasons() if {"interactions", "few-people"} & {*asked.attacks} else None
        if {"membership", "difference"} & {*asked.attacks}:
            data |= self._membership()
        if self.values:
            data["attributes"] = self._attributes()
        if "interactions" in asked.attacks:
            seen = self._seen()
            data["interactions"] = interactions(self.history, seen, asked.seed)
            if seen.named is not None:
                data["named"] = named(self.history, seen.named, asked.seed)
        if "few-people" in asked.attacks:
            data["few_people"] = [one.to_dict() for one in self._few_people()]
        return data

    def _membership(self) -> dict[str, Any]:
        asked = self.asked
        shadows = Shadows(self.run, self.settings, self.graph, self.people, asked.epochs)
        seeds = [asked.seed * 1000 + number for number in range(asked.shadows)]
        needed = seeds if "membership" in asked.attacks else seeds[:1]
        worlds = [
            shadows.world(shadows.half(seed), seed, f"shadow model {at} of {len(needed)}")
            for at, seed in enumerate(needed, 1)
        ]
        train = shadows.settings.train
        data: dict[str, Any] = {
            "shadows": {"models": len(worlds), "objective": train.loss, "epochs": train.epochs, "share": SHARE}
        }
        if "membership" in asked.attacks:
            relative = self.settings.publish.scores == RELATIVE
            data["membership"] = membership(worlds, variants(relative), asked.seed)
        if "difference" in asked.attacks:
            members = shadows.half(seeds[0])
            rng = np.random.default_rng([asked.seed, 55])
            more = members | (rng.random(len(members)) < ADDED)
            after = shadows.world(more, seeds[0], "the same, with more users")
            data["difference"] = difference(worlds[0], after, asked.seed)
        return data

    def _attributes(self) -> list[dict[str, Any]]:
        row, place = np.nonzero(self.lists >= 0)
        ones = np.ones(len(row), np.float32)
        listed = csr_array((ones, (row, self.lists[row, place])), shape=self.history.shape)
        sources = {
            "vectors": self.run.embeddings("all")[0].numpy()[self.people],
            "lists": listed,
            "behaviour itself": self.history,
        }
        return [
            figures
            for name, values in self.values.items()
            for figures in attribute_figures([values[user] for user in self.people], sources, name, self.asked.seed)
        ]

    def _seen(self) -> Seen:
        user, item = self.run.embeddings("all")
        return Seen(
            self.lists,
            self.edges,
            knowledge_of(self.graph),
            user.numpy()[self.people],
            item.numpy(),
            None if self._reasons is None else self._named(self._reasons),
        )

    def _named(self, reasons: list[list[list[Reason]]]) -> csr_array:
        """Return how often the reasons of each user's list name an item as the user's."""
        ends = [
            (user, item)
            for user, links in enumerate(reasons)
            for found in links
            for reason in found
            for item in reason.via
        ]
        row, column = np.array(ends, np.int64).reshape(-1, 2).T
        return csr_array((np.ones(len(row), np.float32), (row, column)), shape=self.history.shape)

    def _found_reasons(self) -> list[list[list[Reason]]] | None:
        publish = self.settings.publish
        if not publish.reasons or not has_parts(self.run):
            return None
        reasons = Reasons(Attribution(self.run), publish.reason_users)
        found: list[list[list[Reason]]] = []
        with progress() as bar:
            task = bar.add_task("reasons", total=len(self.people))
            for start in range(0, len(self.people), _BLOCK):
                some = torch.from_numpy(self.people[start : start + _BLOCK])
                lists = [torch.from_numpy(items[items >= 0]) for items in self.lists[start : start + _BLOCK]]
                found += reasons.of_users(some, lists, publish.reasons)
                bar.advance(task, len(some))
        return found

    def _few_people(self) -> list[few_people.FewPeople]:
        k, found = self.asked.people, list[few_people.FewPeople]()
        if self._reasons is not None:
            lists = [items[items >= 0] for items in self.lists]
            found.append(few_people.of_reasons(self.pairs, self.people, lists, self._reasons, k))
        if self.edges is not None:
            found.append(few_people.of_edges(self.pairs, self.edges, k))
        return [*found, few_people.of_new_items(self.run.n_users_at_update.numpy(), k)]


def knowledge_of(graph: Graph) -> csr_array | None:
    """Return the entities of the items, ones, csr ``[n_items, n_entities]``; None if there are none."""
    ends = [
        graph.data[kind].edge_index.numpy()[[0, 1] if kind[0] == "item" else [1, 0]]
        for kind in graph.data.edge_types
        if {kind[0], kind[2]} == {"item", "entity"}
    ]
    if not ends:
        return None
    item, entity = np.unique(np.concatenate(ends, axis=1), axis=1)
    shape = len(graph.items), len(graph.entities)
    return csr_array((np.ones(len(item), np.float32), (item, entity)), shape=shape)


def epsilon_of(run: Run) -> float | None:
    """Return the ε of differential privacy that a run was trained with; None: without."""
    stored = run.info.get("privacy")
    spent = stored.get("epsilon") if isinstance(stored, dict) else None
    return float(spent) if isinstance(spent, int | float) else None

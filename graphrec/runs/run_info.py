"""What ``run.json`` says of a run: when and from what it was made, by which settings, and how good it is."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from msgspec.structs import replace

from graphrec.common.errors import ConfigError
from graphrec.common.files import write_json
from graphrec.config.convert import convert
from graphrec.config.renamed import with_new_keys
from graphrec.config.schema import GraphSchema
from graphrec.runs import layout

T = TypeVar("T")

FINISHED = "finished"


@dataclass
class RunInfo:
    """The directory of a run, and what its ``run.json`` says."""

    path: Path
    info: dict[str, Any] = field(repr=False)
    #: The mapping of the project now: what it says of personal properties and of consent counts for older runs too.
    now: GraphSchema | None = field(default=None, repr=False)

    @property
    def run_id(self) -> str:
        """The directory's name."""
        return self.path.name

    @property
    def number(self) -> int:
        """Its place in the order in which the runs of the folder were begun; 0: an earlier release made it."""
        return int(self.info.get("number", 0))

    @property
    def created(self) -> str:
        """When training began, ISO 8601 in UTC."""
        return str(self.info["created"])

    @property
    def trained(self) -> str:
        """When its vectors were computed, ISO 8601 in UTC: after :attr:`created`, and new after a resumed training."""
        return str(self.info.get("trained", self.created))

    @property
    def resumable(self) -> bool:
        """Whether its training was interrupted."""
        return not self.finished or bool(self.info.get("interrupted"))

    @property
    def finished(self) -> bool:
        """Whether it can be evaluated and published."""
        return bool(self.info.get("state") == FINISHED)

    @property
    def refit(self) -> bool:
        """Whether it was refitted on train and validation, so that validation can choose nothing any more."""
        return bool(self.info.get("refit"))

    @property
    def settings(self) -> dict[str, Any]:
        """The tables of ``graphrec.toml`` that the run was made with."""
        return dict(self.info["settings"])

    def table(self, name: str, kind: type[T]) -> T:
        """Return one table of the settings; open settings stay open.

        Raises
        ------
        ConfigError
            The table does not fit this version.
        """
        file = str(self.path / layout.RUN)
        return convert(with_new_keys({name: self.settings.get(name, {})}, file)[name], kind, f"{file}: {name}")

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the training graph."""
        return str(self.info["fingerprint"])

    @property
    def data(self) -> dict[str, Any] | None:
        """The ``folder`` and the files of ``vectors`` it was trained on; None for a graph in Neo4j."""
        return self.info.get("data")

    @property
    def encoders(self) -> dict[str, str]:
        """Modality → label of the encoder whose vectors it was trained on."""
        return dict(self.info.get("encoders", {}))

    @property
    def modalities(self) -> dict[str, float]:
        """Mean weight of each modality, over the items that have any."""
        return dict(self.info.get("modalities", {}))

    @property
    def metrics(self) -> dict[str, Any]:
        """Validation metrics of the training, and test metrics once ``graphrec evaluate`` has run."""
        found: dict[str, Any] = dict(self.info.get("metrics", {}))
        evaluation = self.path / layout.EVALUATION
        if evaluation.is_file():
            found["evaluation"] = json.loads(evaluation.read_text(encoding="utf-8"))
        return found

    @cached_property
    def schema(self) -> GraphSchema:
        """The mapping, with behaviours and knowledge as found in the graph."""
        schema = convert(self.info["schema"], GraphSchema, str(self.path / layout.RUN))
        return schema if self.now is None else _protected(schema, self.now, self.run_id)

    @property
    def behaviours(self) -> tuple[str, ...]:
        """The behaviour types of the run, in the order of the profile columns."""
        return tuple(self.info["behaviours"])

    @property
    def privacy(self) -> dict[str, Any] | None:
        """What it cost in privacy: ``epsilon``, ``delta``, ``noise``, ``steps``, ``total``; None: no noise was used."""
        return self.info.get("privacy")

    @property
    def interest(self) -> dict[str, Any]:
        """The composition of the vectors: the ``form``, and its validation results."""
        return dict(self.info.get("interest") or {"form": "learned", "weights": {"learned": 1.0}})

    def update(self, **values: Any) -> None:
        """Change ``run.json`` in one step."""
        self.info.update(values)
        write_json(self.path / layout.RUN, self.info)


def _protected(schema: GraphSchema, now: GraphSchema, run_id: str) -> GraphSchema:
    """Return a run's mapping with the personal properties and the consent of the project's.

    Raises
    ------
    ConfigError
        The run reads a property that has become personal.
    """
    try:
        return replace(
            schema,
            personal=now.personal,
            user=replace(schema.user, consent=now.user.consent),
            item=replace(schema.item, consent=now.item.consent),
        )
    except ValueError as error:
        raise ConfigError(f"run {run_id}: {error}", hint="train again with the mapping as it is now") from error

"""A proposed mapping with the reasons for it, as the text of ``graphrec.toml``."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import msgspec

from graphrec.common.printable import printable
from graphrec.config.schema import GraphSchema
from graphrec.config.toml_file import toml_key, toml_value
from graphrec.graph.confidence import Confidence
from graphrec.graph.questions import Interview


@dataclass(frozen=True)
class Proposal:
    """A mapping with its reasons.

    Attributes
    ----------
    schema
        The mapping.
    reasons
        One line per key, such as ``"user.label"``.
    confidence
        How sure each role and behaviour is: ``"user"``, ``"item"``, ``"behaviours.TYPE"``.
    questions
        What was asked, with the index of the answer.
    """

    schema: GraphSchema
    reasons: dict[str, str]
    confidence: dict[str, Confidence] = field(default_factory=dict)
    questions: Interview = field(default_factory=Interview)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "mapping": msgspec.to_builtins(self.schema),
            "reasons": self.reasons,
            "confidence": {part: asdict(one) for part, one in self.confidence.items()},
            "questions": self.questions.to_list(),
        }

    def toml(self) -> str:
        """Return the ``[graph]`` tables with a comment per line."""
        lines = ["[graph]"]
        for name in ("knowledge", "social", "personal"):
            kinds = getattr(self.schema, name)
            if name == "knowledge" or kinds:
                lines += [f"# {line}" for line in self.reasons[name].splitlines()]
                lines.append(f"{name} = {toml_value(kinds)}")
        for name in ("user", "item"):
            lines += ["", f"[graph.{name}]{self._sure(name)}"]
            role = self.schema.role(name)
            default = msgspec.to_builtins(type(role)())
            for key, value in msgspec.to_builtins(role).items():
                if key in ("label", "key") or value != default[key]:
                    lines.append(self._line(f"{name}.{key}", key, value))
        for kind, behaviour in self.schema.behaviours.items():
            path = f"behaviours.{kind}"
            lines += ["", f"[graph.behaviours.{toml_key(kind)}]  # {self.reasons[path]}"]
            lines += [f"# {printable(str(self.confidence[path]))}"] if path in self.confidence else []
            if behaviour.path is not None:
                lines.append(self._line(f"{path}.path", "path", behaviour.path))
            lines.append(self._line(f"behaviours.{kind}.weight", "weight", behaviour.weight))
            for key in ("negative", "strength", "values", "dislike", "time"):
                value = getattr(behaviour, key)
                if value or (value is not None and key in ("dislike", "time")):
                    lines.append(self._line(f"{path}.{key}", key, value))
                elif key == "time":
                    lines.append(f"# {self.reasons[f'{path}.time']}")
        return "\n".join(lines) + "\n"

    def short(self, remark: str) -> str:
        """Return the tables that name users, items and behaviours, without comments but one."""
        lines = list[str]()
        for name in ("user", "item"):
            role = self.schema.role(name)
            lines += [f"[graph.{name}]", f"label = {toml_value(role.label)}"]
            lines += [f"key = {toml_value(role.key)}"]
        lines += [f"[graph.behaviours.{toml_key(kind)}]  # {printable(remark)}" for kind in self.schema.behaviours]
        return "\n".join(lines)

    def _sure(self, path: str) -> str:
        """Return how sure a table is, as a comment."""
        return f"  # {printable(str(self.confidence[path]))}" if path in self.confidence else ""

    def _line(self, path: str, key: str, value: Any) -> str:
        return f"{key} = {toml_value(value)}  # {self.reasons[path]}"

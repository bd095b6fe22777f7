"""What may be started from outside: a fixed set of commands, each with options of a checked form."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

import msgspec
from msgspec import Meta

from graphrec.common.errors import ConfigError, InputError, nearest
from graphrec.config.convert import convert
from graphrec.config.schema import Fusion

Kind = Literal["train", "embed", "update", "publish", "quality"]
KINDS: tuple[Kind, ...] = get_args(Kind)

#: The name of a run, which never looks like an option or a path.
RunName = Annotated[str, Meta(pattern=r"^[0-9A-Za-z][0-9A-Za-z_~-]*\Z", max_length=100)]
Seed = Annotated[int, Meta(ge=0, le=2**31 - 1)]


class _Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of the options of a command; None: the command's own default."""


class TrainOptions(_Options, frozen=True):
    """Options of ``graphrec train``."""

    epochs: Annotated[int, Meta(ge=1, le=100_000)] | None = None
    seed: Seed | None = None
    device: Literal["auto", "cpu", "cuda"] | None = None
    loss: Literal["auto", "mse", "softmax"] | None = None
    dim: Annotated[int, Meta(ge=1, le=1_024)] | None = None
    lr: Annotated[float, Meta(gt=0, le=10)] | None = None
    refit: bool | None = None
    resume: RunName | None = None


class EmbedOptions(_Options, frozen=True):
    """Options of ``graphrec embed``; the encoders are those of ``graphrec.toml``."""

    fusion: Fusion | None = None
    no_cache: bool = False


class UpdateOptions(_Options, frozen=True):
    """Options of ``graphrec update``."""

    embed: bool = False
    prune: bool = False


class PublishOptions(_Options, frozen=True):
    """Options of ``graphrec publish``; ``run`` is the name of a trained run."""

    run: RunName
    k: Annotated[int, Meta(ge=1, le=1_000)] | None = None
    similar: Annotated[int, Meta(ge=0, le=1_000)] | None = None
    reasons: Annotated[int, Meta(ge=0, le=100)] | None = None
    if_better: bool = False


class QualityOptions(_Options, frozen=True):
    """Options of ``graphrec quality``."""

    burst: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None


_OPTIONS: dict[str, type[_Options]] = {
    "train": TrainOptions,
    "embed": EmbedOptions,
    "update": UpdateOptions,
    "publish": PublishOptions,
    "quality": QualityOptions,
}


def checked(kind: str, options: dict[str, Any]) -> dict[str, Any]:
    """Return the options of a command that were given.

    Raises
    ------
    InputError
        No such command may be started, or an option is unknown or out of range.
    """
    if kind not in _OPTIONS:
        raise InputError(f"no job {kind!r}", hint=nearest(kind, KINDS))
    try:
        return dict(msgspec.to_builtins(convert(options, _OPTIONS[kind], f"[{kind}]")))
    except ConfigError as error:  # no file is wrong, but what somebody has sent
        raise InputError(error.message, hint=error.hint) from error


def arguments(kind: str, options: dict[str, Any]) -> list[str]:
    """Return the arguments of ``graphrec`` for a command with :func:`checked` options.

    >>> arguments("publish", {"run": "20261130-090000-0a1b", "k": 10, "if_better": True})
    ['publish', '--json', '-k', '10', '--if-better', '20261130-090000-0a1b']
    """
    found = [kind, "--json"]
    for name, value in options.items():
        flag = f"--{name.replace('_', '-')}"
        if name == "run":
            continue
        if name == "k":
            found += ["-k", str(value)]
        elif isinstance(value, bool):
            found.append(flag if value else flag.replace("--", "--no-", 1))
        else:
            found.append(f"{flag}={value}")
    return [*found, *([options["run"]] if "run" in options else [])]

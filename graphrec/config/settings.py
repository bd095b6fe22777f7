"""Settings: frozen, validated, from ``graphrec.toml`` and the environment.

``graphrec.toml`` is looked for in the working directory and its parents; the directory that holds it (or the working
directory) is the project's root. Secrets come from the environment alone.
"""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args

import msgspec
from msgspec import Meta

from graphrec.common.console import warn
from graphrec.common.errors import ConfigError, nearest
from graphrec.config.environment import describe, misnamed, rename
from graphrec.config.renamed import old_keys, with_new_keys
from graphrec.config.schema import BLOCKING, Behaviour, Fusion, GraphSchema, Searches

FILE = "graphrec.toml"

Positive = Annotated[int, Meta(ge=1)]
NonNegativeInt = Annotated[int, Meta(ge=0)]
Fraction = Annotated[float, Meta(ge=0, lt=1)]
NonNegative = Annotated[float, Meta(ge=0)]
Weight = Annotated[float, Meta(ge=0, le=10)]
T = TypeVar("T")


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of every table of ``graphrec.toml``."""


class ContentSettings(_Table, frozen=True):
    """How an item's text, image and audio become vectors, and how these become one.

    ``gate`` and ``attention`` are learned by ``graphrec train``; ``llm`` takes the vector of a language model (named
    by ``llm``) that has read a text rendering of the item.
    """

    text: str = "auto"
    image: str = "auto"
    audio: str = "mfcc"
    llm: str = "none"
    fusion: Fusion = "mean"
    weights: dict[Literal["text", "image", "audio"], NonNegative] = {}
    dim: Positive = 256
    batch: Positive = 64


class SplitSettings(_Table, frozen=True):
    """Which behaviours are held out.

    ``user-time``: each user's last part; ``global-time``: everything after a date; ``published``: as the property
    named by ``property`` says (train, valid or test); ``cold-item``: all behaviours towards a share of the items.
    """

    method: Literal["random", "user-time", "global-time", "published", "cold-item"] = "random"
    property: str = "split"
    valid: Fraction = 0.1
    test: Fraction = 0.1
    seed: NonNegativeInt = 0


class ModelSettings(_Table, frozen=True):
    """The shape of the graph neural network.

    What is None follows the objective: see :meth:`decided`.
    """

    dim: Positive = 64
    #: Exponent of the user's degree: 1 averages what a user did, 0.5 is the symmetric normalisation.
    alpha: Annotated[float, Meta(ge=0, le=1)] = 1.0
    #: Probability that a user → item message is dropped in training.
    dropout: Fraction | None = None
    #: Rounds of messages item → user → item.
    hops: Annotated[int, Meta(ge=0, le=4)] | None = None
    #: One table an item instead of two.
    tied: bool | None = None
    content: bool = True
    #: The items most alike in each modality that send their vectors; 0 for none.
    neighbours: NonNegativeInt | None = None
    knowledge: bool = True
    #: Closed-form edges between items (sparse above 8,000); validation says what they count beside the trained vectors.
    similar: bool = True
    #: The trained vectors refined by alternating least squares, beside the trained ones as validation says.
    als: bool = True
    #: Probability that an item's own vectors are dropped in training: makes items serve that nobody has tried.
    id_dropout: Fraction = 0.0
    #: Share of the users of whom training with hops shows only a few edges a step: makes users serve who did little.
    short_profiles: Fraction = 0.0
    #: The best item that nobody has tried stands below so many warm ones in everybody's list; 0: where it scores.
    cold_item_rank: NonNegativeInt = 0
    #: Whether behaviours weigh: False, for comparison, lets every pair count 1, whatever was done, how often and when.
    weighted: bool = True
    #: Standard deviation of the first vectors.
    init: Annotated[float, Meta(gt=0)] = 0.02

    def decided(self, loss: Literal["mse", "softmax"]) -> ModelSettings:
        """Return a copy with everything decided for one objective.

        Softmax does best with hops and one table, squared error with two tables and exact exclusion.
        """
        sparse = loss == "softmax"
        hops = int(sparse) if self.hops is None else self.hops
        defaults = {
            "hops": hops,
            "neighbours": (10 if sparse else 0) if self.neighbours is None else self.neighbours,
            "tied": sparse if self.tied is None else self.tied,
            "dropout": 0.5 if self.dropout is None else self.dropout,
        }
        return msgspec.structs.replace(self, **defaults)


class TrainSettings(_Table, frozen=True):
    """The optimisation. ``loss = "auto"`` trains both and keeps the one that validates better."""

    epochs: Positive = 100
    #: Users of a step, at least: an epoch has 32 steps at most.
    batch: Positive = 256
    lr: Annotated[float, Meta(gt=0)] = 0.004
    weight_decay: NonNegative = 1e-5
    #: Of the moving average of the weights, which is what is validated and kept.
    ema: Fraction = 0.98
    loss: Literal["auto", "mse", "softmax"] = "softmax"
    #: What it counts that two noised views of a user, or of an item, find one another; 0 for no such loss.
    contrastive: Weight = 0.0
    #: What the loss counts under the worst shift of the items' content; 0 for no such loss.
    adversarial: Weight = 0.0
    patience: Positive = 6
    metric_k: Positive = 10
    seed: NonNegativeInt = 0
    device: Literal["auto", "cpu", "cuda"] = "auto"
    #: Train once more on the training and the validation part, with everything as validation chose it.
    refit: bool = False


class PublishSettings(_Table, frozen=True):
    """What goes back into Neo4j."""

    k: Positive = 20
    #: ``SIMILAR`` edges of an item at most; 0 for none.
    similar: NonNegativeInt = 10
    batch: Positive = 1000


class Boost(_Table, frozen=True):
    """What is added to the scores of the items that fit a Cypher predicate (:mod:`graphrec.serving.cypher_filter`).

    In units of the standard deviation of the user's scores of all items; less than 0 lowers them.
    """

    where: str
    add: Annotated[float, Meta(ge=-100, le=100)]


class RecommendSettings(_Table, frozen=True):
    """Business rules: what ``graphrec recommend`` may show, and what comes first (:mod:`graphrec.serving.rules`)."""

    #: Whether what the user has done may come again.
    seen: bool = False
    #: Types from a user to an item, or to an entity of an item, that is never to be shown to this user.
    blocked: tuple[str, ...] = BLOCKING
    #: Type of knowledge → at most so many items of each of its entities in a list.
    max_per_entity: dict[str, Positive] = {}
    boost: tuple[Boost, ...] = ()
    #: Interests of a user at most, each with its places in the list (:mod:`graphrec.serving.multi_interest`); 1: by
    #: score alone.
    interests: Positive = 1

    @property
    def beyond_links(self) -> bool:
        """Whether the published links do not tell what is to be recommended, whoever asks."""
        return bool(self.seen or self.max_per_entity or self.boost or self.interests > 1)


class _File(_Table, frozen=True):
    """The whole of ``graphrec.toml``."""

    graph: GraphSchema = GraphSchema()
    content: ContentSettings = ContentSettings()
    split: SplitSettings = SplitSettings()
    model: ModelSettings = ModelSettings()
    train: TrainSettings = TrainSettings()
    publish: PublishSettings = PublishSettings()
    recommend: RecommendSettings = RecommendSettings()


class Neo4jSettings(msgspec.Struct, frozen=True):
    """The four ``NEO4J_`` variables. ``uri`` is None where graphrec runs its own server."""

    uri: str | None = None
    username: str = "neo4j"
    password: str = ""
    database: str | None = None
    #: Variables that were probably meant for these: name that is set → name that is read.
    misnamed: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"Neo4jSettings(uri={self.uri!r}, username={self.username!r}, database={self.database!r})"


class Settings(msgspec.Struct, frozen=True):
    """Everything a command may ask.

    ``root``: the project; ``home``: its local server; ``runs``: its trained runs; ``file``: the ``graphrec.toml`` that
    was read, None where there is none.
    """

    root: Path
    home: Path
    runs: Path
    neo4j: Neo4jSettings
    graph: GraphSchema = GraphSchema()
    content: ContentSettings = ContentSettings()
    split: SplitSettings = SplitSettings()
    model: ModelSettings = ModelSettings()
    train: TrainSettings = TrainSettings()
    publish: PublishSettings = PublishSettings()
    recommend: RecommendSettings = RecommendSettings()
    file: Path | None = None

    def override(self, table: str, **values: Any) -> Settings:
        """Return a copy with the non-None ``values`` set in one table, checked as if they stood in the file.

        Raises
        ------
        ConfigError
            A value is out of range.
        """
        given = {k: v for k, v in values.items() if v is not None}
        if not given:
            return self
        current = getattr(self, table)
        data = msgspec.to_builtins(current) | given
        return msgspec.structs.replace(self, **{table: convert(data, type(current), f"[{table}]")})


def load_settings(file: Path | None = None) -> Settings:
    """Read ``graphrec.toml`` and the environment.

    Parameters
    ----------
    file
        The file; looked for from the working directory upwards where absent. ``GRAPHREC_CONFIG`` names one too.

    Raises
    ------
    ConfigError
        The file is missing, is not TOML, or has an unknown key or a value out of range; or a variable that graphrec
        reads is misspelt.
    """
    wrong = misnamed(os.environ)
    if own := {name: right for name, right in wrong.items() if right.startswith("GRAPHREC_")}:
        raise ConfigError(describe(own), hint=rename(own))
    if file is None and os.environ.get("GRAPHREC_CONFIG"):
        file = Path(os.environ["GRAPHREC_CONFIG"])
    found = file if file is not None else _find(Path.cwd())
    root = found.resolve().parent if found else Path.cwd()
    tables = _read(found) if found else _File()
    env = os.environ
    home = Path(env["GRAPHREC_HOME"]).expanduser() if env.get("GRAPHREC_HOME") else root / ".graphrec"
    runs = Path(env["GRAPHREC_RUNS"]).expanduser() if env.get("GRAPHREC_RUNS") else root / "runs"
    return Settings(
        root=root,
        home=home.absolute(),
        runs=runs.absolute(),
        neo4j=Neo4jSettings(
            uri=env.get("NEO4J_URI") or None,
            username=env.get("NEO4J_USERNAME") or "neo4j",
            password=env.get("NEO4J_PASSWORD") or "",
            database=env.get("NEO4J_DATABASE") or None,
            misnamed=wrong,
        ),
        file=found,
        **{name: getattr(tables, name) for name in tables.__struct_fields__},
    )


def _find(start: Path) -> Path | None:
    for folder in (start, *start.parents):
        if (folder / FILE).is_file():
            return folder / FILE
    return None


def _read(file: Path) -> _File:
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}", hint="check the path") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: not valid TOML: {error}") from error
    for table, old, new in old_keys(raw):
        warn(f"{file}: [{table}] {old} is called {new} now; the old name is read for this release only")
    return convert(with_new_keys(raw, str(file)), _File, str(file))


def convert(data: Any, kind: type[T], where: str) -> T:
    """Turn plain data into a struct, with an error that names key, value and place.

    Raises
    ------
    ConfigError
        The data does not fit.
    """
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        text = str(error)
        message, _, path = text.partition(" - at `$")
        key = path.rstrip("`").lstrip(".")
        value = _at(data, key)
        unknown = re.search(r"unknown field `(.+?)`", message)
        if unknown:
            place = f"[{key}]" if key else where
            known = _fields(kind, key)
            raise ConfigError(
                f"{where}: unknown key {unknown[1]!r} in {place}", hint=nearest(unknown[1], known)
            ) from error
        shown = f" = {value!r}" if value is not None else ""
        raise ConfigError(f"{where}: {key or 'value'}{shown}: {message[0].lower()}{message[1:]}") from error


def _at(data: Any, path: str) -> Any:
    for part in _parts(path):
        if isinstance(data, list) and part.isdigit():
            data = data[int(part)]
        elif part != "...":  # some key of a free-form table, which is not said: the table is
            data = data.get(part) if isinstance(data, dict) else None
    return data


def _parts(path: str) -> list[str]:
    """Return ``recommend.boost[0].add`` as its four steps."""
    return re.findall(r"\.\.\.|[^.\[\]]+", path)


def _fields(kind: type, path: str) -> list[str]:
    """Return the keys that the table at ``path`` may have."""
    for part in _parts(path):
        if part.isdigit():
            kind = get_args(kind)[0]
            continue
        found = {f.name: f.type for f in msgspec.structs.fields(kind)}.get(part) if _is_struct(kind) else None
        if found is None:  # a value of a free-form table: one behaviour, or one type of search
            found = Searches if path.startswith("graph.searches") else Behaviour
        kind = found
    return [f.name for f in msgspec.structs.fields(kind)] if _is_struct(kind) else []


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)

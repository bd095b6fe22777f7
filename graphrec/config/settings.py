"""Frozen, validated settings from ``graphrec.toml`` and the environment.

``graphrec.toml`` is searched in the working directory and its parents; its directory (or the working directory) is
the project's root. Secrets come only from the environment.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from graphrec.common.console import warn
from graphrec.common.errors import ConfigError
from graphrec.config.assistant_settings import AssistantSettings
from graphrec.config.convert import convert
from graphrec.config.copy_settings import CopySettings
from graphrec.config.environment import describe, folder_of, misnamed, password, rename, working_directory
from graphrec.config.language_settings import LanguageSettings
from graphrec.config.neo4j_settings import server_settings
from graphrec.config.privacy_settings import PrivacySettings
from graphrec.config.renamed import old_keys, with_new_keys
from graphrec.config.schema import BLOCKING, Fusion, GraphSchema
from graphrec.config.serve_settings import ServeSettings
from graphrec.config.table import Fraction, LearnedWidth, NonNegative, NonNegativeInt, Positive, Table, Weight, Width
from graphrec.config.toml_file import read_toml

FILE = "graphrec.toml"
#: The generated catalogue of ``graphrec quickstart``, in the project's home.
SAMPLE = "sample"
SplitMethod = Literal["random", "user-time", "global-time", "published", "cold-item"]


class ContentSettings(Table, frozen=True):
    """Encoders of an item's text, image and audio, and the fusion of their vectors.

    ``gate`` and ``attention`` are learned by ``graphrec train``; ``llm`` takes the vector of a language model (named
    by ``llm``) that has read a text rendering of the item.
    """

    text: str = "auto"
    image: str = "auto"
    audio: str = "mfcc"
    llm: str = "none"
    fusion: Fusion = "mean"
    weights: dict[Literal["text", "image", "audio"], NonNegative] = {}
    dim: Width = 256
    batch: Positive = 64
    #: Whether images and sounds are fetched from web addresses; and from addresses that are not public, too.
    fetch: bool = False
    fetch_private: bool = False
    #: Folders, besides the project's, whose images and sounds are read.
    media_folders: tuple[str, ...] = ()


class SplitSettings(Table, frozen=True):
    """Selection of held-out behaviours.

    ``user-time``: each user's latest; ``global-time``: everything after a date; ``published``: by the property named
    in ``property`` (train, valid or test); ``cold-item``: all behaviours of a share of the items.
    """

    method: SplitMethod = "random"
    property: str = "split"
    valid: Fraction = 0.1
    test: Fraction = 0.1
    seed: NonNegativeInt = 0


class ModelSettings(Table, frozen=True):
    """Hyperparameters of the graph neural network.

    None: depends on the objective, see :meth:`decided`.
    """

    dim: LearnedWidth = 64
    #: Exponent of the user's degree: 1 averages a user's items, 0.5 is the symmetric normalisation.
    alpha: Annotated[float, Meta(ge=0, le=1)] = 1.0
    #: Probability that a user → item message is dropped in training.
    dropout: Fraction | None = None
    #: Rounds of messages item → user → item.
    hops: Annotated[int, Meta(ge=0, le=4)] | None = None
    #: One embedding table per item instead of two.
    tied: bool | None = None
    content: bool = True
    #: Most similar items per modality that send messages; 0: none.
    neighbours: NonNegativeInt | None = None
    knowledge: bool = True
    #: Closed-form item–item edges (sparse above 8,000 items); validation chooses their weight in the score.
    similar: bool = True
    #: Refine the trained vectors by ALS; validation chooses the weight of its score.
    als: bool = True
    #: Whether hour, weekday and properties of the situation may count in a list for a time; validation chooses.
    context: bool = True
    #: Probability of dropping an item's own vectors in training; this prepares the model for cold items.
    id_dropout: Fraction = 0.0
    #: Share of users per step whose edges are mostly hidden when training with hops; prepares for short profiles.
    short_profiles: Fraction = 0.0
    #: Number of warm items ranked above the best cold item in every list; 0 ranks cold items by score.
    cold_item_rank: NonNegativeInt = 0
    #: Whether to weight behaviours; False, for comparison, gives every pair weight 1, ignoring type, count and time.
    weighted: bool = True
    #: Standard deviation of the initial vectors.
    init: Annotated[float, Meta(gt=0, le=10)] = 0.02

    def decided(self, loss: Literal["mse", "softmax"]) -> ModelSettings:
        """Return a copy with all defaults resolved for one objective.

        Softmax works best with hops and one table, squared error with two tables and exact exclusion.
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


class TrainSettings(Table, frozen=True):
    """Optimisation settings. ``loss = "auto"`` trains both and keeps the one with the better validation score."""

    epochs: Positive = 100
    #: Least users per step; an epoch has at most 32 steps.
    batch: Positive = 256
    lr: Annotated[float, Meta(gt=0, le=1e38)] = 0.004
    weight_decay: NonNegative = 1e-5
    #: Decay of the EMA of the weights, which is validated and kept.
    ema: Fraction = 0.98
    loss: Literal["auto", "mse", "softmax"] = "softmax"
    #: Weight of the contrastive loss between two noised views of a user or an item; 0: off.
    contrastive: Weight = 0.0
    #: Weight of the adversarial loss under the worst shift of the items' content; 0: off.
    adversarial: Weight = 0.0
    patience: Positive = 6
    metric_k: Positive = 10
    seed: NonNegativeInt = 0
    device: Literal["auto", "cpu", "cuda"] = "auto"
    #: Refit: train once more on train and validation, with all choices kept.
    refit: bool = False
    #: What to do about profiles that look fake (:mod:`graphrec.poisoning`): learn from them, from part, or not at all.
    suspicious: Literal["keep", "thin", "leave out"] = "keep"


class PublishSettings(Table, frozen=True):
    """Settings of publishing to Neo4j."""

    k: Positive = 20
    #: Most ``SIMILAR`` edges per item; 0: none.
    similar: NonNegativeInt = 10
    #: Reasons per link; 0: none.
    reasons: Annotated[int, Meta(ge=0, le=100)] = 3
    #: Other users who must have both items of a reason that rests on their behaviour.
    reason_users: Positive = 5
    #: Users who must have both items of a ``SIMILAR`` edge; 0: no bound.
    similar_users: NonNegativeInt = 0
    #: Scores of lists as they are computed, or as shares of the user's best in two decimals.
    scores: Literal["exact", "relative"] = "exact"
    batch: Positive = 1000


class DatabaseSettings(Table, frozen=True):
    """How graphrec uses the database."""

    #: Seconds to wait for a database that is down, after the first connection; 0: not at all.
    wait: NonNegative = 60.0
    #: Put before the names of the indexes and constraints that graphrec makes; letters, digits and ``_``.
    index_prefix: Annotated[
        str,
        Meta(
            pattern=r"^([A-Za-z_][A-Za-z0-9_]*)?$",
            max_length=64,
            description="letters, digits and _, beginning with no digit",
        ),
    ] = ""
    #: Hosts beyond this machine that may be reached without TLS; ``GRAPHREC_ALLOW_PLAIN`` adds to them.
    allow_plain: tuple[Annotated[str, Meta(min_length=1, max_length=253)], ...] = ()


class JournalSettings(Table, frozen=True):
    """The journal of what touched people's data (:mod:`graphrec.journal`)."""

    #: Whether it is kept.
    keep: bool = True
    #: Its folder, from the project's folder on; empty: ``journal`` in the project's home.
    folder: str = ""


class Boost(Table, frozen=True):
    """Score bonus for the items that match a Cypher predicate (:mod:`graphrec.serving.cypher_filter`).

    In standard deviations of the user's scores of all items; negative values lower the score.
    """

    where: str
    add: Annotated[float, Meta(ge=-100, le=100)]


class RecommendSettings(Table, frozen=True):
    """Business rules that filter and order ``graphrec recommend`` (:mod:`graphrec.serving.rules`)."""

    #: Whether to recommend items again that the user has interacted with.
    seen: bool = False
    #: Relationship types from a user to items, or to entities of items, that are never shown to this user.
    blocked: tuple[str, ...] = BLOCKING
    #: Knowledge type → most items per entity in a list.
    max_per_entity: dict[str, Positive] = {}
    boost: tuple[Boost, ...] = ()
    #: Cypher predicate on an item ``i`` that is in no answer (:mod:`graphrec.graph.never_proposed`); empty: none is.
    never_propose: str = ""
    #: Most interests per user, each with its positions in the list (:mod:`graphrec.serving.multi_interest`); 1: by
    #: #: score only.
    interests: Positive = 1

    @property
    def beyond_links(self) -> bool:
        """Whether these rules require live scoring, as the published links are not sufficient for any user."""
        return bool(self.seen or self.max_per_entity or self.boost or self.interests > 1)


class ServerSettings(Table, frozen=True):
    """The local Neo4j that graphrec installs and runs, where ``NEO4J_URI`` is not set."""

    #: A version, or the beginning of one; None: the newest.
    version: str | None = None
    #: Settings of Neo4j itself, as in ``neo4j.conf``; :attr:`conf` has them by their full names.
    neo4j: dict[str, Any] = {}

    def __post_init__(self) -> None:
        server_settings(self.neo4j)  # refused here, as every other key of the file is

    @property
    def conf(self) -> dict[str, str]:
        """The settings of Neo4j itself, by their names in ``neo4j.conf``."""
        return server_settings(self.neo4j)


class _File(Table, frozen=True):
    """The complete ``graphrec.toml``."""

    graph: GraphSchema = GraphSchema()
    content: ContentSettings = ContentSettings()
    split: SplitSettings = SplitSettings()
    model: ModelSettings = ModelSettings()
    train: TrainSettings = TrainSettings()
    privacy: PrivacySettings = PrivacySettings()
    publish: PublishSettings = PublishSettings()
    recommend: RecommendSettings = RecommendSettings()
    database: DatabaseSettings = DatabaseSettings()
    journal: JournalSettings = JournalSettings()
    server: ServerSettings = ServerSettings()
    serve: ServeSettings = ServeSettings()
    language: LanguageSettings = LanguageSettings()
    copy: CopySettings = CopySettings()
    assistant: AssistantSettings = AssistantSettings()


class Neo4jSettings(msgspec.Struct, frozen=True):
    """The four ``NEO4J_`` variables. ``uri`` None: graphrec runs a local server."""

    uri: str | None = None
    username: str = "neo4j"
    password: str = ""
    database: str | None = None
    #: Misspelled variables: name that is set → name that graphrec reads.
    misnamed: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"Neo4jSettings(uri={self.uri!r}, username={self.username!r}, database={self.database!r})"


class Settings(msgspec.Struct, frozen=True):
    """All settings of a command.

    ``root``: the project's folder; ``home``: its local server; ``runs``: its trained runs; ``file``: its
    ``graphrec.toml``, or None.
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
    privacy: PrivacySettings = PrivacySettings()
    publish: PublishSettings = PublishSettings()
    recommend: RecommendSettings = RecommendSettings()
    database: DatabaseSettings = DatabaseSettings()
    journal: JournalSettings = JournalSettings()
    server: ServerSettings = ServerSettings()
    serve: ServeSettings = ServeSettings()
    language: LanguageSettings = LanguageSettings()
    copy: CopySettings = CopySettings()
    assistant: AssistantSettings = AssistantSettings()
    file: Path | None = None

    @property
    def media_folders(self) -> tuple[Path, ...]:
        """Folders whose images and sounds are read; the first is the project's, which paths are relative to."""
        named = (self.root / Path(name).expanduser() for name in self.content.media_folders)
        return self.root, self.home / SAMPLE, *named

    def override(self, table: str, **values: Any) -> Settings:
        """Return a copy with the non-None ``values`` set in one table, validated as if read from the file.

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
        The file; by default ``GRAPHREC_CONFIG``, or searched from the working directory upwards.

    Raises
    ------
    ConfigError
        The file is missing, is not TOML, or has an unknown key or a value out of range; or a variable is misspelled.
    """
    wrong = misnamed(os.environ)
    if own := {name: right for name, right in wrong.items() if right.startswith("GRAPHREC_")}:
        raise ConfigError(describe(own), hint=rename(own))
    if file is None and os.environ.get("GRAPHREC_CONFIG"):
        file = Path(os.environ["GRAPHREC_CONFIG"])
    here = working_directory()
    found = file if file is not None else _find(here)
    tables = _read(found) if found else _File()
    root = found.resolve().parent if found else here
    env = os.environ
    home = folder_of("GRAPHREC_HOME") or root / ".graphrec"
    runs = folder_of("GRAPHREC_RUNS") or root / "runs"
    return Settings(
        root=root,
        home=home.absolute(),
        runs=runs.absolute(),
        neo4j=Neo4jSettings(
            uri=env.get("NEO4J_URI") or None,
            username=env.get("NEO4J_USERNAME") or "neo4j",
            password=password(),
            database=env.get("NEO4J_DATABASE") or None,
            misnamed=wrong,
        ),
        file=found,
        **{name: getattr(tables, name) for name in tables.__struct_fields__},
    ).override("database", allow_plain=_plain_hosts(tables.database.allow_plain))


def _plain_hosts(named: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return the hosts of ``[database] allow_plain`` with those of the environment; None: the environment has none."""
    more = [name.strip() for name in os.environ.get("GRAPHREC_ALLOW_PLAIN", "").split(",")]
    return (*named, *filter(None, more)) if any(more) else None


def _find(start: Path) -> Path | None:
    for folder in (start, *start.parents):
        if (folder / FILE).is_file():
            return folder / FILE
    return None


def _read(file: Path) -> _File:
    raw = read_toml(file)
    for table, old, new in old_keys(raw):
        warn(f"{file}: [{table}] {old} is called {new} now; the old name is read for this release only")
    return convert(with_new_keys(raw, str(file)), _File, str(file))

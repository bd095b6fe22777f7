"""The pages of settings and of the graph say what the code says."""

from __future__ import annotations

import json
import re
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec
import pytest

from graphrec.config.assistant_settings import AssistantSettings
from graphrec.config.copy_settings import CopySegment, CopySettings
from graphrec.config.language_settings import LanguageSettings
from graphrec.config.limits import Limits
from graphrec.config.posts_mapping import Posts
from graphrec.config.privacy_settings import PrivacySettings
from graphrec.config.renamed import RENAMED
from graphrec.config.schema import NODES, RELATIONSHIPS, Behaviour, GraphSchema, Searches
from graphrec.config.serve_settings import ServeSettings
from graphrec.config.settings import (
    Boost,
    ContentSettings,
    DatabaseSettings,
    JournalSettings,
    ModelSettings,
    PublishSettings,
    RecommendSettings,
    ServerSettings,
    SplitSettings,
    TrainSettings,
)
from graphrec.db.own_names import EMBEDDED, PUBLISHED
from tests.docs.pages import ROOT, names, page, rows, section

SETTINGS, GRAPH = page("settings.md"), page("graph.md")

#: Heading of the page of settings → the table of graphrec.toml.
TABLES: dict[str, type[msgspec.Struct]] = {
    "`[serve]`": ServeSettings,
    "`[language]`": LanguageSettings,
    "`[assistant]`": AssistantSettings,
    "`[copy]`": CopySettings,
    "`[copy.segments.NAME]`": CopySegment,
    "`[graph]`": GraphSchema,
    "`[graph.user]`": type(GraphSchema().user),
    "`[graph.item]`": type(GraphSchema().item),
    "`[graph.entity]`": type(GraphSchema().entity),
    "`[graph.behaviours.TYPE]`": Behaviour,
    "`[graph.limits]`": Limits,
    "`[graph.searches.TYPE]`": Searches,
    "`[graph.posts]`": Posts,
    "`[content]`": ContentSettings,
    "`[split]`": SplitSettings,
    "`[model]`": ModelSettings,
    "`[train]`": TrainSettings,
    "`[privacy]`": PrivacySettings,
    "`[publish]`": PublishSettings,
    "`[recommend]`": RecommendSettings,
    "`[[recommend.boost]]`": Boost,
    "`[database]`": DatabaseSettings,
    "`[journal]`": JournalSettings,
    "`[server]`": ServerSettings,
}
#: What is a table of its own there.
NESTED = {"user", "item", "entity", "behaviours", "searches", "posts", "limits"}


def written(default: Any) -> str:
    """Return a default as it stands in the page."""
    if default is None:
        return "–"
    if isinstance(default, str | tuple):
        return f"`{json.dumps(default)}`"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def _default(kind: type[msgspec.Struct], field: msgspec.structs.FieldInfo) -> Any:
    if field.default is msgspec.UNSET:  # what is not said has a property that says what holds then
        return getattr(kind(), f"{field.name}_property")
    return field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()


def choices(kind: Any) -> set[str]:
    """Return the texts that a setting may be, where it is a choice."""
    if get_origin(kind) is Literal:
        return set(get_args(kind))
    return set().union(*(choices(one) for one in get_args(kind)))


@pytest.mark.parametrize("heading", TABLES)
def test_every_setting_is_documented_with_its_default(heading: str):
    kind = TABLES[heading]
    told = {key.strip("`"): (default, text) for key, default, text in rows(section(SETTINGS, heading))}
    fields = {field.name: field for field in msgspec.structs.fields(kind) if field.name not in NESTED}
    assert set(told) == set(fields)
    hints = get_type_hints(kind)
    for name, field in fields.items():
        default, text = told[name]
        assert default == ("required" if field.required else written(_default(kind, field))), name
        assert {choice for choice in choices(hints[name]) if choice not in text} == set(), name


def test_every_table_of_settings_has_a_section():
    headings = set(re.findall(r"^#+ (`\[.*\]`)$", SETTINGS, re.M))
    assert headings == set(TABLES)
    assert {field.name for field in msgspec.structs.fields(GraphSchema)} >= NESTED


def test_every_renamed_key_is_documented():
    told = {tuple(cell.strip("`") for cell in row) for row in rows(section(SETTINGS, "Renamed keys"))}
    assert told == {(f"[{table}]", old, new) for table, keys in RENAMED.items() for old, new in keys.items()}


def test_every_environment_variable_is_documented():
    told = names(SETTINGS, "Environment variables")
    code = "\n".join(path.read_text("utf-8") for path in (ROOT / "graphrec").rglob("*.py"))
    read = set(re.findall(r"(?:(?:environ|env)(?:\.get\(|\[)|folder_of\()[\"']((?:GRAPHREC|NEO4J)_\w+)", code))
    assert read
    assert told == read


#: What of these nodes is the owner's.
OWN = {
    "Item": {"itemId", "entityId", "title", "description", "image", "audio", "hidden", "stock", "expiresAt"},
    "User": {"userId"},
    "Post": {"postId", "text"},
    "Run": set(),
    "Recommender": set(),
    "GraphrecLock": set(),
    "GraphrecPseudonyms": set(),
}


@pytest.mark.parametrize("label", OWN)
def test_the_graph_page_has_every_property(label: str):
    assert names(GRAPH, label) == set(NODES[label]) - OWN[label]


def test_the_graph_page_has_every_relationship_of_ours():
    told = {
        kind: set(re.findall(r"`(\w+)`", row[1]))
        for row in rows(section(GRAPH, "Relationships"))
        for kind in re.findall(r":([A-Z_]+)\]", row[0])
    }
    ours = ("RECOMMENDED", "SIMILAR", "SHOWN", "GRAPHREC_COPY", "POSTED", "MENTIONS", "ACTIVE")
    assert told == {kind: set(RELATIONSHIPS[kind]) for kind in ours}


def test_the_graph_page_has_every_index_and_constraint():
    queries = "\n".join(path.read_text("utf-8") for path in (ROOT / "cypher").rglob("*.cypher"))
    made = re.findall(r"CREATE (?:\w+ )?(?:INDEX|CONSTRAINT) (?!IF)(\S+)", queries)
    assert set(made) == {"$name", "$index", "$constraint"}  # only names that carry the prefix
    assert names(GRAPH, "Indexes and constraints") == {*PUBLISHED, *EMBEDDED}

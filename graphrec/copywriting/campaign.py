"""Texts for all users of a segment, in parts that are kept: an interrupted campaign goes on where it was."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from graphrec.common.console import progress
from graphrec.common.errors import InputError, LanguageError, NotFoundError
from graphrec.config.schema import GraphSchema
from graphrec.config.settings import Settings
from graphrec.copywriting.campaign_folder import FOLDER, CampaignFolder, Record, write_rows
from graphrec.copywriting.prompt import TOKENS, prompt
from graphrec.copywriting.segment import Addressed, addressed
from graphrec.copywriting.templates import Brief
from graphrec.copywriting.wording import Wording
from graphrec.copywriting.write import PAST, Copy, Writer
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.db.write_lock import exclusive
from graphrec.explanation.attribution import Attribution
from graphrec.explanation.explain import Explainer, row_of
from graphrec.explanation.in_graph import named
from graphrec.language.answers import Generated
from graphrec.language.many import Prompt, generate_many
from graphrec.language.templates import TEMPLATE
from graphrec.publishing.registry import active_run
from graphrec.runs.store import published_run
from graphrec.serving.explain_score import INSTEAD, NEEDED
from graphrec.serving.user_status import NOTHING_PUBLISHED, PUBLISH

#: Texts of a part.
PART = 100


@dataclass(frozen=True)
class Campaign:
    """What a campaign has written.

    Attributes
    ----------
    segment, run_id, file
        The segment, the run whose lists the texts are about, and where they are; None: nowhere.
    texts, users
        Numbers of texts and users.
    kept
        Texts that an earlier call had written.
    by_model
        Texts of the language model; the others are of templates.
    sentences, cut
        Sentences that were written, and those of them that were cut.
    in_graph
        Texts written to Neo4j.
    """

    segment: str
    run_id: str
    file: str | None
    texts: int
    users: int
    kept: int
    by_model: int
    sentences: int
    cut: int
    in_graph: int

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, for JSON."""
        return asdict(self)


def run_campaign(
    db: Database,
    settings: Settings,
    segment: str,
    wording: Wording,
    top: int = 1,
    file: Path | None = None,
    to_graph: bool = False,
    size: int = PART,
) -> Campaign:
    """Write texts about the first items of the published lists of a segment's users.

    Called again after an interruption, it goes on after the last finished part.

    Parameters
    ----------
    segment
        A name of ``[copy.segments]``, or ``all``.
    wording
        Kind, language and tone.
    top
        Items of each user.
    file
        A Parquet file; it is replaced at the end.
    to_graph
        Whether each text is also kept at a relationship ``(user)-[:GRAPHREC_COPY]->(item)``.
    size
        Texts of a part.

    Raises
    ------
    NotFoundError
        There is no such segment, no published run, or its directory is not here.
    ConfigError
        The segment's predicate is not valid.
    LanguageError
        The language model is gone; what is finished is kept.
    InputError
        The file cannot be written.
    """
    if file is not None and not file.parent.is_dir():
        raise InputError(f"{file}: no such folder {file.parent}", hint="make the folder first")
    active = active_run(db)
    if active is None:
        raise NotFoundError(NOTHING_PUBLISHED, hint=PUBLISH)
    wanted = addressed(db, settings, segment, active.run_id, top)
    name = _name(settings, segment, wording, top)
    folder = CampaignFolder(settings.home / FOLDER / name)
    folder.begin(Record(name, () if file is None else (str(file.resolve()),), active.run_id))
    done = {(row["user"], row["item"]) for rows in folder.rows() for row in rows}
    left = [one for one in wanted if (str(one.user), str(one.item)) not in done]
    with Writer(db, settings) as writer, progress() as bar:
        task = bar.add_task("texts", total=len(wanted), completed=len(wanted) - len(left))
        explainer = _explainer(settings, active.run_id) if left else None
        for start in range(0, len(left), size):
            part = left[start : start + size]
            folder.add([_row(copy) for copy in _texts(writer, explainer, part, wording)] if explainer else [])
            bar.advance(task, len(part))
    found = _counted(_rows_of(folder, wanted), segment, active.run_id, file, len(wanted) - len(left))
    if to_graph:
        written = _to_graph(db, settings.graph, folder, wanted, wording, Place(name, active.run_id))
        found = replace(found, in_graph=written)
    if file is not None:
        write_rows(file, _rows_of(folder, wanted))
    folder.remove_parts()
    return found


@dataclass(frozen=True)
class Place:
    """What marks a campaign's texts in the graph: its name, and the run."""

    campaign: str
    run_id: str


def _name(settings: Settings, segment: str, wording: Wording, top: int) -> str:
    """Return what tells a campaign from others: everything that its texts depend on but the graph and the run."""
    parts = (segment, asdict(wording), top, settings.copy, settings.language.model, settings.language.seed)
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()[:16]


def _explainer(settings: Settings, run_id: str) -> Explainer:
    run = published_run(settings, run_id, needed=NEEDED, instead=INSTEAD)
    run.require_encoder()
    return Explainer(Attribution(run), settings.publish.reason_users)


def _texts(writer: Writer, explainer: Explainer, part: Sequence[Addressed], wording: Wording) -> Iterator[Copy]:
    """Yield the text of each of some users and items."""
    briefs = [_brief(writer, explainer, one) for one in part]
    run_id, said = explainer.run.run_id, dict[int, Generated | LanguageError]()
    if writer.model is not None:
        prompts = (
            Prompt(place, tuple(prompt(brief, wording)), writer.shelf(one.user))
            for place, (one, brief) in enumerate(zip(part, briefs, strict=True))
        )
        for answered in generate_many(writer.model, prompts, max_tokens=TOKENS[wording.kind]):
            said[answered.prompt.key] = answered.answer
    for place, (one, brief) in enumerate(zip(part, briefs, strict=True)):
        answer = said.get(place)
        if isinstance(answer, Generated) and answer.finish == "stop":
            yield writer.checked(one.user, one.item, brief, wording, run_id, answer.text.strip(), answer.how)
        else:
            why = "" if answer is None else "the model's answer is cut off"
            why = answer.message if isinstance(answer, LanguageError) else why
            yield writer.from_template(one.user, one.item, brief, wording, run_id, why)


def _brief(writer: Writer, explainer: Explainer, one: Addressed) -> Brief:
    run, schema, least = explainer.run, writer.settings.graph, writer.settings.publish.reason_users
    explained = explainer.explain(row_of(run, one.user), run.item_positions[one.item], PAST)
    return writer.brief(one.item, one.title, named(writer.db, schema, explained, one.title, least))


def _row(copy: Copy) -> dict[str, Any]:
    plain = copy.to_dict()
    return plain | {
        "user": str(copy.user),
        "item": str(copy.item),
        "sentences": len(copy.checked.sentences),
        "cut": sum(not one.supported for one in copy.checked.sentences),
        "sources": copy.sources,
        "run": copy.run_id,
    }


def _rows_of(folder: CampaignFolder, wanted: Sequence[Addressed]) -> Iterator[list[dict[str, Any]]]:
    """Yield the rows of each part, without users who left the segment, and items that were hidden, since."""
    pairs = {(str(one.user), str(one.item)) for one in wanted}
    for rows in folder.rows():
        yield [row for row in rows if (row["user"], row["item"]) in pairs]


def _counted(
    blocks: Iterable[list[dict[str, Any]]], segment: str, run_id: str, file: Path | None, kept: int
) -> Campaign:
    texts = by_model = sentences = cut = 0
    users = set[str]()
    for rows in blocks:
        texts += len(rows)
        users.update(row["user"] for row in rows)
        by_model += sum(row["how"] != TEMPLATE for row in rows)
        sentences += sum(row["sentences"] for row in rows)
        cut += sum(row["cut"] for row in rows)
    where = None if file is None else str(file)
    return Campaign(segment, run_id, where, texts, len(users), kept, by_model, sentences, cut, 0)


@exclusive("write")
def _to_graph(
    db: Database,
    schema: GraphSchema,
    folder: CampaignFolder,
    wanted: Sequence[Addressed],
    wording: Wording,
    place: Place,
) -> int:
    """Keep the texts in Neo4j, and remove those of the campaign that are about another run; return their number."""
    nodes = {(str(one.user), str(one.item)): (one.user_node, one.item_node) for one in wanted}
    given = {"campaign": place.campaign, "runId": place.run_id}
    query, written = queries.load("copy/write", schema), 0
    for rows in folder.rows():
        found = [
            [*nodes[pair], row["text"], row["how"], row["share"], row["sources"]]
            for row in rows
            if (pair := (row["user"], row["item"])) in nodes
        ]
        db.write(query, rows=found, kind=wording.kind, lang=wording.lang, tone=wording.tone, **given)
        written += len(found)
    db.auto(queries.load("copy/remove_earlier", schema), **given)
    return written

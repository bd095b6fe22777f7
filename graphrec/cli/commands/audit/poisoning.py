"""``graphrec audit poisoning``: measure how far fake profiles push an item, and how many of them are found."""

from __future__ import annotations

import click

from graphrec.cli.output import show, show_json
from graphrec.common.console import echo, note
from graphrec.config.settings import load_settings


@click.command()
@click.argument("run", required=False)
@click.option("--attacks", default="all", show_default=True, metavar="A,B", help="Kinds of attack: all, or names.")
@click.option("--shares", default="0.5,1,3,5", show_default=True, metavar="P,Q", help="Fake users, % of the real ones.")
@click.option("--targets", type=click.IntRange(min=1), default=3, show_default=True, help="Unpopular items to push.")
@click.option(
    "--peers",
    default="popularity,itemknn,rp3beta,ease,ials",
    show_default=True,
    metavar="A,B",
    help="Baselines to attack as well: all, none, or names.",
)
@click.option("--peers-only", is_flag=True, help="Leave out graphrec itself, whose trainings take longest.")
@click.option(
    "--defences", default="leave out", show_default=True, metavar="A,B", help="Defences to try: all, none, or names."
)
@click.option("--users", type=click.IntRange(min=1), default=2000, show_default=True, help="Most real users to ask.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of all that is drawn.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def poisoning(
    run: str | None,
    attacks: str,
    shares: str,
    targets: int,
    peers: str,
    peers_only: bool,
    defences: str,
    users: int,
    seed: int,
    as_json: bool,
) -> None:
    """Measure how far fake profiles push an item into the lists of real users, and how many of them are found.

    RUN is the name of a directory in runs/ (default: the newest finished run). Its training is repeated in memory, with
    fake users among the real ones; nothing is written, neither to Neo4j nor to the run.

    Attacks: random, average, bandwagon, segment, learned. Defences: `leave out` and `thin` use the detector as
    [train] suspicious does; `trim` drops a tenth of each item's behaviours. Each attack, share and target takes a
    training of each system, and one more per defence.
    """
    from graphrec.experiments.options import FAKES, WAYS, names_of, peer_names, percentages

    kinds = names_of(attacks, FAKES, "--attacks", "attack")
    ways = names_of(defences, WAYS, "--defences", "defence")
    parts, systems = percentages(shares, "--shares"), peer_names(peers)
    settings = load_settings()
    from graphrec.runs.store import open_run

    audited = open_run(settings, run)
    from graphrec.experiments.poisoning.audit import Plan
    from graphrec.experiments.poisoning.report import about, audit_run, tables

    plan = Plan(kinds, parts, ways, targets=targets, users=users, seed=seed)
    data = audit_run(audited, settings, plan, systems, model=not peers_only)
    if as_json:
        show_json(data)
        return
    note(about(data))
    for table in tables(data):
        show(table.rows, table.columns, title=table.title)
        echo()

"""``graphrec publish``: write a run to Neo4j."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from graphrec.cli.ask import ask
from graphrec.cli.output import show_json
from graphrec.common.console import echo, note, stage
from graphrec.common.errors import TrainingError
from graphrec.config.settings import PublishSettings, load_settings
from graphrec.db.database import connect

if TYPE_CHECKING:
    from graphrec.publishing.comparison import Comparison
    from graphrec.runs.run import Run

#: Links per user, or edges per item, above which the command asks for confirmation.
MANY = 1000


@click.command()
@click.argument("run", required=False)
@click.option("-k", type=int, help="Links per user (default 20, or [publish] k).")
@click.option("--similar", type=int, help="SIMILAR edges per item; 0 for none (default 10, or [publish] similar).")
@click.option("--reasons", type=int, help="Reasons per link; 0 for none (default 3, or [publish] reasons).")
@click.option("--if-better", is_flag=True, help="Publish only if the run validates better than the active one.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation of a worse run or a large -k.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def publish(
    run: str | None,
    k: int | None,
    similar: int | None,
    reasons: int | None,
    if_better: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Write a run's embeddings, top-k links with reasons and SIMILAR edges to Neo4j, then switch readers to them.

    RUN is the name of a directory in runs/. Without RUN the newest finished run is published. If that one validates
    worse than the active run or cannot be compared with it (another split, another state of the graph), the command
    asks first, or refuses if there is no terminal. Readers see the previous run until everything is written. The
    previous run is kept for `graphrec rollback`.
    """
    settings = load_settings().override("publish", k=k, similar=similar, reasons=reasons)
    from graphrec.runs.store import open_run

    chosen = open_run(settings, run)
    if run is None and chosen.data is not None:
        # Keys in those files may belong to other users in this graph.
        raise TrainingError(
            f"the newest run, {chosen.run_id}, was trained on the files in {chosen.data['folder']}, not on Neo4j",
            hint="name the run: graphrec publish RUN",
        )
    if not yes:
        _ask_about_sizes(chosen, settings.publish)
    with stage("loading PyTorch"):
        from graphrec.publishing.comparison import compare_with_active
        from graphrec.publishing.publish import publish as write
        from graphrec.publishing.publish import report

    try:
        with connect(settings) as db:
            found = compare_with_active(db, settings, chosen) if if_better or not (run or yes) else None
            if found is not None:
                if if_better and found.outcome != "better":
                    _keep(found, as_json)
                    return
                if found.outcome in ("worse", "not comparable"):
                    ask(str(found), "Publish it anyway?", hint=_next_step(found))
                note(str(found))
            wanted = settings.publish
            done = write(db, chosen, wanted.k, wanted.batch, settings, wanted.similar)
    except KeyboardInterrupt:
        note("interrupted: readers still see the previous run; the next publish removes the incomplete one")
        raise
    message = report(done)
    if as_json:
        show_json(done.to_dict())
    else:
        echo(message)


def _ask_about_sizes(run: Run, wanted: PublishSettings) -> None:
    """Ask for confirmation of very long lists, or of lists longer than the number of items."""
    n_items = len(run.items)
    # The default k is not the user's choice, even with fewer items.
    if wanted.k > MANY or (wanted.k > n_items and wanted.k != PublishSettings().k):
        problem = f"-k {wanted.k}: that many links for each of {len(run.users):,} users; there are {n_items:,} items"
        ask(problem, "Write them all?", hint=f"a smaller -k, such as {min(20, n_items)}, or --yes")
    if wanted.similar > MANY:
        problem = f"--similar {wanted.similar}: that many SIMILAR edges for each of {n_items:,} items"
        ask(problem, "Write them all?", hint="a smaller --similar, such as 10, or --yes")


def _next_step(found: Comparison) -> str:
    return (
        f"name it to publish it anyway: graphrec publish {found.run}; "
        "or --if-better, which publishes only what validates better"
    )


def _keep(found: Comparison, as_json: bool) -> None:
    """Report that the active run stays."""
    if as_json:
        show_json({"runId": found.active, "outcome": "kept", "comparison": asdict(found)})
    else:
        echo(f"not published, {found.active} stays active: {found}")

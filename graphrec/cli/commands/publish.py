"""``graphrec publish``: a run into Neo4j."""

from __future__ import annotations

import click

from graphrec.cli.output import show_json
from graphrec.common.console import note
from graphrec.common.errors import TrainingError
from graphrec.config.settings import load_settings
from graphrec.db.database import connect


@click.command()
@click.argument("run", required=False)
@click.option("-k", type=int, help="Links per user (default 20, or [publish] k).")
@click.option("--similar", type=int, help="SIMILAR edges per item; 0 for none (default 10, or [publish] similar).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def publish(run: str | None, k: int | None, similar: int | None, as_json: bool) -> None:
    """Write a run's embeddings, top-k links and strongest SIMILAR edges into Neo4j; show them by one switch.

    RUN is the name of a directory in runs/; the newest finished run where it is left out. Readers see the run that was
    active until everything is there. The run before is kept for `graphrec rollback`.
    """
    settings = load_settings().override("publish", k=k, similar=similar)
    from graphrec.runs.store import open_run

    chosen = open_run(settings, run)
    if run is None and chosen.data is not None:
        # Its users may have the keys of others here.
        raise TrainingError(
            f"the newest run, {chosen.run_id}, learned from the files in {chosen.data['folder']}, not from Neo4j",
            hint="name the run: graphrec publish RUN",
        )
    from graphrec.publishing.publish import publish as write
    from graphrec.publishing.publish import report

    try:
        with connect(settings) as db:
            wanted = settings.publish
            done = write(db, chosen, wanted.k, wanted.batch, settings, wanted.similar)
    except KeyboardInterrupt:
        note("interrupted: readers still see the run they saw; the next publish removes what was half written")
        raise
    message = report(done)
    if as_json:
        show_json(done.to_dict())
    else:
        print(message)

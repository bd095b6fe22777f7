"""``graphrec interest``: what the vectors of users and items should hold."""

from __future__ import annotations

import click

from graphrec.cli.output import show, show_json
from graphrec.common.console import note
from graphrec.config.settings import load_settings


@click.command()
@click.argument("run", required=False)
@click.option("--write", "keep", is_flag=True, help="Make the chosen form the run's own.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print a Markdown table.")
def interest(run: str | None, keep: bool, as_json: bool, as_markdown: bool) -> None:
    """Compare forms of the interest vector: learned, content, knowledge, and these together.

    RUN is the name of a directory in runs/; the newest finished run where it is left out. Its own split is used, all
    items ranked: validation chooses the weights and the form, the test part is reported. Another form than the learned
    one is chosen where it is ahead on validation by two standard errors of the paired difference.

    With --write the run's vectors get the further parts, by which evaluate and benchmark go at once, and readers once
    it has been published again.
    """
    from graphrec.common.markdown import markdown_table
    from graphrec.experiments.benchmark.run_graph import Source
    from graphrec.experiments.late_fusion.measure import measure
    from graphrec.experiments.late_fusion.report import as_data, as_rows, columns, losses, verdict
    from graphrec.experiments.late_fusion.write import write
    from graphrec.runs.store import open_run

    settings = load_settings()
    found = open_run(settings, run)
    measured = measure(found, Source(found, settings))
    if keep:
        found = write(found, measured)
    data = as_data(found, measured)
    if as_json:
        show_json(data)
        return
    rows, names = as_rows(data), columns(data["metric"])
    if as_markdown:
        print(markdown_table(rows, names))
    else:
        show(rows, names, title=f"{found.run_id}: means over users")
    for line in (*losses(data), verdict(data)):
        note(line)
    if keep:
        note(f"{found.run_id} has the form {found.interest['form']} now; next: graphrec publish {found.run_id}")

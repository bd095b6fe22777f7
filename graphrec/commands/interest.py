"""``graphrec interest``: what the vectors of users and items should hold."""

from __future__ import annotations

import click

from graphrec.config import load_settings
from graphrec.console import note
from graphrec.output import show, show_json


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
    from graphrec.benchmark.source import Source
    from graphrec.interest.measure import measure
    from graphrec.interest.words import as_data, as_rows, columns, losses, verdict
    from graphrec.interest.write import write
    from graphrec.markdown import markdown_table
    from graphrec.runs import open_run

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

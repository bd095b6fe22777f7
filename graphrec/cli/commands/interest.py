"""``graphrec interest``: compare what the vectors of users and items can hold."""

from __future__ import annotations

import click

from graphrec.cli.output import show, show_json
from graphrec.common.console import echo, note
from graphrec.common.errors import ConfigError
from graphrec.config.settings import load_settings


@click.command()
@click.argument("run", required=False)
@click.option("--write", "keep", is_flag=True, help="Store the chosen form in the run.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print a Markdown table.")
def interest(run: str | None, keep: bool, as_json: bool, as_markdown: bool) -> None:
    """Compare forms of the interest vector: learned, content, knowledge, and their combinations.

    RUN is the name of a directory in runs/ (default: the newest finished run). All items are ranked on the run's own
    split. Validation chooses the weights and the form; the test split is reported. The learned form is kept unless
    another one leads on validation by two standard errors of the paired difference.

    With --write the run's vectors gain the chosen components. evaluate and benchmark use them at once, readers after
    the run has been published again.
    """
    from graphrec.runs.store import open_run

    settings = load_settings()
    found = open_run(settings, run)
    if keep and found.privacy is not None:
        raise ConfigError(
            f"{found.run_id} has differential privacy, and --write keeps what validation chooses, without noise",
            hint="leave --write out",
        )
    from graphrec.common.markdown import markdown_table
    from graphrec.experiments.benchmark.run_graph import Source
    from graphrec.experiments.late_fusion.measure import measure
    from graphrec.experiments.late_fusion.report import as_data, as_rows, columns, losses, verdict
    from graphrec.experiments.late_fusion.write import write

    measured = measure(found, Source(found, settings))
    if keep:
        found = write(found, measured)
    data = as_data(found, measured)
    if as_json:
        show_json(data)
        return
    rows, names = as_rows(data), columns(data["metric"])
    if as_markdown:
        echo(markdown_table(rows, names))
    else:
        show(rows, names, title=f"{found.run_id}: means over users")
    for line in (*losses(data), verdict(data)):
        note(line)
    if keep:
        note(f"{found.run_id} now has the form {found.interest['form']}; next: graphrec publish {found.run_id}")

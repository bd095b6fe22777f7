"""``graphrec benchmark``: a run beside its peers."""

from __future__ import annotations

import click

from graphrec.config import load_settings
from graphrec.console import note
from graphrec.output import show, show_json


@click.command()
@click.argument("run", required=False)
@click.option("--peers", default="popularity,itemknn,lightgcn", show_default=True, help="Which, separated by commas.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the peers' training.")
@click.option("--json", "as_json", is_flag=True, help="Print a list of JSON objects.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print a Markdown table.")
def benchmark(run: str | None, peers: str, seed: int, as_json: bool, as_markdown: bool) -> None:
    """Compare a run with peers that are trained now on the run's own split, each tuned on its validation part.

    RUN is the name of a directory in runs/; the newest finished run where it is left out.
    """
    from graphrec.benchmark.table import COLUMNS, as_data, as_rows, fit_and_measure, markdown, measure, peer_names
    from graphrec.run import open_run

    names = peer_names(peers)
    found = open_run(load_settings(), run)
    seconds = found.metrics.get("seconds")
    entries = [measure(found.run_id, lambda users: found.scores(users, "heldout"), found.split, seconds)]
    for name in names:
        note(f"training {name}")
        entries.append(fit_and_measure(name, found.split, seed))
    data = as_data(entries)
    if as_json:
        show_json(data)
    elif as_markdown:
        print(markdown(as_rows(data)))
    else:
        show(as_rows(data), COLUMNS, title="test: mean over users [95 % interval]")

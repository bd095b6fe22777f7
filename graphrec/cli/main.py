"""The ``graphrec`` command: one verb per stage, each imported only when it is called."""

from __future__ import annotations

import logging
from typing import NoReturn

import click

from graphrec.cli.lazy import LazyGroup
from graphrec.common.console import Verbosity, set_verbosity
from graphrec.common.entry_point import run_command

#: Verb → one-line help. The command itself is the attribute of the same name in ``graphrec/cli/commands/<verb>.py``.
VERBS = {
    "quickstart": "Do everything once: load, embed, train, evaluate, publish, recommend.",
    "load": "Load files into Neo4j.",
    "inspect": "Look at a database and propose the [graph] mapping.",
    "embed": "Turn item text, images and audio into content vectors.",
    "train": "Train the graph neural network.",
    "tune": "Tune the settings of model and training on validation.",
    "evaluate": "Measure a run on its held-out behaviours.",
    "interest": "Compare forms of the interest vector on a run, and optionally adopt the best.",
    "benchmark": "Compare a run with ten tuned baselines, from popularity to LightGCN, on the same split.",
    "update": "Update a run with the changes in the graph, without training.",
    "publish": "Write a run's embeddings and top-k links into Neo4j.",
    "runs": "List the published runs.",
    "rollback": "Go back to the previously published run.",
    "forget": "Remove a user: from Neo4j, from every run and from the reject files.",
    "recommend": "Recommend items to a user.",
    "explain": "Explain the score of an item for a user, or what carries all scores.",
    "whatif": "Say what would have to be different for an item to leave or enter a user's list.",
    "write": "Write about an item for a user, or for all users of a segment, from facts.",
    "similar": "List the items most similar to one.",
    "cypher": "Print the Cypher queries that read recommendations, in your graph's names.",
    "export": "Write all users' recommendations to a Parquet or CSV file.",
    "search": "Find items by text, image or audio.",
    "trends": "Show what posts say by day, and what has suddenly changed.",
    "chat": "Talk with the assistant: recommend, explain, compare, filter, look up.",
    "serve": "Serve recommendations over HTTP, with a page to look at and to run them by.",
    "audit": "Attack a run as somebody would who wants to learn of people, and advise.",
    "content": "Measure what text, images and audio add, and tune their fusion.",
    "quality": "Look at the data: what is missing, doubtful, or has changed since the published run.",
    "doctor": "Check that everything graphrec needs is installed, and suggest fixes.",
    "db": "Run the local Neo4j: start, stop, status, backup, restore, check, logs, browser.",
}


class _Verbs(LazyGroup):
    known = VERBS
    noun = "command"

    def place(self, name: str) -> tuple[str, str]:
        return f"graphrec.cli.commands.{name}", name


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option("-q", "--quiet", is_flag=True, help="Print only warnings and errors to stderr, no notes and no progress.")
@click.version_option(package_name="graphrec")
def cli(quiet: bool) -> None:
    """Recommendations in your Neo4j graph, by a heterogeneous graph neural network."""
    if quiet:
        set_verbosity(Verbosity(logging.WARNING, progress=False))


def main(args: list[str] | None = None) -> NoReturn:
    """Run the command line; graphrec's own errors print one message and exit with code 2."""
    run_command(cli, args, name="graphrec")

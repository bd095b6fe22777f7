"""``graphrec audit privacy``: measure what an attacker learns about people from what a run publishes."""

from __future__ import annotations

from pathlib import Path

import click

from graphrec.cli.output import show, show_json
from graphrec.common.console import echo, note
from graphrec.config.settings import load_settings


@click.command()
@click.argument("run", required=False)
@click.option(
    "--attribute",
    "attributes",
    multiple=True,
    metavar="NAME",
    help="Guess this property of users, such as gender; may be repeated.",
)
@click.option("--only", default="all", show_default=True, metavar="A,B", help="Attacks: all, none, or names.")
@click.option("--shadows", type=click.IntRange(min=3), default=3, show_default=True, help="Shadow models to train.")
@click.option(
    "--epochs",
    type=click.IntRange(min=1),
    help="Most epochs of a shadow model [default: as many as were best in the run's training].",
)
@click.option(
    "--users", type=click.IntRange(min=20), default=2000, show_default=True, help="Most users to attack, at random."
)
@click.option(
    "--people",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    help="Fewest people on whom anything that is published may rest.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of all that is drawn.")
@click.option("--html", type=click.Path(dir_okay=False, path_type=Path), help="Write the report to this page as well.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def privacy(
    run: str | None,
    attributes: tuple[str, ...],
    only: str,
    shadows: int,
    epochs: int | None,
    users: int,
    people: int,
    seed: int,
    html: Path | None,
    as_json: bool,
) -> None:
    """Measure what an attacker learns about people from what a run publishes, and advise.

    RUN is the name of a directory in runs/ (default: the newest finished run). Nothing is published or changed.

    Attacks: `membership` (was this user in training? from lists, vectors, SIMILAR edges, and answers of the service),
    `difference` (who was added between two trainings?), `interactions` (what did a user do? from lists, edges,
    knowledge, vectors and reasons), and `few-people` counts what rests on fewer than --people people. --attribute
    guesses a property of users. The first two train models on halves of the users, which takes about as long as so many
    trainings.
    """
    from graphrec.experiments.options import ATTACKS, names_of

    attacks = names_of(only, ATTACKS, "--only", "attack")
    settings = load_settings()
    if html is not None:
        from graphrec.presentation.html_page import check_page

        check_page(html)
    from graphrec.runs.store import open_run

    audited = open_run(settings, run)
    from graphrec.experiments.privacy_audit.advice import advice
    from graphrec.experiments.privacy_audit.audit import Asked, Audit
    from graphrec.experiments.privacy_audit.report import about, page, tables
    from graphrec.experiments.privacy_audit.user_values import user_values

    values = {name: user_values(audited, settings, name) for name in attributes}
    asked = Asked(attacks, shadows, epochs, users, people, seed)
    data = Audit(audited, settings, asked, values).found()
    data["advice"] = advice(data)
    if html is not None:
        from graphrec.presentation.html_page import write_page

        write_page(html, page(data))
        note(f"written to {html}")
    if as_json:
        show_json(data)
        return
    note(about(data))
    for table in tables(data):
        show(table.rows, table.columns, title=table.title)
        echo()
    for sentence in data["advice"]:
        echo(f"- {sentence}")

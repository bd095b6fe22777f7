"""``graphrec quickstart``: every stage once, on generated or real data."""

from __future__ import annotations

from pathlib import Path

import click

from graphrec.cli.output import show, show_json
from graphrec.common.console import echo, note
from graphrec.common.printable import printable
from graphrec.config.settings import load_settings
from graphrec.datasets.download import DATASETS


@click.command()
@click.option("--data", type=click.Path(path_type=Path), help="Folder of atomic or GroupLens files.")
@click.option("--download", type=click.Choice(list(DATASETS)), help="Fetch a data set from GroupLens.")
@click.option("--epochs", type=click.IntRange(min=1), help="Most training epochs.")
@click.option("--seed", type=int, help="Seed of the split and the training.")
@click.option("--force", is_flag=True, help="Load even if the database holds other data.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def quickstart(
    data: Path | None, download: str | None, epochs: int | None, seed: int | None, force: bool, as_json: bool
) -> None:
    """Do everything once: load, embed, train, evaluate, publish, recommend.

    Without --data or --download it uses a small generated catalogue of fictional films. Running it again is harmless.
    Each stage is also a command of its own.
    """
    if data and download:
        raise click.UsageError("--data and --download exclude each other")
    settings = load_settings().override("train", epochs=epochs, seed=seed).override("split", seed=seed)
    if download:
        from graphrec.datasets.download import download as fetch

        data = fetch(download, settings.home / "data")
    from graphrec.quickstart import quickstart as do

    done = do(settings, data, force=force)
    if as_json:
        show_json(done.to_dict())
        return
    for user, rows in done.recommendations.items():
        echo(f"for user {printable(user)}")
        show(rows, ["rank", "item", "title", "score"])
    _next(done.recommendations)


def _next(recommendations: dict[str, list[dict[str, object]]]) -> None:
    note("next:")
    for user, rows in list(recommendations.items())[:1]:
        note(f"  graphrec recommend {printable(user)} --explain")
        note(f"  graphrec similar {printable(rows[0]['item'])}")
    note('  graphrec search "a murder in the rain"')
    note("  graphrec db browser")

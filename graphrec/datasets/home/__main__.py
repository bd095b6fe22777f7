"""``python -m graphrec.datasets.home FOLDER``: write the tables of a generated home."""

from __future__ import annotations

from pathlib import Path

import click

from graphrec.common.console import note
from graphrec.common.entry_point import run_command
from graphrec.datasets.home import MAPPING, write_home


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Random seed.")
@click.option("--weeks", type=click.IntRange(1, 520), default=26, show_default=True, help="Length of the log.")
@click.option("--homes", type=click.IntRange(1, 1000), default=1, show_default=True, help="Homes of two residents.")
def command(folder: Path, seed: int, weeks: int, homes: int) -> None:
    """Write a home's log, its scenes, rooms and devices to FOLDER, with the mapping that loads them."""
    home = write_home(folder, seed=seed, weeks=weeks, homes=homes)
    note(f"{len(home.events):,} events of {2 * homes} residents; load them: graphrec load tables {folder / MAPPING}")


if __name__ == "__main__":
    run_command(command, name="python -m graphrec.datasets.home")

"""``graphrec embed``: turn item text, images and audio into content vectors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from graphrec.config import load_settings
from graphrec.console import note
from graphrec.db import connect

if TYPE_CHECKING:
    from graphrec.content.embed import Report

#: Skipped files named on stderr; ``--json`` has them all.
_SHOWN = 10


@click.command()
@click.option("--text", metavar="NAME|DIR|none", help="Text encoder: auto, a hub name or a local directory.")
@click.option(
    "--image", metavar="NAME|none", help="Image encoder: auto, classical, resnet50, resnet50:FILE.safetensors."
)
@click.option("--audio", metavar="NAME|none", help="Audio encoder: mfcc.")
@click.option("--fusion", type=click.Choice(["mean", "concat", "weighted"]), help="How the vectors become one.")
@click.option("--json", "as_json", is_flag=True, help="The report as JSON.")
def embed(text: str | None, image: str | None, audio: str | None, fusion: str | None, as_json: bool) -> None:
    """Turn item text, images and audio into content vectors, and index them.

    Only what is new or has changed since the last time is encoded. Options override the [content] table.
    """
    from graphrec.content.embed import embed as stage

    settings = load_settings().override("content", text=_named(text), image=image, audio=audio, fusion=fusion)
    with connect(settings) as db:
        report = stage(db, settings)
    for skip in report.skipped[:_SHOWN]:
        note(f"skipped {skip.modality} of item {skip.item}: {skip.path}: {skip.reason}")
    if len(report.skipped) > _SHOWN:
        note(f"… and {len(report.skipped) - _SHOWN} more files skipped (--json names all)")
    if as_json:
        click.echo(json.dumps(report.to_dict(), ensure_ascii=False, default=str))
    else:
        _show(report)


def _named(text: str | None) -> str | None:
    """Return a directory given on the command line as an absolute path: settings are relative to the project."""
    return str(Path(text).resolve()) if text and text not in ("none", "auto") and Path(text).is_dir() else text


def _show(report: Report) -> None:
    click.echo(f"items\t{report.items}")
    for name in ("text", "image", "audio"):
        part = getattr(report, name)
        counts = f"{part.encoded} encoded, {part.kept} kept, {len(part.skipped)} skipped, {part.absent} without"
        click.echo(f"{name}\t{counts}" + (f"\t{part.encoder}, {part.dim}-d" if part.encoder else ""))
    click.echo(f"content\t{report.content} fused" + (f"\t{report.fusion}, {report.dim}-d" if report.fusion else ""))

"""``graphrec embed``: turn item text, images and audio into content vectors."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from graphrec.common.console import echo, echo_json, note, warn
from graphrec.common.printable import printable
from graphrec.config.schema import FUSIONS
from graphrec.config.settings import load_settings
from graphrec.db.database import connect

if TYPE_CHECKING:
    from graphrec.content.embed import Report
    from graphrec.content.stage import Modality

#: Number of skipped files named on stderr; ``--json`` lists all.
_SHOWN = 10


@click.command()
@click.option("--text", metavar="NAME|DIR|none", help="Text encoder: auto, tfidf, a hub name or a local directory.")
@click.option(
    "--image",
    metavar="NAME|DIR|none",
    help="Image encoder: auto, classical, resnet50, resnet50:FILE.safetensors, a hub name or a local directory.",
)
@click.option("--audio", metavar="NAME|DIR|none", help="Audio encoder: mfcc, a hub name or a local directory.")
@click.option("--llm", metavar="NAME|DIR|none", help="Language model that encodes a prompt made from each item.")
@click.option(
    "--vectors",
    "given",
    metavar="MODALITY=FILE",
    multiple=True,
    help="Your own vectors (.npy or .parquet) for text, image or audio; may be repeated.",
)
@click.option(
    "--fusion",
    type=click.Choice(FUSIONS),
    help="How the vectors are fused into one.",
)
@click.option("--no-cache", is_flag=True, help="Encode everything again, and cache nothing.")
@click.option("--clear-cache", is_flag=True, help="Delete cached vectors and fetched files, and do nothing else.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def embed(
    text: str | None,
    image: str | None,
    audio: str | None,
    llm: str | None,
    given: tuple[str, ...],
    fusion: str | None,
    no_cache: bool,
    clear_cache: bool,
    as_json: bool,
) -> None:
    """Encode item text, images and audio into content vectors and index them; encode the texts of mapped searches.

    Only new and changed content is encoded; vectors of content that was encoded before come from the cache on disk.
    Options override the [content] table.
    """
    from graphrec.content.embed import cache_folder
    from graphrec.content.embed import embed as stage

    settings = load_settings()
    if clear_cache:
        _clear(cache_folder(settings))
        return
    named = {"text": text, "image": image, "audio": audio, "llm": llm}
    vectors = vector_files(given)
    for modality in vectors:
        if named[modality] is not None:
            raise click.UsageError(f"--{modality} and --vectors {modality}=… exclude each other")
    names = {modality: _named(name, settings.root) for modality, name in named.items()}
    settings = settings.override("content", fusion=fusion, **names)
    asked = frozenset(modality for modality, name in named.items() if name is not None)
    try:
        with connect(settings) as db:
            report = stage(db, settings, vectors=vectors, asked=asked, cache=not no_cache)
    except KeyboardInterrupt:
        note("stopped: finished encodings are kept; the same command continues from there")
        raise
    _notes(report)
    if as_json:
        echo_json(report.to_dict())
    else:
        _show(report)


def _clear(folder: Path) -> None:
    from graphrec.content import fetch
    from graphrec.content.cache import clear

    freed = clear(folder) + fetch.clear(folder / fetch.FOLDER)
    echo(f"cache\t{freed:,} bytes freed in {folder}")


def vector_files(given: Sequence[str]) -> dict[str, Path]:
    """Return modality → file from options of the form ``MODALITY=FILE``."""
    found: dict[str, Path] = {}
    for pair in given:
        modality, _, file = pair.partition("=")
        if modality not in ("text", "image", "audio") or not file:
            raise click.UsageError(f"--vectors {pair!r}: write text=FILE, image=FILE or audio=FILE")
        if modality in found:
            raise click.UsageError(f"--vectors names {modality} twice")
        if not Path(file).is_file():
            raise click.UsageError(f"--vectors {pair}: there is no file {file!r}")
        found[modality] = Path(file)
    return found


def _named(name: str | None, root: Path) -> str | None:
    """Return a command-line value with its path made absolute or relative to the project root, as settings expect."""
    if not name or name in ("none", "auto"):
        return name
    if Path(name).is_dir():
        return str(Path(name).resolve())
    arch, _, file = name.partition(":")
    if file and Path(file).is_file() and not (root / file).is_file():
        return f"{arch}:{Path(file).resolve()}"
    return name


def _notes(report: Report) -> None:
    for skip in report.skipped[:_SHOWN]:
        warn(f"skipped {skip.modality} of item " + printable(f"{skip.item}: {skip.path}: {skip.reason}"))
    if len(report.skipped) > _SHOWN:
        warn(f"… and {len(report.skipped) - _SHOWN} more skipped (--json names all)")
    for modality, part in report.parts.items():
        if part.unknown:
            names = ", ".join(repr(key) for key in part.unknown[:_SHOWN])
            more = ", …" if len(part.unknown) > _SHOWN else ""
            warn(f"{modality}: {len(part.unknown)} of the given vectors belong to no item: {names}{more}")


def _show(report: Report) -> None:
    echo(f"items\t{report.items}")
    for name, part in report.parts.items():
        if name != "reading" or part.vectors or part.skipped:
            _show_part(name, part)
    for kind, part in report.searches.items():
        _show_part(kind, part)
    echo(f"content\t{report.content} fused" + (f"\t{report.fusion}, {report.dim}-d" if report.fusion else ""))
    if report.cache:
        echo(f"cache\t{report.cache_vectors:,} vectors, {report.cache_bytes:,} bytes\t{report.cache}")


def _show_part(name: str, part: Modality) -> None:
    counts = [f"{part.encoded} encoded", f"{part.kept} kept"]
    counts += [f"{part.cached} from the cache"] if part.cached else []
    counts += [f"{part.given} given"] if part.given else []
    counts += [f"{len(part.skipped)} skipped", f"{part.absent} without"]
    made = f"\t{part.encoder}, {part.dim}-d, {part.about}" if part.encoder else ""
    echo(f"{name}\t{', '.join(counts)}{made}")

"""A published data set as it is, read from its folder by the readers of ``graphrec load``, without Neo4j."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from graphrec.common.console import warn
from graphrec.common.errors import InputError
from graphrec.config.schema import MODALITIES
from graphrec.config.settings import SplitSettings
from graphrec.datasets.tables_to_graph import graph_of
from graphrec.graph.hetero import Graph
from graphrec_etl import atomic, lightgcn, mmrec
from graphrec_etl.files import folder_of, header, rows
from graphrec_etl.model import Tables
from graphrec_etl.parts import PARTS, PROPERTY
from graphrec_etl.rejects import Rejects

#: Layout → what reads it.
READERS: Mapping[str, Callable[[Path, Rejects], Tables]] = {
    "LightGCN": lightgcn.transform,
    "MMRec": mmrec.transform,
    "RecBole": atomic.transform,
}
KNOWN = "train.txt with test.txt (LightGCN), .inter or train/valid/test.npz (MMRec), or typed .inter (RecBole)"


@dataclass(frozen=True)
class DataSet:
    """A folder, and files of its items' vectors by modality."""

    folder: Path
    vectors: Mapping[str, Path]

    @classmethod
    def at(cls, folder: Path, vectors: Mapping[str, Path]) -> DataSet:
        """Return the data set of a folder; what ``vectors`` leaves out is MMRec's ``text_feat.npy`` and the like.

        Raises
        ------
        InputError
            There is no such folder.
        """
        folder = folder_of(folder).resolve()
        beside = {name: path for name in MODALITIES if (path := folder / f"{name}_feat.npy").is_file()}
        return cls(folder, beside | {name: path.resolve() for name, path in vectors.items()})

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> DataSet:
        """Return what :meth:`plain` told."""
        return cls(Path(plain["folder"]), {name: Path(path) for name, path in plain["vectors"].items()})

    def plain(self) -> dict[str, Any]:
        """Return plain data, for ``run.json``."""
        return {"folder": str(self.folder), "vectors": {name: str(path) for name, path in self.vectors.items()}}

    @cached_property
    def tables(self) -> Tables:
        """Nodes and edges as the files have them.

        Raises
        ------
        InputError
            The folder holds no layout that is known, or several; or a file cannot be read to its end.
        """
        rejects = Rejects()
        tables = READERS[layout(self.folder)](self.folder, rejects)
        if rejects.bad:
            shown = "".join(f"\n  {reject}" for reject in rejects.first)
            more = "" if rejects.bad <= len(rejects.first) else f"\n  and {rejects.bad - len(rejects.first)} more"
            raise InputError(
                f"{self.folder}: {rejects.bad} lines cannot be read:{shown}{more}", hint="mend or remove these lines"
            )
        for what, count in tables.orphans.items():
            warn(f"{self.folder.name}: {count} {what} left out")
        return tables

    def split(self, settings: SplitSettings, method: str | None) -> SplitSettings:
        """Return the split to make: that of the files where they have one and no ``method`` is asked for.

        Raises
        ------
        InputError
            The files name parts, but none for training or none for the test.
        """
        from msgspec.structs import replace

        if method is not None:
            return replace(settings, method=method, property=PROPERTY)
        found = {part for edges in self.tables.edges for part in set(edges.properties.get(PROPERTY, ()))} - {None}
        if not found:
            # A graphrec.toml may name the published split of the project's own graph; these files have none.
            return replace(settings, method="random") if settings.method == "published" else settings
        for part in ("train", "test"):
            if part not in found:
                there = ", ".join(name for name in PARTS if name in found)
                raise InputError(
                    f"{self.folder}: its split has no {part} part, only {there}",
                    hint=f"add the file or the lines of the {part} part, or split anew: --split random",
                )
        return replace(settings, method="published", property=PROPERTY)

    def graph(self, split: SplitSettings) -> Graph:
        """Return what ``graphrec load``, ``graphrec embed --vectors`` and the export make of it.

        Raises
        ------
        InputError, GraphError
            The files, the vectors or a strength cannot be used.
        """
        return graph_of(self.tables, split, self.vectors)


def layout(folder: Path) -> str:
    """Return which of :data:`READERS` reads a folder.

    Raises
    ------
    InputError
        None does, or several do.
    """
    found: dict[str, str] = {}
    for names, reader in ((("train.txt", "test.txt"), "LightGCN"), ([f"{part}.npz" for part in PARTS], "MMRec")):
        for name in names:
            if (folder_of(folder) / name).is_file():
                found.setdefault(reader, name)
    for path in sorted(folder.glob("*.inter")):
        typed = any(":" in column for column in header(rows(path), path))
        found.setdefault("RecBole" if typed else "MMRec", path.name)
    if not found:
        there = ", ".join(sorted(path.name for path in folder.iterdir())[:8]) or "nothing"
        raise InputError(f"{folder}: no data set that is known; it holds {there}", hint=f"give a folder with {KNOWN}")
    if len(found) > 1:
        said = ", ".join(f"{name} ({reader})" for reader, name in found.items())
        raise InputError(f"{folder} holds several data sets: {said}", hint="keep the files of one in a folder")
    return next(iter(found))

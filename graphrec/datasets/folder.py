"""Read a published data set from its folder with the readers of ``graphrec load``, without Neo4j."""

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
from graphrec_etl.behaviours import negatives
from graphrec_etl.files import folder_of, header, rows
from graphrec_etl.model import Tables
from graphrec_etl.parts import PARTS, PROPERTY
from graphrec_etl.rejects import Rejects

#: Layout → its reader.
READERS: Mapping[str, Callable[[Path, Rejects], Tables]] = {
    "LightGCN": lightgcn.transform,
    "MMRec": mmrec.transform,
    "RecBole": atomic.transform,
}
KNOWN = "train.txt with test.txt (LightGCN), .inter or train/valid/test.npz (MMRec), or typed .inter (RecBole)"


@dataclass(frozen=True)
class DataSet:
    """A folder of a data set, with files of the items' vectors by modality."""

    folder: Path
    vectors: Mapping[str, Path]

    @classmethod
    def at(cls, folder: Path, vectors: Mapping[str, Path]) -> DataSet:
        """Return the data set of a folder; ``vectors`` defaults to MMRec's ``text_feat.npy`` and similar files.

        Raises
        ------
        InputError
            The folder does not exist.
        """
        folder = folder_of(folder).resolve()
        beside = {name: path for name in MODALITIES if (path := folder / f"{name}_feat.npy").is_file()}
        return cls(folder, beside | {name: path.resolve() for name, path in vectors.items()})

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> DataSet:
        """Return the data set from the result of :meth:`plain`."""
        return cls(Path(plain["folder"]), {name: Path(path) for name, path in plain["vectors"].items()})

    def plain(self) -> dict[str, Any]:
        """Return plain data, for ``run.json``."""
        return {"folder": str(self.folder), "vectors": {name: str(path) for name, path in self.vectors.items()}}

    @cached_property
    def tables(self) -> Tables:
        """Read nodes and edges from the files.

        Raises
        ------
        InputError
            The folder has no known layout, or several; or a file cannot be read completely.
        """
        rejects = Rejects()
        tables = READERS[layout(self.folder)](self.folder, rejects)
        if rejects.bad:
            shown = "".join(f"\n  {reject}" for reject in rejects.first)
            more = "" if rejects.bad <= len(rejects.first) else f"\n  and {rejects.bad - len(rejects.first)} more"
            raise InputError(
                f"{self.folder}: {rejects.bad} lines cannot be read:{shown}{more}", hint="fix or remove these lines"
            )
        rejects.check_joined()
        for what, count in tables.orphans.items():
            warn(f"{self.folder.name}: {count} {what} left out")
        for edges in tables.edges:
            for said in negatives(edges).values():
                warn(f"{self.folder.name}: {said}")
        return tables

    def split(self, settings: SplitSettings, method: str | None) -> SplitSettings:
        """Return the settings of the split: the published one if the files have it and ``method`` is None.

        Raises
        ------
        InputError
            The published split lacks train or test.
        """
        from msgspec.structs import replace

        if method is not None:
            return replace(settings, method=method, property=PROPERTY)
        found = {part for edges in self.tables.edges for part in set(edges.properties.get(PROPERTY, ()))} - {None}
        if not found:
            # A graphrec.toml may set the published split of the project's own graph; these files have none.
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
        """Return the graph that ``graphrec load``, ``graphrec embed --vectors`` and the export would give.

        Raises
        ------
        InputError, GraphError
            The files, the vectors or a strength are invalid.
        """
        return graph_of(self.tables, split, self.vectors)


def layout(folder: Path) -> str:
    """Return the reader in :data:`READERS` for a folder.

    Raises
    ------
    InputError
        No reader fits, or several do.
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
        raise InputError(f"{folder}: no known data set; it holds {there}", hint=f"give a folder with {KNOWN}")
    if len(found) > 1:
        said = ", ".join(f"{name} ({reader})" for reader, name in found.items())
        raise InputError(f"{folder} holds several data sets: {said}", hint="keep the files of one in a folder")
    return next(iter(found))

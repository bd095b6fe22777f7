"""What an installation costs: bytes to download and on disk, of graphrec and of each extra.

``uv run python tests/benchmarks/sizes.py`` reads the sizes of the wheels from ``uv.lock`` and those of the files from
what the installed packages say of themselves (compiled ``.pyc`` files, which pip makes too, are not in there). ``GPU``
is what only an NVIDIA GPU needs: the packages nvidia-*, cuda-* and triton.
"""

from __future__ import annotations

import tomllib
from importlib import metadata
from pathlib import Path

from packaging.tags import sys_tags
from packaging.utils import canonicalize_name, parse_wheel_filename

from graphrec.diagnostics.packages import needed

ROOT = Path(__file__).resolve().parents[2]
EXTRAS = ("server", "minilm", "report", "benchmark", "tune", "wandb", "notebook")
_GPU = ("nvidia-", "cuda-", "triton")


def downloads() -> dict[str, int]:
    """Return package → bytes of the wheel that this Python takes, or of the source where there is none."""
    place = {tag: n for n, tag in enumerate(sys_tags())}
    found = {}
    for package in tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]:
        name = canonicalize_name(package["name"])
        if name not in installed or package["version"] != installed[name]:
            continue
        fitting = [
            (min(place[tag] for tag in tags), wheel["size"])
            for wheel in package.get("wheels", ())
            if (tags := parse_wheel_filename(wheel["url"].rpartition("/")[2].replace("%2B", "+"))[3] & place.keys())
        ]
        found[name] = min(fitting)[1] if fitting else package.get("sdist", {}).get("size", 0)
    return found


def on_disk(name: str) -> int:
    """Return the bytes of a package's files."""
    return sum(file.size or 0 for file in metadata.files(name) or ())


installed = {canonicalize_name(one.name): one.version for one in metadata.distributions()}


def main() -> None:
    """Print a line for graphrec, for what of it serves a GPU, and for what each extra adds."""
    wheels, base = downloads(), needed("graphrec") & installed.keys()
    rows = {"graphrec": base, "of which GPU": {name for name in base if name.startswith(_GPU)}}
    rows |= {f"+ {extra}": needed("graphrec", extra) & installed.keys() - base for extra in EXTRAS}
    rows["graphrec[all]"] = needed("graphrec", "all") & installed.keys()
    print("what\tpackages\tdownload, MB\ton disk, MB")
    for what, names in rows.items():
        download, disk = sum(wheels.get(name, 0) for name in names), sum(map(on_disk, names))
        print(f"{what}\t{len(names)}\t{download / 1e6:,.0f}\t{disk / 1e6:,.0f}")


if __name__ == "__main__":
    main()

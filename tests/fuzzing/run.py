"""Fuzz one target, guided by coverage: ``python -m tests.fuzzing.run loaders --seconds 600``.

It needs ``atheris`` (``uv run --with atheris==3.0.0 …``). Inputs that reach new code are kept in ``build/fuzzing``, so
a later run goes on from there; an input that fails is written there too, and its traceback is shown. Add it to
``FOUND`` in ``tests/fuzzing/test_targets.py`` when it is mended.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["graphrec", "graphrec_etl"]):
    from tests.fuzzing.targets import TARGETS
from tests.fuzzing.test_targets import SEEDS


def main() -> None:
    """Fuzz until the time is over or something is found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--seconds", type=int, default=600)
    given = parser.parse_args()
    folder = Path("build/fuzzing") / given.target
    folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(SEEDS[given.target]):
        (folder / f"seed{number}").write_bytes(seed)
    # Words and signs of valid inputs, which single changed bytes would seldom make.
    pieces = {piece for seed in SEEDS[given.target] for piece in re.findall(rb"\w+|\W", seed)}
    words = folder.parent / f"{given.target}.dict"
    words.write_text("\n".join('"' + "".join(f"\\x{byte:02x}" for byte in one) + '"' for one in sorted(pieces)))
    limits = [
        f"-max_total_time={given.seconds}",
        "-max_len=2000",
        "-timeout=20",
        "-rss_limit_mb=4000",
        f"-dict={words}",
        "-verbosity=1",
    ]
    atheris.Setup([sys.argv[0], *limits, f"-artifact_prefix={folder.parent}/found-{given.target}-", str(folder)],
                  TARGETS[given.target])  # fmt: skip
    atheris.Fuzz()


if __name__ == "__main__":
    main()

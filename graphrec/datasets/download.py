"""Download public data sets from GroupLens: check the zip file and unpack it atomically.

The archive is not trusted: every member must be a regular file below the data set's own folder, and the total size
must stay below :data:`LARGEST`. The folder gets its name only when it is complete.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
import urllib.error
import urllib.request
import zipfile
from http.client import HTTPException
from pathlib import Path, PurePosixPath

from graphrec.common.console import note, progress
from graphrec.common.errors import InputError

#: URL of the archives; ``GRAPHREC_GROUPLENS`` sets a mirror.
GROUPLENS = "https://files.grouplens.org/datasets/movielens"
#: Choices of ``--download``, with the size of the archive.
DATASETS = {"ml-latest-small": "1 MB", "ml-100k": "5 MB", "ml-1m": "6 MB", "ml-32m": "240 MB"}
#: Most bytes of an unpacked archive.
LARGEST = 8 * 2**30

_TIMEOUT = 30
_BLOCK = 1 << 16


def download(name: str, folder: Path, base: str | None = None) -> Path:
    """Download a data set to ``folder / name``, unless it exists, and return that path.

    Parameters
    ----------
    name
        One of :data:`DATASETS`.
    folder
        Created if missing.
    base
        URL of the folder of archives; by default GroupLens or its mirror.

    Raises
    ------
    InputError
        The data set is unknown, the network is unavailable, or the archive is damaged or unsafe.
    """
    if name not in DATASETS:
        raise InputError(f"no data set {name!r} to download", hint=f"known: {', '.join(DATASETS)}")
    target = folder / name
    if target.is_dir():
        note(f"{target} exists already")
        return target
    address = f"{(base or os.environ.get('GRAPHREC_GROUPLENS') or GROUPLENS).rstrip('/')}/{name}.zip"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=f".{name}-") as scratch:
            archive = Path(scratch) / "archive.zip"
            _fetch(address, archive)
            _check(address, archive)
            _unpack(archive, Path(scratch) / "out", name)
            os.replace(Path(scratch) / "out" / name, target)
    except urllib.error.HTTPError as error:
        error.close()
        raise InputError(f"{address}: the server answers {error.code} {error.reason}", hint=_by_hand(name)) from error
    except urllib.error.URLError as error:
        raise InputError(f"{address} cannot be reached: {error.reason}", hint=_by_hand(name)) from error
    except (TimeoutError, ConnectionError, HTTPException) as error:
        raise InputError(f"{address}: the connection broke off: {error}", hint=_by_hand(name)) from error
    except OSError as error:
        raise InputError(f"{error.filename or folder}: cannot be written: {error.strerror or error}") from error
    return target


def _by_hand(name: str) -> str:
    return (
        f"without internet, bring the unpacked {name} from another machine and run `graphrec quickstart --data DIR`, "
        "or run `graphrec quickstart` on the sample catalogue"
    )


def _fetch(address: str, path: Path) -> None:
    with urllib.request.urlopen(address, timeout=_TIMEOUT) as answer, path.open("wb") as file, progress() as bar:
        size = int(answer.headers.get("Content-Length") or 0)
        task = bar.add_task(address.rsplit("/", 1)[1], total=size or None)
        got = 0
        while block := answer.read(_BLOCK):
            file.write(block)
            got += len(block)
            bar.update(task, completed=got)
    if size and got != size:
        raise ConnectionError(f"{got} of {size} bytes arrived")


def _check(address: str, path: Path) -> None:
    """Verify the MD5 sum, which GroupLens publishes next to the archives of fixed data sets."""
    try:
        with urllib.request.urlopen(f"{address}.md5", timeout=_TIMEOUT) as answer:
            words = answer.read(1000).decode("ascii", "replace").replace("=", " ").split()
    except urllib.error.HTTPError as error:
        error.close()
        if error.code in (403, 404):
            return
        raise
    sums = [word.lower() for word in words if len(word) == 32]
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "md5").hexdigest()
    if sums and found not in sums:
        raise InputError(
            f"{address}: the archive is damaged: its MD5 sum is {found}, not {sums[0]}", hint="try again later"
        )


def _unpack(archive: Path, folder: Path, name: str) -> None:
    try:
        with zipfile.ZipFile(archive) as opened:
            members = opened.infolist()
            for member in members:
                _trust(member, name)
            total = sum(member.file_size for member in members)
            if total > LARGEST:
                raise InputError(f"{name}.zip would unpack to {total} bytes, more than {LARGEST}")
            if not any(not member.is_dir() for member in members):
                raise InputError(f"{name}.zip holds no file", hint="the server may have answered with another page")
            for member in members:
                if not member.is_dir():
                    path = folder.joinpath(*PurePosixPath(member.filename).parts)
                    path.parent.mkdir(parents=True, exist_ok=True)
                    # Reading to the end checks the member's CRC-32.
                    with opened.open(member) as source, path.open("wb") as file:
                        shutil.copyfileobj(source, file, _BLOCK)
    except (zipfile.BadZipFile, NotImplementedError, EOFError) as error:
        raise InputError(f"{name}.zip is damaged or not a zip file: {error}", hint="try again later") from error


def _trust(member: zipfile.ZipInfo, name: str) -> None:
    """Refuse a member outside the data set's folder, or that is not a regular file.

    Raises
    ------
    InputError
        The member is refused.
    """
    parts = PurePosixPath(member.filename.replace("\\", "/")).parts
    kind = stat.S_IFMT(member.external_attr >> 16)
    inside = parts[:1] == (name,) and not any(part == ".." or ":" in part for part in parts)
    plain = kind in (0, stat.S_IFREG, stat.S_IFDIR)
    if not inside or not plain or "\\" in member.filename:
        raise InputError(f"{name}.zip is not used: its member {member.filename!r} is no plain file below {name}/")

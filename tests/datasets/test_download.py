"""Data sets over HTTP, from a server of our own: what arrives, and what is refused."""

from __future__ import annotations

import hashlib
import io
import stat
import threading
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from graphrec.common.errors import InputError
from graphrec.datasets.download import download

Members = dict[str, bytes]
GOOD: Members = {"ml-latest-small/ratings.csv": b"userId,movieId\n1,2\n", "ml-latest-small/README.txt": b"read"}


class Quiet(SimpleHTTPRequestHandler):
    """A file server that does not write to stderr; ``/short`` promises more bytes than it sends."""

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        if self.path.startswith("/short"):
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"half")
        else:
            super().do_GET()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    folder = tmp_path / "served"
    folder.mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield folder, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def archive(members: Members) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return data.getvalue()


def left_over(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_it_arrives_whole_and_once(served: tuple[Path, str], tmp_path: Path) -> None:
    folder, base = served
    (folder / "ml-latest-small.zip").write_bytes(archive(GOOD))
    found = download("ml-latest-small", tmp_path / "data", base)
    assert found == tmp_path / "data" / "ml-latest-small"
    assert {f"{found.name}/{path.name}": path.read_bytes() for path in found.iterdir()} == GOOD
    assert left_over(tmp_path / "data") == ["ml-latest-small"]
    (folder / "ml-latest-small.zip").unlink()
    assert download("ml-latest-small", tmp_path / "data", base) == found


def test_a_published_checksum_is_compared(served: tuple[Path, str], tmp_path: Path) -> None:
    folder, base = served
    data = archive(GOOD)
    (folder / "ml-latest-small.zip").write_bytes(data)
    checksum = folder / "ml-latest-small.zip.md5"
    checksum.write_text(f"MD5 (ml-latest-small.zip) = {hashlib.md5(data).hexdigest()}\n", encoding="ascii")
    download("ml-latest-small", tmp_path / "right", base)
    checksum.write_text(f"MD5 (ml-latest-small.zip) = {'0' * 32}\n", encoding="ascii")
    with pytest.raises(InputError, match="its MD5 sum is"):
        download("ml-latest-small", tmp_path / "wrong", base)
    assert left_over(tmp_path / "wrong") == []


def link() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as file:
        member = zipfile.ZipInfo("ml-latest-small/link")
        member.external_attr = (stat.S_IFLNK | 0o777) << 16
        file.writestr(member, "/etc/passwd")
    return data.getvalue()


def flipped() -> bytes:
    """An archive with one byte of a member changed."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_STORED) as file:
        file.writestr("ml-latest-small/ratings.csv", b"1,2,3,4")
    return data.getvalue().replace(b"1,2,3,4", b"1,2,9,4")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: archive({**GOOD, "../outside.txt": b"x"}), r"'\.\./outside\.txt' is no plain file"),
        (lambda: archive({**GOOD, "ml-latest-small/../../outside.txt": b"x"}), "is no plain file below"),
        (lambda: archive({**GOOD, "/tmp/outside.txt": b"x"}), "is no plain file below"),
        (lambda: archive({**GOOD, "ml-latest-small\\..\\outside.txt": b"x"}), "is no plain file below"),
        (link, "'ml-latest-small/link' is no plain file"),
        (flipped, "Bad CRC-32"),
        (lambda: archive({}), "holds no file"),
        (lambda: b"<html>sign in to this network</html>", "not a zip file"),
    ],
)
def test_what_is_not_a_data_set_is_refused(
    served: tuple[Path, str], tmp_path: Path, make: Callable[[], bytes], message: str
) -> None:
    folder, base = served
    (folder / "ml-latest-small.zip").write_bytes(make())
    with pytest.raises(InputError, match=message):
        download("ml-latest-small", tmp_path / "data", base)
    assert left_over(tmp_path / "data") == []
    assert left_over(tmp_path) == ["data", "served"]


def test_a_connection_that_breaks_off(served: tuple[Path, str], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="4 of 1000 bytes arrived"):
        download("ml-latest-small", tmp_path / "data", f"{served[1]}/short")
    assert left_over(tmp_path / "data") == []


def test_not_there(served: tuple[Path, str], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the server answers 404") as caught:
        download("ml-latest-small", tmp_path / "data", served[1])
    assert "--data DIR" in str(caught.value)


def test_no_network_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be reached") as caught:
        download("ml-latest-small", tmp_path / "data", "http://127.0.0.1:9")
    assert "graphrec quickstart --data DIR" in str(caught.value)


def test_unknown_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no data set 'ml-tiny'"):
        download("ml-tiny", tmp_path)

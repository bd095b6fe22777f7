"""The files of one managed server, and the record of it between commands.

::

    <home>/neo4j/
      conf/neo4j.conf   rewritten at each start
      data/             the databases
      logs/             console.log (the server's output), Neo4j's own logs
      password          of the user neo4j; readable only by its owner
      server.json       process id, start time, ports: lets the next command find the server
      server.lock       held while a command starts or stops the server
"""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from graphrec.common.errors import InputError, ServerError
from graphrec.common.files import read_text, replacing
from graphrec.common.private import private_folder

USERNAME = "neo4j"
HOST = "127.0.0.1"
#: Beginning of the names of transaction logs.
LOG = "neostore.transaction.db"
Port = Annotated[int, Meta(ge=1, le=65_535)]


@dataclass(frozen=True)
class Address:
    """How to reach a server with the Neo4j driver."""

    uri: str
    username: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class Record:
    """Content of ``server.json``: the server that was started last."""

    pid: Annotated[int, Meta(ge=0, le=2**31 - 1)]
    started: Annotated[float, Meta(ge=0, le=1e11)]  # Unix time, seconds
    version: Annotated[str, Meta(pattern=r"^([0-9]{1,8}(\.[0-9]{1,8})*)?\Z")]
    bolt: Port
    http: Port
    ready: bool  # it has responded since its start

    @property
    def uri(self) -> str:
        """The Bolt address."""
        return f"bolt://{HOST}:{self.bolt}"

    @property
    def browser(self) -> str:
        """The URL of Neo4j Browser, with its form filled in except for the password."""
        return f"http://{HOST}:{self.http}/browser/?dbms=bolt://{USERNAME}@{HOST}:{self.bolt}"


@dataclass(frozen=True)
class Layout:
    """The files of one managed server."""

    root: Path

    @classmethod
    def of(cls, home: Path) -> Layout:
        """Return the layout below ``home`` (``.graphrec`` of a project)."""
        return cls(home.expanduser().resolve() / "neo4j")

    @property
    def conf(self) -> Path:
        """Folder of ``neo4j.conf``."""
        return self.root / "conf"

    @property
    def data(self) -> Path:
        """Folder of the databases."""
        return self.root / "data"

    @property
    def console_log(self) -> Path:
        """The server's output."""
        return self.root / "logs" / "console.log"

    @property
    def password_file(self) -> Path:
        """The password of the user ``neo4j``."""
        return self.root / "password"

    @property
    def logs_removed(self) -> Path:
        """Exists while transaction logs are removed on purpose (:mod:`graphrec.db.server.compact`)."""
        return self.root / "logs-removed"

    @property
    def lacks_logs(self) -> bool:
        """Whether they were removed, and no new ones begun."""
        folders = (self.data / "transactions").glob("*")
        return self.logs_removed.exists() and not all(any(one.glob(f"{LOG}.*")) for one in folders)

    @property
    def record_file(self) -> Path:
        """The record of the server that was started last."""
        return self.root / "server.json"

    @property
    def lock_file(self) -> Path:
        """Held while a command starts or stops the server."""
        return self.root / "server.lock"

    @property
    def exists(self) -> bool:
        """Whether a server was ever started here; what cannot be looked at is taken for one."""
        try:
            return (self.data / "databases" / "system").exists() or self.record_file.exists()
        except OSError:
            return True

    def create(self) -> None:
        """Create the folders, accessible only to the current user.

        Raises
        ------
        ServerError
            The folder cannot be written.
        """
        try:
            private_folder(self.root).chmod(0o700)  # an earlier release may have left it open
            for folder in (self.conf, self.data, self.console_log.parent):
                private_folder(folder)
        except OSError as error:
            raise ServerError(
                f"cannot write to {self.root}: {error.strerror}",
                hint="set GRAPHREC_HOME to a folder of yours, or NEO4J_URI to a Neo4j that you run yourself",
            ) from error

    def read_record(self) -> Record | None:
        """Return the record of the last server, or None."""
        try:
            return msgspec.json.decode(read_text(self.record_file), type=Record)
        except (OSError, ValueError, RecursionError, InputError):  # missing, damaged or of another version: as none
            return None

    def write_record(self, record: Record) -> None:
        """Replace the record atomically."""
        with replacing(self.record_file) as part:
            part.write_text(json.dumps(asdict(record)))

    def read_password(self) -> str:
        """Return the password.

        Raises
        ------
        ServerError
            The file is missing or unreadable.
        """
        try:
            return self.password_file.read_text().strip()
        except OSError as error:
            raise ServerError(
                f"the password of the local Neo4j cannot be read from {self.password_file}: {error.strerror}",
                hint=f"put the file back; or remove {self.root} to begin with an empty database",
            ) from error

    def address(self, record: Record) -> Address:
        """Return how to reach the server that ``record`` is of.

        Raises
        ------
        ServerError
            The password cannot be read.
        """
        return Address(record.uri, USERNAME, self.read_password())

    def new_password(self) -> str:
        """Create a random password, store it readable only by its owner, and return it."""
        # Hexadecimal: Neo4j's own tools would take a leading "-" for an option.
        password = secrets.token_hex(24)
        with replacing(self.password_file) as part:
            part.write_text(password + "\n")
        return password

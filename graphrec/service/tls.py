"""The certificate of the service, looked at before anything is started."""

from __future__ import annotations

import ssl
from pathlib import Path

from graphrec.common.errors import InputError


class _EncryptedError(Exception):
    """The key asks for a password."""


def check_certificate(certificate: Path | None, key: Path | None) -> None:
    """Refuse files from which no TLS server can be made.

    Parameters
    ----------
    certificate, key
        Files in PEM format; both or none.

    Raises
    ------
    InputError
        A file is missing or is not what it should be, the key is encrypted, or they are no pair.
    """
    if certificate is None and key is None:
        return
    if certificate is None or key is None:
        raise InputError("a certificate needs its key, and a key its certificate", hint="give --tls-cert and --tls-key")
    for file, what in ((certificate, "CERTIFICATE"), (key, "PRIVATE KEY")):
        if f"{what}-----" not in _text(file):
            raise InputError(f"{file}: there is no {what.lower()} in it", hint="give a file in PEM format")
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password=_refuse)
    except _EncryptedError as error:
        hint = "take its password off, and let only the service read it: openssl pkey -in KEY -out NEW"
        raise InputError(f"{key}: the key is encrypted", hint=hint) from error
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            hint = "give the certificate that was made for this key"
            raise InputError(f"{certificate} and {key} do not belong together", hint=hint) from error
        raise InputError(f"{certificate}, {key}: {error.reason or error}", hint="give files in PEM format") from error


def _refuse() -> str:
    raise _EncryptedError


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii", errors="replace")
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}", hint="give a file in PEM format") from error

"""``graphrec serve``: the service."""

from __future__ import annotations

from pathlib import Path

import click

from graphrec.common.libraries import library
from graphrec.config.settings import load_settings


@click.command()
@click.option("--host", metavar="ADDRESS", help="Address to listen at; by default [serve] host, or 127.0.0.1.")
@click.option("--port", type=click.IntRange(0, 65_535), help="Port; 0: any free one. By default [serve] port, or 8000.")
@click.option("--workers", type=click.IntRange(1, 256), help="Processes that answer; by default [serve] workers, or 1.")
@click.option("--tls-cert", "certificate", type=click.Path(path_type=Path), metavar="FILE", help="TLS certificate.")
@click.option("--tls-key", "key", type=click.Path(path_type=Path), metavar="FILE", help="Key of the certificate.")
@click.option("--open/--no-open", "page", default=True, show_default=True, help="Open the page in a web browser.")
@click.option("--worker", is_flag=True, help="Answer nothing, only run updates, as [serve] update_every says (15m).")
def serve(
    host: str | None,
    port: int | None,
    workers: int | None,
    certificate: Path | None,
    key: Path | None,
    page: bool,
    worker: bool,
) -> None:
    """Serve the published run over HTTP, with a page at / and the API at /v1, until Ctrl-C.

    The settings are in [serve] of graphrec.toml. Without keys the service
    listens on this machine alone.
    """
    settings = load_settings().override("serve", host=host, port=port, workers=workers)
    with library("fastapi"), library("uvicorn"):
        from graphrec.service.run import serve as run
        from graphrec.service.run import work

    if worker:
        work(settings)
        return
    run(settings, certificate=certificate, key=key, page=page)

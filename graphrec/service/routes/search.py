"""Search by words, by a picture or by a sound."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, File, Form, Query, Request, UploadFile

from graphrec.client.models import Listed, Modality
from graphrec.common.errors import InputError
from graphrec.graph.situation import named_values
from graphrec.service.access import Reader
from graphrec.service.problem import ProblemError, responses
from graphrec.service.routes.items import listed
from graphrec.service.routes.recommendations import Length, Situation, Time
from graphrec.service.state import service_of
from graphrec.service.threads import in_thread

router = APIRouter(tags=["search"])


@router.get("/search", operation_id="search", responses=responses(404, 409))
async def search(
    request: Request,
    caller: Reader,
    q: Annotated[str, Query(min_length=1, max_length=1_000, description="Words.")],
    k: Length = 10,
    by: Annotated[Modality | None, Query(description="What the words are compared with.")] = None,
    user: Annotated[
        str | None,
        Query(min_length=1, max_length=1_000, description="Rank what is clearly near by this user's interest."),
    ] = None,
    at: Time = None,
    context: Situation = [],  # noqa: B006
) -> Listed:
    """Return the items whose content is nearest to words, by cosine; or what is clearly near, by a user's interest."""
    from graphrec.serving.search import search as nearest

    service = service_of(request)
    if user is None:
        if at is not None or context:
            raise ProblemError(422, "at and context go with a user", value=at, place="query.at", hint="name a user")
        return Listed(items=listed(service, await in_thread(nearest, service.db, service.settings, q, k, by)))
    caller.require_user(user)
    user = service.door.user(user)
    wanted = service.answers.request(at=at, context=named_values(context))
    answer = await service.answers.searched(user, q, k, by, wanted, service.experiment.run_of(user))
    return Listed(items=answer["items"])


@router.post("/search", operation_id="search_by_file", responses=responses(404, 409))
def search_by_file(
    request: Request,
    caller: Reader,
    file: Annotated[UploadFile, File(description="A picture or a sound.")],
    modality: Annotated[Literal["image", "audio"], Form()],
    k: Length = 10,
) -> Listed:
    """Return the items whose picture or sound is nearest to that of a file; the score is a cosine."""
    from graphrec.serving.search import search_like

    service = service_of(request)
    ending = Path(file.filename or "").suffix[:10]
    with tempfile.TemporaryDirectory(prefix="graphrec-") as folder:
        path = Path(folder) / f"upload{ending if ending[1:].isalnum() and ending.isascii() else ''}"
        path.write_bytes(file.file.read())
        _check_content(path, modality, file.filename)
        return Listed(items=listed(service, search_like(service.db, service.settings, path, modality, k)))


def _check_content(path: Path, modality: str, name: str | None) -> None:
    """Refuse a file that is not what it is said to be, before an encoder is loaded.

    Raises
    ------
    ProblemError
        422.
    """
    try:
        if modality == "image":
            from graphrec.content.image_file import quiet, read_picture

            with quiet():
                read_picture(path)
        else:
            from graphrec.content.audio_file import opened

            with opened(path):
                pass
    except InputError as error:
        hint = error.hint or f"send a {'picture' if modality == 'image' else 'sound'} that other programs can open"
        raise ProblemError(422, f"the file: {error.message}", value=name, place="body.file", hint=hint) from error

"""The assistant: operations for the scope ``read``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from graphrec.client.call import AnyId, Call, model, operation, typed
from graphrec.client.models_chat import ChatReply, Handovers
from graphrec.common.errors import ServiceError

if TYPE_CHECKING:
    import httpx


class Chatting:
    """Turns of conversations. An answer is read to its end; it comes in pieces where a language model words it."""

    @operation
    def chat(self, text: str, *, user_id: AnyId | None = None, conversation: str | None = None) -> Call[ChatReply]:
        """Say something to the assistant, and return what it answers.

        Parameters
        ----------
        text
            In English or Chinese, at most 1,000 characters.
        user_id
            Whose taste counts, and for whom a like is recorded; None: a visitor, or the user of a token.
        conversation
            As an earlier answer gave it; None: a new one.

        Raises
        ------
        ConflictError
            Another turn of the conversation is under way.
        """
        body = {"text": text, "user_id": user_id, "conversation": conversation}
        body = {name: value for name, value in body.items() if value is not None}
        return Call("POST", "/v1/chat", _reply, body=body, repeatable=False)

    @operation
    def chat_by_voice(
        self, file: Path, *, user_id: AnyId | None = None, conversation: str | None = None
    ) -> Call[ChatReply]:
        """Say something by a recording (WAV, FLAC, OGG or MP3); ``said`` of the answer is what was heard."""
        form = {"user_id": None if user_id is None else typed(user_id), "conversation": conversation}
        given = {name: value for name, value in form.items() if value is not None}
        files = {"file": (file.name, file.read_bytes())}
        return Call("POST", "/v1/chat/recording", _reply, form=given, files=files, repeatable=False)

    @operation
    def handovers(self, k: int = 100) -> Call[Handovers]:
        """Return conversations that wait for a person, the latest first; for the scope ``admin``."""
        return Call("GET", "/v1/handovers", model(Handovers), {"k": k})


def _reply(response: httpx.Response) -> ChatReply:
    """Return the whole answer, which the last event has."""
    for event in reversed(response.text.split("\n\n")):
        name, _, data = event.partition("\ndata: ")
        if name == "event: done":
            return ChatReply.model_validate_json(data)
    raise ServiceError("the answer broke off", hint="send the words again")

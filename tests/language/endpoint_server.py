"""An OpenAI-compatible endpoint that answers by a model of transformers, and misbehaves as it is told."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from graphrec.language.answers import End, Message, Request
from graphrec.language.local_model import LocalModel


class Endpoint(ThreadingHTTPServer):
    """A server at a free port of this machine.

    Attributes
    ----------
    plan
        What the next requests meet: ``(status, headers)``; ``die N``, ``stall N`` or ``fail N`` after N pieces;
        ``garbage``, ``flood``, ``whole``. Afterwards they are answered.
    asked
        Bodies and headers of the requests.
    """

    daemon_threads = True

    def __init__(self, model: LocalModel) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.model = model
        self.plan: list[Any] = []
        self.asked: list[tuple[dict[str, Any], dict[str, str]]] = []
        self.max_model_len: int | None = None
        self.stopped = threading.Event()

    @property
    def address(self) -> str:
        """The value of ``[language] model`` for it."""
        return f"http://127.0.0.1:{self.server_port}/v1#tiny"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever asks may hang up."""


class _Handler(BaseHTTPRequestHandler):
    server: Endpoint

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        one = {"id": "tiny"} | ({"max_model_len": self.server.max_model_len} if self.server.max_model_len else {})
        self._send(200, {"data": [{"id": "other"}, one]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((body, dict(self.headers)))
        plan = self.server.plan.pop(0) if self.server.plan else "answer"
        if isinstance(plan, tuple):
            self._send(*plan)
        elif plan == "whole":
            text, end = "", None
            for part in self._parts(body):
                text, end = (text, part) if isinstance(part, End) else (text + part, end)
            choice = {"message": {"content": text}, "finish_reason": end.finish}
            self._send(200, {"choices": [choice], "usage": _usage(end)})
        else:
            self._stream(body, *plan.split())

    def _stream(self, body: dict[str, Any], plan: str, after: str = "0") -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        if plan == "garbage":
            self.wfile.write(b"data: {not json\n\n")
            return
        while plan == "flood":
            self.wfile.write(b": " + b"x" * 65_536 + b"\n")
        parts = self._parts(body)
        for n, part in enumerate(parts):
            if plan != "answer" and n == int(after):
                parts.close()  # the model is free for the next request
                self._misbehave(plan)
                return
            if isinstance(part, End):
                event = {"choices": [{"delta": {}, "finish_reason": part.finish}]}
                self._event(event)
                self._event({"choices": [], "usage": _usage(part)})
            else:
                self._event({"choices": [{"delta": {"content": part}, "finish_reason": None}]})
        self.wfile.write(b": the end\n\ndata: [DONE]\n\n")

    def _misbehave(self, plan: str) -> None:
        if plan == "stall":
            self.server.stopped.wait(30)
        elif plan == "fail":
            self._event({"error": {"message": f"out of memory, {self.headers['Authorization']}"}})

    def _event(self, event: dict[str, Any]) -> None:
        self.wfile.write(b"data: " + json.dumps(event).encode() + b"\n\n")
        self.wfile.flush()

    def _parts(self, body: dict[str, Any]) -> Any:
        told = body.get("response_format")
        request = Request(
            messages=tuple(Message(one["role"], one["content"]) for one in body["messages"]),
            max_tokens=body["max_tokens"],
            temperature=body["temperature"],
            seed=body["seed"],
            stop=tuple(body.get("stop", ())),
            schema=told["json_schema"]["schema"] if told else None,
            deadline=time.monotonic() + 30,
        )
        return self.server.model.stream(request)

    def _send(self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(data))}.items():
            self.send_header(name, value)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)


def _usage(end: End | None) -> dict[str, Any]:
    return {"prompt_tokens": end.tokens_in, "completion_tokens": end.tokens_out} if end else {}

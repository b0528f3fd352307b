"""Faults on request: which call is struck, and what a spoilt answer looks like."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

#: Fault → (HTTP status, OpenAI error type, code, message).
ERRORS: Mapping[str, tuple[int, str, str | None, str]] = {
    "400": (400, "invalid_request_error", None, "The request was refused (fault on request)."),
    "401": (401, "invalid_request_error", "invalid_api_key", "Unauthorised (fault on request)."),
    "403": (403, "invalid_request_error", None, "Forbidden (fault on request)."),
    "404": (404, "invalid_request_error", "model_not_found", "The model does not exist (fault on request)."),
    "408": (408, "timeout", None, "The request timed out (fault on request)."),
    "429": (429, "requests", "rate_limit_exceeded", "Rate limit reached (fault on request)."),
    "500": (500, "server_error", None, "The server had an error (fault on request)."),
    "502": (502, "server_error", None, "Bad gateway (fault on request)."),
    "503": (503, "server_error", None, "The engine is overloaded (fault on request)."),
    "529": (529, "overloaded_error", None, "Overloaded (fault on request)."),
    "auth": (401, "invalid_request_error", "invalid_api_key", "Incorrect API key provided."),
    "quota": (429, "insufficient_quota", "insufficient_quota", "You exceeded your current quota."),
}


def struck(chances: Iterable[tuple[str, float]], *, seed: int, call: int) -> str | None:
    """The fault that strikes this call, if any: the same for the same seed and call number."""
    digest = hashlib.blake2b(f"{seed}:{call}".encode(), digest_size=8).digest()
    drawn = int.from_bytes(digest) / 2**64
    for name, chance in chances:
        if drawn < chance:
            return name
        drawn -= chance
    return None


def spoil(fault: str | None, message: dict[str, Any], answer: dict[str, Any] | str) -> str:
    """Change the message as the fault asks, and give the finish_reason."""
    if fault in _MESSAGES:
        return _MESSAGES[fault](message)
    if fault in _CONTENTS:
        message["content"] = _CONTENTS[fault](message["content"])
    elif fault in _OBJECTS and isinstance(answer, dict):
        message["content"] = json.dumps(_OBJECTS[fault](answer), ensure_ascii=False)
    return "length" if fault == "truncated" else "stop"


def _refused(message: dict[str, Any]) -> str:
    message.update(content=None, refusal="I'm sorry, but I can't help with that.")
    return "stop"


def _filtered(message: dict[str, Any]) -> str:
    message["content"] = ""
    return "content_filter"


def _emptied(message: dict[str, Any]) -> str:
    message["content"] = ""
    return "stop"


def _off_schema(answer: dict[str, Any]) -> dict[str, Any]:
    """The first field renamed, the last one gone, one added."""
    items = list(answer.items())
    kept = {f"{items[0][0]}_value": items[0][1], **dict(items[1:-1])} if items else {}
    return {**kept, "note": "Fields as I thought best."}


def _overlong(value: Any) -> Any:
    """Every text of more than one word many times over, so that it is beyond any platform's limit."""
    if isinstance(value, dict):
        return {key: _overlong(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_overlong(item) for item in value]
    if isinstance(value, str) and " " in value:
        return " ".join([value] * (1 + 4000 // len(value)))
    return value


_MESSAGES: Mapping[str | None, Callable[[dict[str, Any]], str]] = {
    "refusal": _refused,
    "content_filter": _filtered,
    "empty": _emptied,
}
_CONTENTS: Mapping[str | None, Callable[[str], str]] = {
    "truncated": lambda content: content[: max(1, len(content) * 3 // 5)],
    "invalid_json": lambda content: content.replace('":', '"', 1).rstrip("}") + ",,",
    "fenced": lambda content: f"Sure, here you are:\n\n```json\n{content}\n```\n\nLet me know if it fits.",
}
_OBJECTS: Mapping[str | None, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "off_schema": _off_schema,
    "overlong": _overlong,
}

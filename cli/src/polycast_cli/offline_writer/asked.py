"""Reading a chat request: what is to be written, about what, for whom, and which attempt this is."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

_TAG = re.compile(r"<(brief|idea|preferences|instruction|generation)>(.*?)</\1>", re.DOTALL)
#: Without a response format, the first of these that the prompt names tells the platform.
_PLATFORM_WORDS = {"linkedin": "linkedin", "twitter": "twitter", "tweet": "twitter", "instagram": "instagram"}


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return _text(value.get("description"))
    return value if isinstance(value, str) else "" if value is None else str(value)


def _texts(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple(t for t in map(_text, value) if t.strip()) if isinstance(value, (list, tuple)) else ()


def _history(value: Any) -> tuple[str, ...]:
    """Titles of `[{"title": …}]` or `["…"]`."""
    entries = value if isinstance(value, (list, tuple)) else ()
    return _texts([entry.get("title") if isinstance(entry, dict) else entry for entry in entries])


Text = Annotated[str, BeforeValidator(_text)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_texts)]


class _Given(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Brief(_Given):
    """What ideas are wanted."""

    count: Annotated[int, Field(ge=1, le=50)] = 5
    date: Text = ""
    topics: Texts = ()
    keywords: Texts = ()
    excluded_topics: Texts = ()
    audience: Text = ""
    voice: Text = ""
    context: Text = ""
    recent: Annotated[tuple[str, ...], BeforeValidator(_history)] = ()
    avoid: Annotated[tuple[str, ...], BeforeValidator(_history)] = ()


class Idea(_Given):
    title: Text = ""
    description: Text = ""
    topic_category: Text = ""


class Preferences(_Given):
    audience: Text = ""
    keywords: Texts = ()
    excluded_topics: Texts = ()
    voice: Text = ""


M = TypeVar("M", bound=_Given)


@dataclass(frozen=True)
class Asked:
    """One request, understood."""

    operation: str
    """`ideas`, a platform's name, or `chat` where neither format nor tags tell."""
    schema: dict[str, Any] | None = None
    brief: Brief = field(default_factory=Brief)
    idea: Idea = field(default_factory=Idea)
    preferences: Preferences = field(default_factory=Preferences)
    instruction: str = ""
    generation: int = 1
    attempt: int = 1
    """1 + the earlier answers in the conversation that were sent back."""
    wants_json: bool = True

    def seed(self, base: int) -> int:
        """A number that is the same for the same request, and differs for any other."""
        about = self.brief if self.operation == "ideas" else (self.idea, self.preferences)
        key = repr((base, self.operation, about, self.instruction, self.generation, self.attempt))
        return int.from_bytes(hashlib.blake2b(key.encode("utf-8", "replace"), digest_size=8).digest())


def read(body: dict[str, Any]) -> Asked:
    """Understand the body of a chat completion request. Unreadable parts fall back to their defaults."""
    messages = [m for m in body.get("messages") or [] if isinstance(m, dict)]
    said = [(str(m.get("role")), _content(m.get("content"))) for m in messages]
    data: dict[str, Any] = {}
    for role, text in said:
        if role == "user":
            for tag, inner in _TAG.findall(text):
                data.setdefault(tag, _json(inner))
    response_format = body.get("response_format")
    response_format = response_format if isinstance(response_format, dict) else {}
    json_schema = response_format.get("json_schema")
    json_schema = json_schema if isinstance(json_schema, dict) else {}
    schema = json_schema.get("schema")
    operation = str(json_schema.get("name") or "") or _operation(data, said)
    return Asked(
        operation=operation,
        schema=schema if isinstance(schema, dict) else None,
        brief=_model(Brief, data.get("brief")),
        idea=_model(Idea, data.get("idea", {"title": _last_words(said)})),
        preferences=_model(Preferences, data.get("preferences")),
        instruction=_text(data.get("instruction")),
        generation=_number(data.get("generation")),
        attempt=1 + sum(role == "assistant" for role, _ in said),
        wants_json=operation != "chat" or response_format.get("type") == "json_object",
    )


def _content(content: Any) -> str:
    if isinstance(content, list):
        return "\n".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return _text(content)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text.strip()


def _operation(data: dict[str, Any], said: Sequence[tuple[str, str]]) -> str:
    if "brief" in data:
        return "ideas"
    prompt = " ".join(text for _, text in said).casefold()
    found = [(prompt.index(word), name) for word, name in _PLATFORM_WORDS.items() if word in prompt]
    return min(found)[1] if found and "idea" in data else "chat"


def _last_words(said: Sequence[tuple[str, str]]) -> str:
    return next((text for role, text in reversed(said) if role == "user"), "")


def _number(value: Any) -> int:
    return value if isinstance(value, int) and value > 0 else 1


def _model(kind: type[M], value: Any) -> M:
    """The model, leaving out fields that don't fit it; bare text is taken as the title."""
    if isinstance(value, str):
        value = {"title": value}
    fields = value if isinstance(value, dict) else {}
    while True:
        try:
            return kind.model_validate(fields)
        except ValidationError as error:
            bad = {str(e["loc"][0]) for e in error.errors()}
            fields = {name: item for name, item in fields.items() if name not in bad}

"""How an endpoint wants to be asked. Compatible servers differ; what one refuses is learnt from its 400.

Sources: OpenAI API reference (`max_tokens` is deprecated and refused by reasoning models), Anthropic's
"OpenAI SDK compatibility" (`response_format` is ignored), Ollama's "OpenAI compatibility" (has `max_tokens`
only). See `docs/llm-providers.md`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from polycast.llm.errors import RequestRejected
from polycast.llm.prompts import Prompt, Turn

Format = Literal["json_schema", "json_object", "none"]

_WEAKER: dict[Format, Format] = {"json_schema": "json_object", "json_object": "none"}
_OTHER_NAME = {"max_tokens": "max_completion_tokens", "max_completion_tokens": None}

#: How servers that don't name the parameter speak of it in their error message.
_SIGNS = {
    "response_format": ("response_format", "json_schema", "json_object", "structured output", "grammar"),
    "max_tokens": ("max_tokens",),
    "max_completion_tokens": ("max_completion_tokens",),
    "temperature": ("temperature",),
    "reasoning_effort": ("reasoning_effort", "reasoning effort"),
}


@dataclass(frozen=True)
class Dialect:
    format: Format = "json_schema"
    limit_name: str | None = "max_tokens"
    takes_temperature: bool = True
    takes_effort: bool = True
    spells_schema: bool = False
    """Whether the schema stands in the prompt even where the format carries it: some ignore the format."""

    def request(
        self,
        prompt: Prompt,
        schema: dict[str, Any],
        history: Sequence[Turn],
        *,
        limit: int,
        effort: str | None,
    ) -> dict[str, Any]:
        """The parameters of a chat completion, less the model."""
        system = prompt.system
        if self.spells_schema or self.format != "json_schema":
            system += (
                "\n\nAnswer with one JSON object and nothing else. It must match this JSON Schema:\n"
                + json.dumps(schema, ensure_ascii=False)
            )
        request: dict[str, Any] = {
            "messages": [
                {"role": "system", "content": system},
                {"role": "user", "content": prompt.user},
                *({"role": turn.role, "content": turn.content} for turn in history),
            ]
        }
        if self.limit_name:
            request[self.limit_name] = limit
        if self.takes_temperature and prompt.temperature is not None:
            request["temperature"] = prompt.temperature
        if self.takes_effort and effort is not None:
            request["reasoning_effort"] = effort
        if self.format == "json_schema":
            body = {"name": prompt.id, "schema": schema, "strict": True}
            request["response_format"] = {"type": "json_schema", "json_schema": body}
        elif self.format == "json_object":
            request["response_format"] = {"type": "json_object"}
        return request

    def after(self, refusal: RequestRejected, request: dict[str, Any]) -> Dialect | None:
        """The dialect without what was refused of `request`; None if that wasn't the way of asking."""
        if refusal.status not in (400, 422):
            return None
        match _refused(refusal, request):
            case "response_format":
                return replace(self, format=_WEAKER[self.format])
            case "max_tokens" | "max_completion_tokens" as name:
                return replace(self, limit_name=_OTHER_NAME[name])
            case "temperature":
                return replace(self, takes_temperature=False)
            case "reasoning_effort":
                return replace(self, takes_effort=False)
            case _:
                return None


def _refused(refusal: RequestRejected, request: dict[str, Any]) -> str | None:
    named = (refusal.parameter or "").partition(".")[0]
    if named in _SIGNS and named in request:
        return named
    reason = refusal.reason.lower()
    return next(
        (name for name, signs in _SIGNS.items() if name in request and any(s in reason for s in signs)), None
    )

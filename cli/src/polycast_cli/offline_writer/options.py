"""What the offline writer may be told: latency, faults, rate limit, seed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

#: Every fault, and what the caller sees.
FAULTS: Mapping[str, str] = {
    "400": "an error: bad request",
    "401": "an error: unauthorised",
    "403": "an error: forbidden",
    "404": "an error: not found",
    "408": "an error: request timeout",
    "429": "an error with Retry-After: too many requests",
    "500": "an error: internal server error",
    "502": "an error: bad gateway",
    "503": "an error: service unavailable",
    "529": "an error: overloaded",
    "auth": "401 with code invalid_api_key",
    "quota": "429 with code insufficient_quota",
    "hang": "no answer until the caller leaves",
    "truncated": "finish_reason length, the JSON cut",
    "invalid_json": "an answer that is not JSON",
    "fenced": "valid JSON inside a Markdown fence with chatter around it",
    "off_schema": "JSON that lacks and renames fields",
    "overlong": "JSON of the right shape whose texts break every length limit",
    "refusal": "message.refusal instead of content",
    "content_filter": "finish_reason content_filter, no content",
    "empty": "an empty answer",
}

Probability = Annotated[float, Field(ge=0, le=1)]


class FaultPlan(BaseModel):
    """How often which fault strikes: `{"429": 0.1}`. A key may name one operation: `{"linkedin:500": 1}`.

    A key without an operation is about every chat completion; `embeddings:` and `moderations:` name those.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    latency: Annotated[float, Field(ge=0, le=600)] = 0
    """Seconds before every completion; embeddings and moderations are answered at once."""
    faults: dict[str, Probability] = {}

    @field_validator("faults")
    @classmethod
    def _known(cls, faults: dict[str, float]) -> dict[str, float]:
        for key in faults:
            name = key.rpartition(":")[2]
            if name not in FAULTS:
                raise ValueError(f"unknown fault {name!r}; known are {', '.join(FAULTS)}")
        for operation in {key.rpartition(":")[0] for key in faults}:
            if sum(chance for key, chance in faults.items() if key.rpartition(":")[0] in ("", operation)) > 1:
                raise ValueError("the chances of the faults add up to more than 1")
        return faults

    def for_operation(self, operation: str, *, chat: bool) -> list[tuple[str, float]]:
        """Fault names and their chances for one operation."""
        wanted = ("", operation) if chat else (operation,)
        return [
            (key.rpartition(":")[2], chance)
            for key, chance in self.faults.items()
            if key.rpartition(":")[0] in wanted
        ]


class WriterOptions(BaseModel):
    """How the server is started."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8399
    """0 picks a free one."""
    seed: int = 0
    plan: FaultPlan = FaultPlan()
    rate_limit: Annotated[int, Field(ge=1)] | None = None
    """Chat completions in any 60 s; more are answered 429 with Retry-After."""

    @classmethod
    def from_arguments(
        cls,
        *,
        port: int,
        latency: float = 0,
        faults: Iterable[str] = (),
        seed: int = 0,
        rate_limit: int | None = None,
    ) -> Self:
        """Options from a command line, faults as `429=0.1`.

        Raises:
            ValueError: a malformed or unknown fault, or chances outside 0 to 1.
        """
        chances: dict[str, float] = {}
        for fault in faults:
            name, _, chance = fault.partition("=")
            try:
                chances[name.strip()] = float(chance)
            except ValueError:
                raise ValueError(f"a fault is written NAME=CHANCE, such as 429=0.1, not {fault!r}") from None
        try:
            plan = FaultPlan(latency=latency, faults=chances)
            return cls(port=port, seed=seed, rate_limit=rate_limit, plan=plan)
        except ValidationError as error:
            raise ValueError("; ".join(str(e["msg"]) for e in error.errors())) from None

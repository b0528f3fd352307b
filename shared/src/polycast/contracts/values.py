"""Values that events carry: slugs, preferences, schedules, provenance, check results."""

from __future__ import annotations

from datetime import UTC, datetime, time
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Literal
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
)

#: Root of every derived id. Changing it would make all earlier ids underivable.
NAMESPACE = UUID("6f1cfa5c-0d0e-5c0e-9d3b-7b1f6a1f3c2a")

MAX_IDEAS = 10
MAX_TEXT = 20_000

#: A platform is known by its slug alone; which slugs exist is announced on the bus, never listed here.
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)]
Temperature = Annotated[float, Field(ge=0, le=2)]


def _to_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def _unique(items: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(items))


Timestamp = Annotated[AwareDatetime, AfterValidator(_to_utc)]
Platforms = Annotated[tuple[Slug, ...], AfterValidator(_unique)]


class Value(BaseModel):
    """Immutable; unknown fields are ignored, so that a newer producer doesn't break an older consumer."""

    # A refused value may be what a person wrote, and errors end in logs.
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


def idea_id(execution_id: UUID, index: int) -> UUID:
    return uuid5(execution_id, str(index))


def content_id(idea: UUID, platform: str) -> UUID:
    return uuid5(idea, platform)


def scheduled_execution_id(user_id: UUID, local_date: str) -> UUID:
    """`local_date` is `YYYY-MM-DD` in the schedule's zone: moving the time after today's run starts none."""
    return uuid5(user_id, local_date)


def message_id(stream: str, sequence: int, timestamp: datetime) -> UUID:
    """The id of what a message published without one is about: the same for every redelivery of it."""
    return uuid5(NAMESPACE, f"{stream}:{sequence}:{timestamp.astimezone(UTC).isoformat()}")


class Voice(Value):
    description: Annotated[str, StringConstraints(max_length=2000)] = ""
    samples: Annotated[
        tuple[Annotated[str, StringConstraints(max_length=5000)], ...], Field(max_length=5)
    ] = ()


def _voice(value: Any) -> Any:
    return {"description": value} if isinstance(value, str) else value


class Preferences(Value):
    """What a person wants written, as a snapshot that rides in every event that leads to an LLM call."""

    topics: Annotated[tuple[Line, ...], Field(max_length=50)] = ()
    keywords: Annotated[tuple[Line, ...], Field(max_length=50)] = ()
    excluded_topics: Annotated[tuple[Line, ...], Field(max_length=50)] = ()
    audience: Line = ""
    voice: Annotated[Voice, BeforeValidator(_voice)] = Voice()
    temperature: Temperature | None = None
    """Creativity; None leaves it to each prompt's own."""
    idea_count: Annotated[int, Field(ge=1, le=MAX_IDEAS)] = 5


class Weekday(StrEnum):
    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


@cache
def _zones() -> frozenset[str]:
    # Reads the whole zone directory, where `localtime` is whichever zone the machine is in.
    return frozenset(available_timezones() - {"localtime"})


def _known_zone(name: str) -> str:
    if name not in _zones():
        raise ValueError(f"{name!r} is not an IANA time zone such as Europe/Paris")
    return name


LocalTime = Annotated[time, PlainSerializer(lambda value: value.strftime("%H:%M"), return_type=str)]


TimeZone = Annotated[str, AfterValidator(_known_zone)]


class Schedule(Value):
    """When a person's workflow starts: a wall-clock time in their own zone, on the days they chose."""

    enabled: bool = True
    local_time: LocalTime = time(6, 0)
    timezone: TimeZone = "UTC"
    days: Annotated[tuple[Weekday, ...], Field(min_length=1), AfterValidator(_unique)] = tuple(Weekday)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Finding(Value):
    """One broken rule, where it is broken, and why it counts so, in words for the person."""

    rule: str
    severity: Severity
    message: str
    start: int | None = None
    """Offset in `content_text` in Unicode code points; None when the finding is about the whole."""
    end: int | None = None
    fix: str | None = None
    """What to put in place of `start` to `end` to mend it; None where that takes a person."""


class Part(Value):
    """A separately counted piece of a text (a tweet of a thread)."""

    text: str
    count: int
    limit: int


class ClaimKind(StrEnum):
    NUMBER = "number"
    PERCENTAGE = "percentage"
    QUOTATION = "quotation"
    SOURCE = "source"
    URL = "url"
    DATE = "date"


class Claim(Value):
    """Something in a text that is true or false, and where it stands."""

    kind: ClaimKind
    text: str
    start: int
    """Offset in `content_text` in Unicode code points."""
    end: int
    given: bool = False
    """It stands in the idea or in what the person told. Any other is unverified until the person ticks it."""

    @property
    def key(self) -> str:
        """What stays the same when the text around it is edited: a ticked claim stays ticked."""
        return f"{self.kind}:{' '.join(self.text.casefold().split())}"


class CheckResult(Value):
    """What a platform's service answers of a text."""

    ok: bool
    counts: dict[str, float] = {}
    metadata: dict[str, Any] = {}
    parts: tuple[Part, ...] = ()
    findings: tuple[Finding, ...] = ()
    claims: tuple[Claim, ...] = ()

    @classmethod
    def of(cls, findings: tuple[Finding, ...] | list[Finding], **rest: Any) -> CheckResult:
        """`ok` is the absence of errors; warnings don't stop a text."""
        ok = not any(finding.severity is Severity.ERROR for finding in findings)
        return cls(ok=ok, findings=tuple(findings), **rest)


class Provenance(Value):
    """How a text came to be. Every generated idea and draft carries one."""

    author: Literal["ai", "person"] = "ai"
    model: str = ""
    prompt_id: str = ""
    prompt_version: int = 0
    temperature: float | None = None
    tokens_in: int = 0
    tokens_out: int = 0
    latency_ms: int = 0
    cost_usd: float | None = None
    """None when the model's price is unknown."""
    attempts: int = 1
    notes: tuple[str, ...] = ()
    """Findings that were fed back and repairs that were made, in order."""


class Moderation(Value):
    """What was found harmful in a text before it was stored. A text to be rejected is never stored."""

    flagged: bool = False
    """Whether the person should look twice before using it."""
    categories: tuple[str, ...] = ()
    checked_by: tuple[str, ...] = ()
    """Who looked: `rules` (offline, always) and the model of the provider's moderation endpoint."""


class Likeness(Value):
    """The earlier idea that a new one is closest to."""

    title: str
    score: Annotated[float, Field(ge=0, le=1)]
    """1 is the same."""
    method: Literal["lexical", "semantic"]
    idea_id: UUID | None = None


class ErrorInfo(Value):
    code: str
    message: str

"""Every error that the API tells, as RFC 9457 problem documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, ClassVar
from uuid import UUID

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from sqlalchemy.exc import DataError
from starlette.exceptions import HTTPException

from api.store import DATABASE_AWAY
from polycast.contracts import CheckResult, Severity

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"


class FieldError(BaseModel):
    field: str
    message: str


class ProblemDocument(BaseModel):
    """What every answer of 400 and above carries. Some problems add members of their own."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "example": {
                "type": "urn:polycast:problem:wrong-transition",
                "title": "The draft can't go there from here",
                "status": 409,
                "detail": "From published, reviewed can't be reached; allowed: ready.",
                "instance": "/api/v1/content/0190b6a4-3c1e-5d2f-9a51-2f6f0c7be111/state",
                "state": "published",
                "allowed": ["ready"],
            }
        },
    )

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: list[FieldError] | None = None


class Problem(Exception):
    """An answer that isn't the one asked for. Each subclass is one problem type."""

    status: ClassVar[HTTPStatus]
    code: ClassVar[str]
    title: ClassVar[str]

    def __init__(self, detail: str, *, headers: Mapping[str, str] | None = None, **members: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.headers = dict(headers or {})
        self.members = members

    @property
    def type(self) -> str:
        return f"urn:polycast:problem:{self.code}"


class Unauthenticated(Problem):
    """RFC 6750, section 3: the challenge says `invalid_token` only if a token was shown."""

    status, code, title = HTTPStatus.UNAUTHORIZED, "unauthenticated", "Sign in first"

    def __init__(self, detail: str, *, token_shown: bool = False) -> None:
        challenge = 'Bearer realm="polycast"'
        if token_shown:
            challenge += f', error="invalid_token", error_description="{detail}"'
        super().__init__(detail, headers={"WWW-Authenticate": challenge})


class WrongCredentials(Problem):
    status, code, title = HTTPStatus.UNAUTHORIZED, "wrong-credentials", "E-mail address or password is wrong"

    def __init__(self) -> None:
        super().__init__(
            "No account has this e-mail address and password.",
            headers={"WWW-Authenticate": 'Bearer realm="polycast"'},
        )


class NotYours(Problem):
    """RFC 6750, section 3.1: the token is good, but not for this."""

    status, code, title = HTTPStatus.FORBIDDEN, "not-yours", "This belongs to somebody else"

    def __init__(self, noun: str) -> None:
        super().__init__(
            f"This {noun} belongs to another account.",
            headers={"WWW-Authenticate": 'Bearer realm="polycast", error="insufficient_scope"'},
        )


class NotFound(Problem):
    status, code, title = HTTPStatus.NOT_FOUND, "not-found", "There is no such thing"

    def __init__(self, noun: str, name: object) -> None:
        super().__init__(f"There is no {noun} {name}.")


class EmailTaken(Problem):
    status, code, title = HTTPStatus.CONFLICT, "email-taken", "This e-mail address has an account"

    def __init__(self) -> None:
        super().__init__(
            "An account with this e-mail address exists already.",
            errors=[FieldError(field="email", message="has an account already").model_dump()],
        )


class RegistrationClosed(Problem):
    status, code, title = HTTPStatus.FORBIDDEN, "registration-closed", "Nobody can register here"

    def __init__(self) -> None:
        super().__init__("Ask whoever runs this installation for an account.")


class AlreadyRunning(Problem):
    status, code, title = HTTPStatus.CONFLICT, "already-running", "A workflow is running"

    def __init__(self, workflow_id: UUID) -> None:
        super().__init__(
            f"Workflow {workflow_id} is still running. Wait for it, or send force: true.",
            workflow_id=str(workflow_id),
        )


class WrongTransition(Problem):
    status, code, title = HTTPStatus.CONFLICT, "wrong-transition", "The draft can't go there from here"

    def __init__(self, state: str, wanted: str, allowed: Sequence[str]) -> None:
        there_is = " or ".join(allowed) or "none"
        super().__init__(
            f"From {state}, {wanted} can't be reached; allowed: {there_is}.",
            state=state,
            allowed=list(allowed),
        )


class RulesBroken(Problem):
    status, code, title = HTTPStatus.CONFLICT, "rules-broken", "The text breaks a rule of its platform"

    def __init__(self, checks: CheckResult) -> None:
        broken = [finding for finding in checks.findings if finding.severity is Severity.ERROR]
        reasons = " ".join(finding.message for finding in broken)
        super().__init__(
            f"{reasons} Mend it, or send override: true.",
            findings=[finding.model_dump(mode="json") for finding in broken],
        )


class ClaimsUnsettled(Problem):
    status, code, title = HTTPStatus.CONFLICT, "claims-unsettled", "The text makes unverified claims"

    def __init__(self, claims: Sequence[BaseModel]) -> None:
        super().__init__(
            "Tick each claim that is true, take the others out of the text, or send override: true.",
            claims=[claim.model_dump(mode="json") for claim in claims],
        )


class Published(Problem):
    status, code, title = HTTPStatus.CONFLICT, "published", "The draft is published"

    def __init__(self) -> None:
        super().__init__(
            "A published draft can't be changed. Move it back to ready first.", state="published"
        )


class NotWritten(Problem):
    status, code, title = HTTPStatus.CONFLICT, "not-written", "There is no text yet"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)


class NoneMoved(Problem):
    status, code, title = HTTPStatus.CONFLICT, "none-moved", "Not all of them can be moved"

    def __init__(self, refused: list[dict[str, Any]]) -> None:
        super().__init__("So none was. `results` tells which can't be, and why.", results=refused)


class NothingToRetry(Problem):
    status, code, title = HTTPStatus.CONFLICT, "nothing-to-retry", "Nothing has failed here"

    def __init__(self, noun: str) -> None:
        super().__init__(f"This {noun} holds nothing that failed.")


class LostUpdate(Problem):
    status, code, title = HTTPStatus.PRECONDITION_FAILED, "lost-update", "It was changed meanwhile"

    def __init__(self) -> None:
        super().__init__("It isn't any more what If-Match names. Read it again.")


class Invalid(Problem):
    """The request is well-formed, but something in it can't be accepted. `errors` names each field."""

    status, code, title = HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", "The request can't be accepted"

    def __init__(self, *errors: tuple[str, str]) -> None:
        super().__init__(
            "; ".join(f"{field}: {message}" for field, message in errors),
            errors=[FieldError(field=field, message=message).model_dump() for field, message in errors],
        )


class TooManyRequests(Problem):
    status, code, title = HTTPStatus.TOO_MANY_REQUESTS, "too-many-requests", "Too many requests"

    def __init__(self, seconds: int, headers: Mapping[str, str]) -> None:
        super().__init__(f"Go on in {seconds} s.", headers={**headers, "Retry-After": str(seconds)})


class ServiceAway(Problem):
    status, code, title = (
        HTTPStatus.SERVICE_UNAVAILABLE,
        "service-away",
        "A part of the system doesn't answer",
    )

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} doesn't answer right now. Try again shortly.", headers={"Retry-After": "5"})


def responses(*problems: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """Document what an endpoint may answer instead."""
    documented: dict[int | str, dict[str, Any]] = {}
    for problem in problems:
        known = documented.get(problem.status.value, {}).get("description")
        title = f"{known}, or: {problem.title}" if known else problem.title
        documented[problem.status.value] = {"model": ProblemDocument, "description": title}
    return documented


def answer(
    request: Request,
    status: int,
    code: str,
    title: str,
    detail: str,
    headers: Mapping[str, str],
    **members: Any,
) -> JSONResponse:
    body = {
        "type": f"urn:polycast:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": request.url.path,
        **members,
    }
    return JSONResponse(body, int(status), headers=dict(headers), media_type=MEDIA_TYPE)


def unexpected(request: Request) -> JSONResponse:
    """A fault of ours. What it was stands in the log, never in the answer."""
    return answer(request, 500, "internal", "Something went wrong on our side", "The error was recorded.", {})


def install(app: FastAPI) -> None:
    """Make problem documents of whatever an endpoint or the router raises."""

    async def from_problem(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, Problem)
        return answer(
            request, error.status, error.code, error.title, error.detail, error.headers, **error.members
        )

    async def from_router(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        status = HTTPStatus(error.status_code)
        code = status.phrase.lower().replace(" ", "-")
        return answer(request, status, code, status.phrase, error.detail, error.headers or {})

    async def from_validation(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        return await from_problem(request, Invalid(*map(_field_error, error.errors())))

    async def from_data(request: Request, error: Exception) -> JSONResponse:
        log.info("Postgres refused a value", error=type(error).__name__)
        return await from_problem(request, Invalid(("request", "holds a character that can't be stored")))

    async def from_outage(request: Request, error: Exception) -> JSONResponse:
        log.warning("database is away", error=type(error).__name__)
        return await from_problem(request, ServiceAway("The database"))

    app.add_exception_handler(Problem, from_problem)
    app.add_exception_handler(HTTPException, from_router)
    app.add_exception_handler(RequestValidationError, from_validation)
    app.add_exception_handler(DataError, from_data)
    for outage in DATABASE_AWAY:
        app.add_exception_handler(outage, from_outage)


def _field_error(error: Mapping[str, Any]) -> tuple[str, str]:
    """`("body", "platforms", 0)` → `platforms.0`: where in the request, in the caller's words."""
    place, *path = error["loc"]
    return ".".join(map(str, path)) or str(place), str(error["msg"])

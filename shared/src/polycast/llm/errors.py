"""What can go wrong with a language model, as types. Every message is fit for a person's eyes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from polycast.contracts import Finding, Severity
from polycast.llm.usage import Usage


class LLMError(Exception):
    """No usable answer.

    `code` is the slug for `content.failed.error.code`; `retryable` tells whether the same question may
    well be answered later, with nothing changed. `usage` is what was spent all the same.
    """

    code: ClassVar[str] = "llm_error"
    retryable: ClassVar[bool] = False

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
        self.usage = Usage()
        self.attempts = 1
        """Answers asked for by `write` until it gave up."""


class ProviderUnavailable(LLMError):
    """Network failure, time-out or 5xx, still so after all attempts."""

    code = "provider_unavailable"
    retryable = True

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        """Seconds that the provider asked for, if it did."""


class CircuitOpen(ProviderUnavailable):
    """The endpoint failed many times in a row: nothing is sent until `retry_after` seconds have passed."""

    def __init__(self, retry_after: float) -> None:
        super().__init__(
            f"The LLM provider has been failing; it is asked again in {retry_after:.0f} s.", retry_after
        )


class RateLimited(LLMError):
    """The rate limit leaves no place within the time a request may wait."""

    code = "rate_limited"
    retryable = True

    def __init__(self, retry_after: float) -> None:
        super().__init__(f"The LLM provider's rate limit is reached; try again in {retry_after:.0f} s.")
        self.retry_after = retry_after
        """Seconds."""


class AuthenticationFailed(LLMError):
    code = "authentication_failed"


class QuotaExhausted(LLMError):
    code = "quota_exhausted"


class RequestRejected(LLMError):
    """Another 4xx: an unknown model, a prompt too long, a parameter that the endpoint doesn't take."""

    code = "request_rejected"

    def __init__(self, status: int, reason: str, parameter: str | None = None) -> None:
        super().__init__(f"The LLM provider rejected the request ({status}): {reason}")
        self.status = status
        self.reason = reason
        self.parameter = parameter


class ContentFiltered(LLMError):
    code = "content_filtered"

    def __init__(self) -> None:
        super().__init__(
            "The LLM provider's content filter stopped this text. Reword the idea and try again."
        )


class Refused(LLMError):
    """The model declined, in `text`."""

    code = "refused"

    def __init__(self, text: str) -> None:
        super().__init__(f"The model declined to write this: {text}")
        self.text = text


class BadAnswer(LLMError):
    """An answer that can't be used, and can be fed back with what is wrong with it.

    `text` is the answer as it came, `wrong` what is wrong with it.
    """

    def __init__(self, message: str, text: str, wrong: Iterable[Finding]) -> None:
        super().__init__(message)
        self.text = text
        self.wrong = tuple(wrong)


class OffSchema(BadAnswer):
    """Not JSON, or JSON of another form than asked for: `problems` says where, a line each."""

    code = "off_schema"

    def __init__(self, text: str, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(
            f"The model's answer does not have the form asked for: {'; '.join(self.problems)}",
            text,
            (Finding(rule="schema", severity=Severity.ERROR, message=problem) for problem in self.problems),
        )


class Truncated(BadAnswer):
    """Cut at the token limit, again and again, up to the highest limit that is tried."""

    code = "truncated"

    def __init__(self, text: str, limit: int) -> None:
        message = f"The answer was cut at the limit of {limit} tokens. Write less."
        super().__init__(message, text, [Finding(rule="length", severity=Severity.ERROR, message=message)])

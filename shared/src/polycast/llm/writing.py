"""Writing until the rules are kept: ask, check, feed the violations back, ask again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from inspect import isawaitable
from typing import Generic, TypeVar

from pydantic import BaseModel

from polycast.contracts import Finding, Provenance, Severity
from polycast.llm.errors import (
    BadAnswer,
    CircuitOpen,
    LLMError,
    OffSchema,
    ProviderUnavailable,
    RateLimited,
)
from polycast.llm.gateway import LLM, Completion
from polycast.llm.prompts import Prompt, Turn, tagged
from polycast.llm.usage import Usage

T = TypeVar("T", bound=BaseModel)

Findings = Sequence[Finding]
Check = Callable[[T], Findings | Awaitable[Findings]]


@dataclass(frozen=True)
class Attempt(Generic[T]):
    """An answer that fits its model, and what `check` found in it."""

    completion: Completion[T]
    findings: tuple[Finding, ...]
    written: str
    """The text that the findings' offsets point into, where `write` was told how to compose it."""

    @property
    def text(self) -> str:
        return self.completion.text

    @property
    def usage(self) -> Usage:
        return self.completion.usage

    @property
    def ok(self) -> bool:
        """Whether no error remains; warnings may."""
        return self.faults[0] == 0

    @property
    def faults(self) -> tuple[int, int]:
        """Errors and warnings: the smaller, the better the attempt."""
        severities = [finding.severity for finding in self.findings]
        return severities.count(Severity.ERROR), severities.count(Severity.WARNING)

    @property
    def wrong(self) -> tuple[Finding, ...]:
        """What is fed back: all but mere information."""
        return tuple(finding for finding in self.findings if finding.severity is not Severity.INFO)


@dataclass(frozen=True)
class Written(Generic[T]):
    """The best attempt. Whether what it still breaks is acceptable is the caller's to decide."""

    best: Attempt[T]
    attempts: int
    """Answers asked for."""
    notes: tuple[str, ...]
    """What was wrong with each attempt, in order."""
    usage: Usage
    """Of all attempts."""
    stopped: LLMError | None = None
    """The failure that ended it early, if one did."""

    @property
    def output(self) -> T:
        return self.best.completion.output

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Of the best attempt, as `check` gave them."""
        return self.best.findings

    @property
    def ok(self) -> bool:
        return self.best.ok

    def provenance(self, prompt: Prompt, notes: Sequence[str] = ()) -> Provenance:
        """`notes` come after those of the attempts."""
        return self.best.completion.provenance(prompt, (*self.notes, *notes)).model_copy(
            update={
                "tokens_in": self.usage.tokens_in,
                "tokens_out": self.usage.tokens_out,
                "latency_ms": self.usage.latency_ms,
                "cost_usd": self.usage.cost_usd,
                "attempts": self.attempts,
            }
        )


def feedback(answer: str, findings: Findings, written: str = "") -> list[Turn]:
    """The turns that tell a model what was wrong with its answer.

    `written` is the text that the findings' offsets point into: with it the offending words are quoted.
    """
    demand = (
        "That answer breaks the rules below. Each entry tells the rule, what is wrong and, where it can be "
        f"quoted, the offending text.\n\n{tagged([_told(f, written) for f in findings], 'findings')}\n\n"
        "Mend every one of them, keep what was good, and give the whole JSON object again."
    )
    return [Turn("assistant", answer), Turn("user", demand)]


def _told(finding: Finding, written: str) -> dict[str, str]:
    told = {"rule": finding.rule, "message": finding.message}
    if finding.start is not None and (quote := written[finding.start : finding.end]):
        told["text"] = quote
    return told


async def write(
    llm: LLM,
    prompt: Prompt,
    output: type[T],
    check: Check[T],
    *,
    compose: Callable[[T], str] | None = None,
    attempts: int = 3,
    budget_seconds: float = 120,
) -> Written[T]:
    """Ask until `check` finds no error or warning, at most `attempts` times within `budget_seconds`.

    An answer off the schema, or cut at the token limit, is an attempt too, and fed back. One off the schema
    says nothing of the text: it is made up for by one attempt more. Once there is an answer without errors, a
    further one that is no better ends it: warnings are not worth more.

    `compose` gives the text that the findings' offsets point into, so that it can be quoted back.

    Raises:
        RateLimited, CircuitOpen: before an answer without errors came; worth trying again later.
        LLMError: no attempt gave a usable answer. The last one's error, with the usage of all.
    """
    deadline = asyncio.get_running_loop().time() + budget_seconds
    best: Attempt[T] | None = None
    unusable: BadAnswer | None = None
    stopped: LLMError | None = None
    notes: list[str] = []
    history: list[Turn] = []
    usage = Usage()
    number, allowed = 0, attempts
    while number < allowed:
        number += 1
        try:
            async with asyncio.timeout_at(deadline):
                result = await _attempt(llm, prompt, output, check, compose, history)
        except TimeoutError:
            stopped = ProviderUnavailable(f"The text was not ready within {budget_seconds:g} s.")
            break
        except LLMError as error:
            usage += error.usage
            stopped = error
            break
        usage += result.usage
        notes += [f"attempt {number}: {finding.rule}: {finding.message}" for finding in result.wrong]
        if isinstance(result, BadAnswer):
            unusable, improved, written = result, False, ""
            allowed = max(allowed, attempts + isinstance(result, OffSchema))
        else:
            improved, written = best is None or result.faults < best.faults, result.written
            best = result if improved else best
        if best is not None and best.ok and not (improved and best.wrong):
            break
        history = feedback(result.text, result.wrong, written)
    if best is not None and (best.ok or not isinstance(stopped, (RateLimited, CircuitOpen))):
        return Written(best, number, tuple(notes), usage, stopped)
    failure = stopped or unusable
    assert failure is not None, "at least one attempt is made"
    failure.attempts, failure.usage = number, usage
    raise failure


async def _attempt(
    llm: LLM,
    prompt: Prompt,
    output: type[T],
    check: Check[T],
    compose: Callable[[T], str] | None,
    history: Sequence[Turn],
) -> Attempt[T] | BadAnswer:
    try:
        completion = await llm.complete(prompt, output, history)
    except BadAnswer as error:
        return error
    findings = check(completion.output)
    if isawaitable(findings):
        findings = await findings
    return Attempt(completion, tuple(findings), compose(completion.output) if compose else "")

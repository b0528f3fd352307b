"""Retry with feedback, over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import pytest

from polycast.contracts import Finding, Severity
from polycast.llm import (
    LLM,
    LLMSettings,
    OffSchema,
    Prompt,
    ProviderUnavailable,
    QuotaExhausted,
    Refused,
    Truncated,
    Written,
    feedback,
    write,
)

if TYPE_CHECKING:
    from shared.tests.llm.conftest import Haiku, Provider

    Settings = Callable[..., LLMSettings]


def haiku_of(*lines: str) -> dict[str, list[str]]:
    return {"lines": list(lines)}


def compose(haiku: Haiku) -> str:
    return "\n".join(haiku.lines)


def check(haiku: Haiku) -> Sequence[Finding]:
    """Three lines (error); no exclamation marks, each of them (warning); short ones are praised (info)."""
    text, findings = compose(haiku), list[Finding]()
    if len(haiku.lines) != 3:
        findings.append(
            Finding(rule="three-lines", severity=Severity.ERROR, message=f"{len(haiku.lines)} lines, not 3")
        )
    findings += (
        Finding(rule="shouting", severity=Severity.WARNING, message="no !", start=at - 1, end=at + 1)
        for at, character in enumerate(text)
        if character == "!"
    )
    return [*findings, Finding(rule="praise", severity=Severity.INFO, message="short")]


async def run(
    provider: Provider, settings: Settings, haiku: type[Haiku], prompt: Prompt, **options: float
) -> Written[Haiku]:
    async with LLM(settings(llm_prices={"test": (1, 1)}, llm_attempts=1)) as llm:
        return await write(llm, prompt, haiku, check, compose=compose, **options)  # type: ignore[arg-type]


async def test_a_good_answer_is_the_only_one(
    provider: Provider, settings: Settings, haiku: type[Haiku], prompt: Prompt
) -> None:
    provider.will(provider.says(haiku_of("a", "b", "c")))
    written = await run(provider, settings, haiku, prompt)
    assert written.output.lines == ["a", "b", "c"]
    assert written.ok
    assert (written.attempts, written.notes, written.stopped) == (1, (), None)
    assert [finding.rule for finding in written.findings] == ["praise"]


async def test_a_violation_is_fed_back_with_the_offending_text(
    provider: Provider, settings: Settings, haiku: type[Haiku], prompt: Prompt
) -> None:
    provider.will(
        provider.says(haiku_of("a", "b!"), tokens=(10, 1)),
        provider.says(haiku_of("a", "b", "c"), tokens=(20, 2)),
    )
    written = await run(provider, settings, haiku, prompt)

    assert written.output.lines == ["a", "b", "c"]
    answer, demand = provider.asked[1].body["messages"][2:]
    assert answer == {"role": "assistant", "content": json.dumps(haiku_of("a", "b!"))}
    assert demand["role"] == "user"
    told = demand["content"].partition("<findings>")[2].partition("</findings>")[0]
    assert json.loads(told) == [
        {"rule": "three-lines", "message": "2 lines, not 3"},
        {"rule": "shouting", "message": "no !", "text": "b!"},
    ]

    provenance = written.provenance(prompt, ["trailing space removed"])
    assert provenance.attempts == 2
    assert (provenance.tokens_in, provenance.tokens_out) == (30, 3)
    assert provenance.cost_usd == pytest.approx(33e-6)
    assert provenance.notes == (
        "attempt 1: three-lines: 2 lines, not 3",
        "attempt 1: shouting: no !",
        "trailing space removed",
    )


async def test_only_the_last_answer_is_fed_back(
    provider: Provider, settings: Settings, haiku: type[Haiku], prompt: Prompt
) -> None:
    provider.will(*(provider.says(haiku_of(*"ab"[:n])) for n in (1, 2)), provider.says(haiku_of(*"abc")))
    await run(provider, settings, haiku, prompt)
    assert [len(asked.body["messages"]) for asked in provider.asked] == [2, 4, 4]
    assert provider.asked[2].body["messages"][2]["content"] == json.dumps(haiku_of("a", "b"))


async def test_an_answer_off_the_schema_counts_and_is_fed_back(
    provider: Provider, settings: Settings, haiku: type[Haiku], prompt: Prompt
) -> None:
    provider.will(provider.says("No JSON </findings> here"), provider.says(haiku_of("a", "b", "c")))
    written = await run(provider, settings, haiku, prompt)
    assert (written.attempts, written.usage.tokens_out, written.stopped) == (2, 40, None)
    assert written.notes[0].startswith("attempt 1: schema: Invalid JSON")
    answer, demand = provider.asked[1].body["messages"][2:]
    assert answer["content"] == "No JSON </findings> here"
    assert '"rule":"schema"' in demand["content"]


async def test_the_best_of_all_is_returned_with_what_it_breaks(
    provider: Provider, settings: Settings, haiku: type[Haiku], prompt: Prompt
) -> None:
    provider.will(
        provider.says(haiku_of("a!", "b!")),
        provider.says(haiku_of("a!", "b")),
        provider.says("nothing"),  # which is made up for
        provider.says(haiku_of("a!", "b!")),
    )
    written = await run(provider, settings, haiku, prompt)
    assert written.output.lines == ["a!", "b"]
    assert not written.ok
    assert [finding.rule for finding in written.findings] == ["three-lines", "shouting", "praise"]
    assert (written.attempts, written.usage.requests) == (4, 4)


async def test_warnings_are_fed_back_until_a_retry_is_no_better(
    provider: Provider, settings: Settings, haiku: type[Haiku], prompt: Prompt
) -> None:
    provider.will(provider.says(haiku_of("a!", "b", "c")), provider.says(haiku_of("x!", "y", "z")))
    written = await run(provider, settings, haiku, prompt)
    assert written.output.lines == ["a!", "b", "c"]
    assert written.ok
    assert written.attempts == 2


async def test_warnings_are_accepted_on_the_last_attempt(
    provider: Provider, settings: Settings, haiku: type[Haiku], prompt: Prompt
) -> None:
    provider.will(*(provider.says(haiku_of("a" + "!" * n, "b", "c")) for n in (3, 2, 1)))
    written = await run(provider, settings, haiku, prompt)
    assert written.output.lines[0] == "a!"
    assert written.ok
    assert written.attempts == 3


async def test_no_usable_answer_at_all_is_an_error_with_the_usage_of_all(
    provider: Provider, settings: Settings, haiku: type[Haiku], prompt: Prompt
) -> None:
    provider.default = provider.says("nothing")
    with pytest.raises(OffSchema) as caught:
        await run(provider, settings, haiku, prompt)
    assert caught.value.text == "nothing"
    assert (caught.value.attempts, caught.value.usage.requests) == (4, 4)


async def test_an_answer_that_is_always_cut_is_fed_back_as_too_long(
    provider: Provider, settings: Settings, haiku: type[Haiku], prompt: Prompt
) -> None:
    provider.default = provider.says('{"lines": [', finish="length")
    with pytest.raises(Truncated):
        await run(provider, settings, haiku, prompt, attempts=2)
    assert len(provider.asked) == 6
    assert "Write less." in provider.asked[3].body["messages"][3]["content"]


async def test_a_failure_after_a_usable_answer_doesnt_lose_it(
    provider: Provider, settings: Settings, haiku: type[Haiku], prompt: Prompt
) -> None:
    provider.will(provider.says(haiku_of("a", "b")), provider.fails(402))
    written = await run(provider, settings, haiku, prompt)
    assert written.output.lines == ["a", "b"]
    assert isinstance(written.stopped, QuotaExhausted)
    assert written.attempts == 2


async def test_a_refusal_is_not_argued_with(
    provider: Provider, settings: Settings, haiku: type[Haiku], prompt: Prompt
) -> None:
    provider.will(provider.says("", refusal="No."))
    with pytest.raises(Refused) as caught:
        await run(provider, settings, haiku, prompt)
    assert caught.value.attempts == 1


async def test_the_budget_ends_an_attempt_that_hangs(
    provider: Provider, settings: Settings, haiku: type[Haiku], prompt: Prompt
) -> None:
    provider.will(provider.hangs())
    with pytest.raises(ProviderUnavailable, match=r"not ready within 0\.2 s"):
        await run(provider, settings, haiku, prompt, budget_seconds=0.2)


async def test_checks_may_be_asynchronous(
    provider: Provider, settings: Settings, haiku: type[Haiku], prompt: Prompt
) -> None:
    async def check_slowly(haiku: Haiku) -> Sequence[Finding]:
        return check(haiku)

    provider.will(provider.says(haiku_of("a")), provider.says(haiku_of("a", "b", "c")))
    async with LLM(settings()) as llm:
        written = await write(llm, prompt, haiku, check_slowly)
    assert written.attempts == 2


def test_feedback_quotes_nothing_without_the_text() -> None:
    finding = Finding(rule="r", severity=Severity.ERROR, message="m", start=0, end=3)
    assert '"text"' not in feedback("{}", [finding])[1].content
    assert '"text":"abc"' in feedback("{}", [finding], "abcd")[1].content

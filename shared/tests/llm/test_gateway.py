"""What is asked of a provider, and what its answers become."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from polycast.llm import (
    LLM,
    ContentFiltered,
    LLMError,
    LLMSettings,
    OffSchema,
    Prompt,
    Refused,
    RequestRejected,
    Truncated,
    Turn,
    strict_schema,
)

if TYPE_CHECKING:
    from shared.tests.llm.conftest import Answer, Haiku, Provider

    Settings = Callable[..., LLMSettings]

GOOD = {"lines": ["a", "b", "c"], "season": "autumn"}


async def test_an_answer_comes_validated_and_with_its_provenance(
    provider: Provider, settings: Settings, haiku: type[Haiku], prompt: Prompt
) -> None:
    provider.will(provider.says(GOOD, tokens=(1_000_000, 500_000)))
    async with LLM(settings(llm_prices={"test": (9, 9), "test-model": (0.5, 2)})) as llm:
        completion = await llm.complete(prompt, haiku)

    assert completion.output == haiku(lines=["a", "b", "c"], season="autumn")
    provenance = completion.provenance(prompt, ["a note"])
    assert provenance.model == "test-model-2026-01-01"
    assert (provenance.prompt_id, provenance.prompt_version, provenance.temperature) == ("haiku", 3, 0.7)
    assert (provenance.tokens_in, provenance.tokens_out, provenance.cost_usd) == (1_000_000, 500_000, 1.5)
    assert provenance.latency_ms > 0
    assert provenance.notes == ("a note",)

    body = provider.asked[0].body
    assert provider.asked[0].key == "key-a"
    assert body["model"] == "test-model"
    assert (body["temperature"], body["max_tokens"]) == (0.7, 100)
    assert body["messages"] == [
        {"role": "system", "content": "You write haiku."},
        {"role": "user", "content": "Autumn, please."},
    ]
    assert body["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "haiku", "schema": strict_schema(haiku), "strict": True},
    }


async def test_the_cost_of_a_model_without_a_price_is_unknown(
    provider: Provider, settings: Settings, haiku: type[Haiku], prompt: Prompt
) -> None:
    provider.will(provider.says(GOOD))
    async with LLM(settings()) as llm:
        assert (await llm.complete(prompt, haiku)).usage.cost_usd is None


async def test_history_follows_the_prompt(
    provider: Provider, settings: Settings, haiku: type[Haiku], prompt: Prompt
) -> None:
    provider.will(provider.says(GOOD))
    async with LLM(settings()) as llm:
        await llm.complete(prompt, haiku, [Turn("assistant", "{}"), Turn("user", "again")])
    assert [(m["role"], m["content"]) for m in provider.asked[0].body["messages"][2:]] == [
        ("assistant", "{}"),
        ("user", "again"),
    ]


async def test_settings_override_a_prompts_token_limit_and_set_the_effort(
    provider: Provider, settings: Settings, haiku: type[Haiku], prompt: Prompt
) -> None:
    provider.will(provider.says(GOOD))
    async with LLM(settings(llm_max_tokens={"haiku": 77}, llm_reasoning_effort="low")) as llm:
        await llm.complete(prompt, haiku)
    assert provider.asked[0].body["max_tokens"] == 77
    assert provider.asked[0].body["reasoning_effort"] == "low"


@pytest.mark.parametrize(
    "text",
    [
        '```json\n{"lines": ["a"]}\n```',
        'Here you are {as asked}:\n{"lines": ["a"]}\nEnjoy! {not this}',
        '{"note": "first"} {"lines": ["a"]}',
        '\ufeff{"lines": ["a"]}',
        '<think>Maybe {"lines": ["draft"]}?</think>\n{"lines": ["a"]}',
    ],
)
async def test_fenced_and_chatty_json_is_read(
    text: str, provider: Provider, settings: Settings, haiku: type[Haiku], prompt: Prompt
) -> None:
    provider.will(provider.says(text))
    async with LLM(settings()) as llm:
        completion = await llm.complete(prompt, haiku)
    assert completion.output.lines == ["a"]
    assert completion.text == text


async def test_an_answer_off_the_schema_says_where_and_has_the_schema_spelled_out_from_then_on(
    provider: Provider, settings: Settings, haiku: type[Haiku], prompt: Prompt
) -> None:
    provider.will(provider.says({"lines": "a"}), provider.says(GOOD))
    async with LLM(settings()) as llm:
        with pytest.raises(OffSchema) as caught:
            await llm.complete(prompt, haiku)
        await llm.complete(prompt, haiku)

    assert caught.value.text == '{"lines": "a"}'
    assert caught.value.problems == ("lines: Input should be a valid list",)
    assert caught.value.usage.tokens_out == 20
    first, second = (asked.body["messages"][0]["content"] for asked in provider.asked)
    assert "JSON Schema" not in first
    assert '"additionalProperties": false' in second
    assert provider.asked[1].body["response_format"]["type"] == "json_schema"


async def test_a_server_that_says_no_more_than_it_must_is_understood(
    provider: Provider, settings: Settings, haiku: type[Haiku], prompt: Prompt
) -> None:
    provider.will(provider.replies(200, {"choices": [{"message": {"content": '{"lines": ["a"]}'}}]}))
    async with LLM(settings(llm_prices={"": (1, 1)})) as llm:
        completion = await llm.complete(prompt, haiku)
    assert completion.model == "test-model"
    assert (completion.usage.tokens_out, completion.usage.cost_usd) == (0, None)


async def test_an_empty_answer_is_off_the_schema(
    provider: Provider, settings: Settings, haiku: type[Haiku], prompt: Prompt
) -> None:
    provider.will(provider.says(""))
    async with LLM(settings()) as llm:
        with pytest.raises(OffSchema, match="Invalid JSON"):
            await llm.complete(prompt, haiku)


async def test_a_cut_answer_is_asked_for_again_with_twice_the_limit(
    provider: Provider, settings: Settings, haiku: type[Haiku], prompt: Prompt
) -> None:
    provider.will(
        provider.says('{"lines": ["a', finish="length"),
        provider.says('{"lines": ["a", "b', finish="length"),
        provider.says(GOOD),
    )
    async with LLM(settings()) as llm:
        completion = await llm.complete(prompt, haiku)
    assert [asked.body["max_tokens"] for asked in provider.asked] == [100, 200, 400]
    assert (completion.usage.requests, completion.usage.tokens_out) == (3, 60)


@pytest.mark.parametrize(("ceiling", "limits"), [(16_000, [100, 200, 400]), (150, [100, 150])])
async def test_a_cut_answer_is_given_up_at_the_highest_limit(
    ceiling: int,
    limits: list[int],
    provider: Provider,
    settings: Settings,
    haiku: type[Haiku],
    prompt: Prompt,
) -> None:
    provider.default = provider.says('{"lines": ["a', finish="length")
    async with LLM(settings(llm_max_tokens_ceiling=ceiling)) as llm:
        with pytest.raises(Truncated) as caught:
            await llm.complete(prompt, haiku)
    assert [asked.body["max_tokens"] for asked in provider.asked] == limits
    assert caught.value.text == '{"lines": ["a'
    assert str(limits[-1]) in caught.value.message


async def test_room_is_left_for_the_thinking_that_was_seen(
    provider: Provider, settings: Settings, haiku: type[Haiku], prompt: Prompt
) -> None:
    provider.will(provider.says("", finish="length", thinking=90), provider.says(GOOD), provider.says(GOOD))
    async with LLM(settings()) as llm:
        await llm.complete(prompt, haiku)
        await llm.complete(prompt, haiku)
    assert [asked.body["max_tokens"] for asked in provider.asked] == [100, 290, 190]


async def test_content_filters_and_refusals_are_outcomes_of_their_own(
    provider: Provider, settings: Settings, haiku: type[Haiku], prompt: Prompt
) -> None:
    async with LLM(settings()) as llm:
        provider.will(provider.says("", finish="content_filter"))
        with pytest.raises(ContentFiltered):
            await llm.complete(prompt, haiku)
        provider.will(provider.fails(400, "filtered", code="content_filter"))
        with pytest.raises(ContentFiltered):
            await llm.complete(prompt, haiku)
        provider.will(provider.says("", refusal="I'd rather not."))
        with pytest.raises(Refused, match=r"I'd rather not\."):
            await llm.complete(prompt, haiku)
    assert len(provider.asked) == 3


def _refuses(provider: Provider, *names: str, named: bool = True) -> Callable[[dict[str, Any]], Any]:
    """Like OpenAI's reasoning models: one parameter is complained of at a time."""

    def refuses(body: dict[str, Any]) -> Any:
        for name in names:
            if name in body:
                message = f"Unsupported parameter: '{name}' is not supported with this model."
                return provider.fails(400, message, param=name if named else None)
        return None

    return refuses


@pytest.mark.parametrize("named", [True, False])
async def test_refused_parameters_are_renamed_or_dropped_and_that_is_remembered(
    named: bool, provider: Provider, settings: Settings, haiku: type[Haiku], prompt: Prompt
) -> None:
    provider.refuses = _refuses(provider, "max_tokens", "temperature", "reasoning_effort", named=named)
    provider.default = provider.says(GOOD)
    async with LLM(settings(llm_reasoning_effort="low")) as llm:
        completion = await llm.complete(prompt, haiku)
        await llm.complete(prompt, haiku)

    assert completion.temperature is None
    assert len(provider.asked) == 5
    for asked in provider.asked[-2:]:
        assert asked.body["max_completion_tokens"] == 100
        assert not {"max_tokens", "temperature", "reasoning_effort"} & asked.body.keys()


async def test_a_server_that_knows_no_token_limit_is_asked_without(
    provider: Provider, settings: Settings, haiku: type[Haiku], prompt: Prompt
) -> None:
    provider.refuses = _refuses(provider, "max_tokens", "max_completion_tokens")
    provider.will(provider.says(GOOD))
    async with LLM(settings()) as llm:
        await llm.complete(prompt, haiku)
    assert not {"max_tokens", "max_completion_tokens"} & provider.asked[-1].body.keys()


@pytest.mark.parametrize(
    ("accepted", "formats"),
    [
        ({"json_object"}, ["json_schema", "json_object", "json_object"]),
        (set[str](), ["json_schema", "json_object", None, None]),
    ],
)
async def test_a_response_format_that_isnt_offered_falls_back_with_the_schema_in_the_prompt(
    accepted: set[str],
    formats: list[str | None],
    provider: Provider,
    settings: Settings,
    haiku: type[Haiku],
    prompt: Prompt,
) -> None:
    def refuses(body: dict[str, Any]) -> Any:
        kind = body.get("response_format", {}).get("type")
        if kind in accepted or kind is None:
            return None
        return provider.fails(400, f"This response_format type '{kind}' is unavailable now")

    provider.refuses = refuses
    provider.default = provider.says(GOOD)
    async with LLM(settings()) as llm:
        await llm.complete(prompt, haiku)
        await llm.complete(prompt, haiku)
    assert [asked.body.get("response_format", {}).get("type") for asked in provider.asked] == formats
    assert "JSON Schema" in provider.asked[-1].body["messages"][0]["content"]


async def test_a_request_that_no_dialect_saves_is_rejected_and_nothing_is_learnt_from_it(
    provider: Provider, settings: Settings, haiku: type[Haiku], prompt: Prompt
) -> None:
    too_long = provider.fails(400, "max_tokens is too large for this model's context length")
    provider.will(too_long, provider.fails(400, "the context length is exceeded"), provider.says(GOOD))
    async with LLM(settings()) as llm:
        with pytest.raises(RequestRejected, match="context length"):
            await llm.complete(prompt, haiku)
        await llm.complete(replace(prompt, user="short"), haiku)
    assert provider.asked[-1].body["max_tokens"] == 100


async def test_an_unknown_model_is_said_to_be_so_at_once(
    provider: Provider, settings: Settings, haiku: type[Haiku], prompt: Prompt
) -> None:
    provider.will(provider.fails(404, "The model 'test-model' does not exist"))
    async with LLM(settings()) as llm:
        with pytest.raises(LLMError) as caught:
            await llm.complete(prompt, haiku)
    assert caught.value.code == "request_rejected"
    assert not caught.value.retryable
    assert "'test-model' does not exist" in caught.value.message
    assert caught.value.usage.requests == 1


async def test_embeddings_come_in_the_order_of_the_texts(provider: Provider, settings: Settings) -> None:
    vectors = [{"object": "embedding", "index": i, "embedding": [float(i), 0.5]} for i in (1, 0)]
    usage = {"prompt_tokens": 2, "total_tokens": 2}
    provider.will(provider.replies(200, {"object": "list", "model": "e", "data": vectors, "usage": usage}))
    async with LLM(settings()) as llm:
        assert await llm.embed(["x", "y"]) == [[0.0, 0.5], [1.0, 0.5]]
        assert await llm.embed([]) == []
    assert provider.asked[0].path == "/v1/embeddings"
    assert provider.asked[0].body["input"] == ["x", "y"]
    assert len(provider.asked) == 1


async def test_many_texts_are_embedded_in_requests_that_no_provider_finds_too_large(
    provider: Provider, settings: Settings
) -> None:
    def vectors(count: int) -> Answer:
        data = [{"object": "embedding", "index": i, "embedding": [float(i)]} for i in range(count)]
        return provider.replies(200, {"object": "list", "model": "e", "data": data})

    provider.will(vectors(100), vectors(1))
    async with LLM(settings()) as llm:
        found = await llm.embed([str(i) for i in range(101)])
    assert found is not None and len(found) == 101
    assert [len(asked.body["input"]) for asked in provider.asked] == [100, 1]


async def test_moderation_names_the_flagged_categories(provider: Provider, settings: Settings) -> None:
    result = {
        "flagged": True,
        "categories": {"harassment": False, "harassment/threatening": True},
        "category_scores": {"harassment": 0.1, "harassment/threatening": 0.9},
        "category_applied_input_types": {},
    }
    provider.will(provider.replies(200, {"id": "m", "model": "m", "results": [result]}))
    async with LLM(settings()) as llm:
        moderation = await llm.moderate("text")
    assert moderation is not None
    assert moderation.flagged
    assert moderation.categories == ("harassment/threatening",)
    assert moderation.scores["harassment/threatening"] == 0.9


@pytest.mark.parametrize("status", [400, 404, 501])
async def test_what_the_endpoint_doesnt_have_is_none_and_asked_for_once(
    status: int, provider: Provider, settings: Settings
) -> None:
    provider.will(provider.fails(status), provider.fails(status))
    async with LLM(settings()) as llm:
        for _ in range(2):
            assert await llm.embed(["x"]) is None
            assert await llm.moderate("x") is None
    assert [asked.path for asked in provider.asked] == ["/v1/embeddings", "/v1/moderations"]

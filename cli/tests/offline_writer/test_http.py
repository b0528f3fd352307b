"""The server as the real openai client sees it."""

from __future__ import annotations

import asyncio
import json
import math
import os
import signal
import socket
import subprocess
import sys
from typing import Any

import httpx2
import openai
import pytest
from pydantic import ValidationError

from polycast_cli.offline_writer import FAULTS, FaultPlan, WriterOptions

SPOILT = (
    "truncated", "invalid_json", "fenced", "off_schema", "overlong", "refusal", "content_filter", "empty",
)  # fmt: skip
IDEA = {"title": "Backups in plain words", "description": "", "topic_category": "Backups"}


async def test_a_completion_has_all_that_the_client_expects(
    address: str, client_of: Any, request_for: Any
) -> None:
    async with client_of(address) as client:
        answer = await client.chat.completions.create(**request_for("linkedin", idea=IDEA))
    assert answer.id.startswith("chatcmpl-")
    assert answer.model == "polycast-offline-writer"
    assert answer.choices[0].finish_reason == "stop"
    assert len(json.loads(answer.choices[0].message.content)["content_text"]) > 900
    assert answer.usage.prompt_tokens > 20
    assert 200 < answer.usage.completion_tokens < 500
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


@pytest.mark.parametrize(
    ("operation", "limit"), [("linkedin", 500), ("twitter", 300), ("instagram", 400), ("ideas", 1000)]
)
async def test_answers_fit_the_token_limits_of_the_platforms(
    address: str, client_of: Any, request_for: Any, operation: str, limit: int
) -> None:
    async with client_of(address) as client:
        for day in range(1, 9):
            body = request_for(operation, idea=IDEA, brief={"date": f"2026-04-0{day}"}, generation=day)
            answer = await client.chat.completions.create(**body, max_tokens=limit)
            assert answer.choices[0].finish_reason == "stop"


async def test_an_answer_beyond_the_token_limit_is_cut(
    address: str, client_of: Any, request_for: Any
) -> None:
    async with client_of(address) as client:
        body = request_for("linkedin", idea=IDEA)
        answer = await client.chat.completions.create(**body, max_completion_tokens=50)
    assert answer.choices[0].finish_reason == "length"
    assert answer.usage.completion_tokens <= 50


@pytest.mark.parametrize(
    ("prompt", "fields"),
    [
        ('<brief>{"count": 2}</brief>', {"ideas"}),
        ('Write a LinkedIn post: <idea>{"title": "T"}</idea>', {"content_text", "tone", "key_points"}),
        ('Write tweets: <idea>{"title": "T"}</idea>', {"format", "tweets"}),
        ('An Instagram reel: <idea>{"title": "T"}</idea>', {"sections", "scene_suggestions"}),
    ],
)
async def test_without_a_response_format_the_tags_tell(
    address: str, client_of: Any, prompt: str, fields: set[str]
) -> None:
    async with client_of(address) as client:
        answer = await client.chat.completions.create(
            model="m", messages=[{"role": "user", "content": prompt}]
        )
    assert set(json.loads(answer.choices[0].message.content)) == fields


async def test_plain_chat_gets_plain_text(address: str, client_of: Any) -> None:
    async with client_of(address) as client:
        answer = await client.chat.completions.create(
            model="m", messages=[{"role": "user", "content": [{"type": "text", "text": "Hello there"}]}]
        )
    assert answer.choices[0].message.content.startswith("Hello there")


async def test_sending_an_answer_back_with_findings_gives_another(
    address: str, client_of: Any, request_for: Any
) -> None:
    body = request_for("linkedin", idea=IDEA)
    async with client_of(address) as client:
        first = (await client.chat.completions.create(**body)).choices[0].message.content
        body["messages"] += [
            {"role": "assistant", "content": first},
            {"role": "user", "content": '<findings>[{"rule": "words"}]</findings>'},
        ]
        second = (await client.chat.completions.create(**body)).choices[0].message.content
    assert first != second


async def test_embeddings_come_as_the_client_asks_and_put_paraphrases_near(
    address: str, client_of: Any
) -> None:
    pairs = [
        ("Why remote teams need written decisions", "Distributed groups should document what they decide"),
        ("Old software nobody dares to change", "The legacy program everyone is afraid to modernise"),
        ("Backups you never restored", "Nobody has tried the recovery of our data copies"),
        ("Too many meetings fill the calendar", "Our schedule is packed with calls and standups"),
        ("Paying down technical debt", "Cleaning up code shortcuts through refactoring"),
        ("Fake emails that steal passwords", "Phishing messages are after your login credentials"),
    ]
    texts = [text for pair in pairs for text in pair]
    async with client_of(address) as client:
        base64 = await client.embeddings.create(model="e", input=texts)
        floats = await client.embeddings.create(model="e", input=texts, encoding_format="float")
        short = await client.embeddings.create(model="e", input="one text", dimensions=64)
    vectors = [item.embedding for item in floats.data]
    assert len(short.data[0].embedding) == 64
    assert all(len(v) == 256 and math.isclose(math.hypot(*v), 1, abs_tol=1e-6) for v in vectors)
    for one, other in zip(base64.data, vectors, strict=True):
        assert one.embedding == pytest.approx(other, abs=1e-6)
    for i, left in enumerate(vectors):
        partner = i + 1 if i % 2 == 0 else i - 1
        scores = [sum(a * b for a, b in zip(left, right, strict=True)) for right in vectors]
        scores[i] = -1
        assert max(range(len(scores)), key=scores.__getitem__) == partner, texts[i]


async def test_moderation_flags_by_category(address: str, client_of: Any) -> None:
    async with client_of(address) as client:
        answer = await client.moderations.create(input=["You complete idiot.", "A calm sentence."])
    assert [result.flagged for result in answer.results] == [True, False]
    assert answer.results[0].categories.harassment
    assert not answer.results[0].categories.violence
    assert answer.results[0].category_scores.harassment > 0.5


async def test_models_are_listed_and_paths_answer_with_and_without_prefix(
    address: str, client_of: Any
) -> None:
    async with client_of(address) as client:
        assert "polycast-offline-writer" in [model.id async for model in client.models.list()]
    async with httpx2.AsyncClient(base_url=address) as http:
        for path in ("/models", "/stats", "/healthz", "/faults"):
            assert (await http.get(path)).status_code == (await http.get(f"/v1{path}")).status_code == 200


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"messages": []}', '{"messages": "x"}', "{" * 5000])
async def test_a_bad_request_is_a_400(address: str, body: str) -> None:
    async with httpx2.AsyncClient(base_url=address) as http:
        for path in ("/v1/chat/completions", "/v1/embeddings", "/v1/moderations"):
            answer = await http.post(path, content=body)
            assert answer.status_code == 400
            assert answer.json()["error"]["message"]


async def test_stats_count_completions_and_tell_outcomes_apart(
    serve: Any, client_of: Any, request_for: Any
) -> None:
    plan = FaultPlan(faults={"linkedin:429": 1, "twitter:invalid_json": 1})
    with serve(WriterOptions(plan=plan)) as address:
        async with client_of(address) as client:
            calls = [("ideas", 3), ("linkedin", 2), ("twitter", 4)]
            bodies = [request_for(name, idea=IDEA, generation=n) for name, many in calls for n in range(many)]
            await asyncio.gather(
                *(client.chat.completions.create(**body) for body in bodies), return_exceptions=True
            )
        async with httpx2.AsyncClient(base_url=address) as http:
            stats = (await http.get("/stats")).json()
            assert (await http.post("/stats/reset")).json()["chat_calls"] == 0
    assert stats["chat_completions"] == 7
    assert stats["chat_calls"] == 9
    assert stats["by_operation"] == {
        "ideas": {"ok": 3},
        "linkedin": {"429": 2},
        "twitter": {"invalid_json": 4},
    }


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("429", openai.RateLimitError),
        ("quota", openai.RateLimitError),
        ("500", openai.InternalServerError),
        ("503", openai.InternalServerError),
        ("auth", openai.AuthenticationError),
        ("400", openai.BadRequestError),
    ],
)
async def test_error_faults(
    serve: Any, client_of: Any, request_for: Any, fault: str, error: type[openai.APIStatusError]
) -> None:
    with serve(WriterOptions(plan=FaultPlan(faults={fault: 1}))) as address:
        async with client_of(address) as client:
            with pytest.raises(error) as raised:
                await client.chat.completions.create(**request_for("linkedin", idea=IDEA))
    if fault == "429":
        assert int(raised.value.response.headers["Retry-After"]) >= 1
    if fault == "quota":
        assert raised.value.code == "insufficient_quota"


async def test_answer_faults_spoil_what_they_say(serve: Any, client_of: Any, request_for: Any) -> None:
    answers = {}
    with serve(WriterOptions()) as address:
        async with client_of(address) as client, httpx2.AsyncClient(base_url=address) as http:
            for fault in SPOILT:
                changed = await http.put("/faults", json={"faults": {fault: 1}})
                assert changed.json() == {"latency": 0, "faults": {fault: 1}}
                answer = await client.chat.completions.create(**request_for("linkedin", idea=IDEA))
                answers[fault] = answer.choices[0]
    for fault in ("truncated", "invalid_json", "fenced"):
        with pytest.raises(ValueError, match=r"\w"):
            json.loads(answers[fault].message.content)
    assert answers["truncated"].finish_reason == "length"
    assert "```json" in answers["fenced"].message.content
    assert "content_text" not in json.loads(answers["off_schema"].message.content)
    assert len(json.loads(answers["overlong"].message.content)["content_text"]) > 3000
    assert answers["refusal"].message.refusal
    assert answers["refusal"].message.content is None
    assert answers["content_filter"].finish_reason == "content_filter"
    assert not answers["empty"].message.content


async def test_a_hanging_call_never_answers_and_others_go_on(
    serve: Any, client_of: Any, request_for: Any
) -> None:
    with serve(WriterOptions(plan=FaultPlan(faults={"linkedin:hang": 1}))) as address:
        async with client_of(address, timeout=0.3) as client:
            with pytest.raises(openai.APITimeoutError):
                await client.chat.completions.create(**request_for("linkedin", idea=IDEA))
            assert await client.chat.completions.create(**request_for("ideas", brief={}), timeout=10)
        async with httpx2.AsyncClient(base_url=address) as http:
            async with asyncio.timeout(10):
                while "linkedin" not in (stats := (await http.get("/stats")).json())["by_operation"]:
                    await asyncio.sleep(0.01)
    assert stats["by_operation"]["linkedin"] == {"hang": 1}
    assert stats["chat_completions"] == 1


async def test_faults_strike_the_same_calls_for_the_same_seed_and_a_retry_may_pass(
    serve: Any, client_of: Any, request_for: Any
) -> None:
    async def struck(seed: int) -> list[bool]:
        with serve(WriterOptions(seed=seed, plan=FaultPlan(faults={"500": 0.5}))) as address:
            async with client_of(address) as client:
                outcomes = []
                for _ in range(12):
                    try:
                        await client.chat.completions.create(**request_for("twitter", idea=IDEA))
                        outcomes.append(False)
                    except openai.InternalServerError:
                        outcomes.append(True)
        return outcomes

    first = await struck(1)
    assert await struck(1) == first
    assert await struck(2) != first
    assert 2 <= sum(first) <= 10


async def test_calls_beyond_the_rate_limit_are_told_when_to_come_back(
    serve: Any, client_of: Any, request_for: Any
) -> None:
    with serve(WriterOptions(rate_limit=2)) as address:
        async with client_of(address) as client:
            for _ in range(2):
                await client.chat.completions.create(**request_for("twitter", idea=IDEA))
            with pytest.raises(openai.RateLimitError) as raised:
                await client.chat.completions.create(**request_for("twitter", idea=IDEA))
    assert 1 <= int(raised.value.response.headers["Retry-After"]) <= 60


def test_unknown_faults_and_impossible_chances_are_refused() -> None:
    with pytest.raises(ValidationError, match=r"unknown fault 'sneeze'; known are .*truncated"):
        FaultPlan(faults={"sneeze": 0.1})
    with pytest.raises(ValidationError, match="more than 1"):
        FaultPlan(faults={"429": 0.7, "linkedin:500": 0.7})
    with pytest.raises(ValidationError):
        FaultPlan(faults={"429": 1.5})
    with pytest.raises(ValueError, match="NAME=CHANCE"):
        WriterOptions.from_arguments(port=0, faults=["429"])
    assert set(
        WriterOptions.from_arguments(port=0, faults=[f"{name}=0.01" for name in FAULTS]).plan.faults
    ) == set(FAULTS)


async def test_unknown_faults_at_run_time_are_a_422_and_change_nothing(address: str) -> None:
    async with httpx2.AsyncClient(base_url=address) as http:
        answer = await http.put("/faults", json={"faults": {"sneeze": 1}})
        assert answer.status_code == 422
        assert "known are" in answer.json()["error"]["message"]
        assert (await http.get("/faults")).json()["faults"] == {}


def test_the_command_serves_on_loopback_and_stops_soon_after_sigterm() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "polycast_cli.offline_writer", "--port", str(port), "--fault", "hang=1"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert process.stdout is not None
        assert f"http://127.0.0.1:{port}" in process.stdout.readline()
        assert httpx2.get(f"http://127.0.0.1:{port}/healthz").json()["status"] == "ok"
        with pytest.raises(httpx2.TimeoutException):
            httpx2.post(
                f"http://127.0.0.1:{port}/v1/chat/completions",
                json={"messages": [{"role": "user", "content": "hi"}]},
                timeout=0.3,
            )
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(timeout=15) in (0, -signal.SIGTERM)
    finally:
        process.kill()
        process.communicate()

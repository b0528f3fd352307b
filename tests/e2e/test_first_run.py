"""What a newcomer gets from `./polycast up`."""

from __future__ import annotations

import json
import stat

import pytest

from .stack import Stack, eventually

pytestmark = pytest.mark.local


def test_up_leaves_fifteen_drafts_of_a_demo_account(stack: Stack):
    rows = stack.sql("SELECT platform, count(*), count(DISTINCT idea_id) FROM api.drafts GROUP BY platform")
    demo = stack.sql("SELECT id FROM api.users WHERE email LIKE 'demo@%%'")
    assert len(demo) == 1
    drafts = stack.sql("SELECT platform, count(*) FROM api.drafts WHERE user_id = %s GROUP BY 1", demo[0][0])
    assert dict(drafts) == {"linkedin": 5, "twitter": 5, "instagram": 5}
    assert rows


def test_status_tells_every_process_and_address(stack: Stack):
    status = stack.status()
    assert set(status) == {"api_url", "nats_url", "database_url", "llm_url", "processes"}
    processes = {process["name"]: process for process in status["processes"]}
    assert set(processes) == {
        "api", "projector", "scheduler", "ideas", "aggregator", "transform-linkedin", "transform-linkedin-2",
        "transform-linkedin-3", "transform-twitter", "transform-instagram", "nats", "postgres",
        "offline-writer",
    }  # fmt: skip
    assert all(set(p) >= {"name", "pid", "health", "restarts"} for p in processes.values())
    eventually(lambda: {p["health"] for p in stack.status()["processes"]} == {"healthy"}, "all are healthy")


def test_secrets_are_for_their_owner_alone(stack: Stack):
    secrets = [p for p in stack.data.rglob("*") if p.is_file() and stack_secret(p.read_bytes(), stack)]
    assert secrets
    assert [oct(stat.S_IMODE(p.stat().st_mode)) for p in secrets] == ["0o600"] * len(secrets)


def stack_secret(content: bytes, stack: Stack) -> bool:
    password = stack.addresses["database_url"].split(":")[2].split("@")[0]
    return password.encode() in content


def test_a_second_up_on_the_same_data_says_so_and_harms_nothing(stack: Stack):
    again = stack.command("up", "--detach", "--port", str(stack.port))
    assert again.returncode != 0
    assert len(again.stderr.strip().splitlines()) == 1
    assert stack.process("api")["health"] == "healthy"


def test_run_prints_ideas_and_drafts_as_json_and_nothing_else(stack: Stack):
    done = stack.command("run", "--ideas", "3", "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert set(result) == {"workflow", "ideas", "content"}
    assert result["workflow"]["status"] == "completed"
    assert len(result["ideas"]) == 3
    per_idea = {(draft["core_idea"]["id"], draft["platform"]) for draft in result["content"]}
    assert len(result["content"]) == len(per_idea) == 9

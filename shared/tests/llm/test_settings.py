"""Settings of the gateway as the environment gives them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from polycast.llm import Limits, LLMSettings, Price
from polycast.settings import ServiceSettings


class Settings(ServiceSettings, LLMSettings):
    """As a service has it."""


def test_they_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = {
        "NATS_URL": "nats://bus:4222",
        "OPENAI_API_KEY": " one, two,,one ",
        "OPENAI_BASE_URL": "http://127.0.0.1:1/v1",
        "OPENAI_MODEL": "m-mini",
        "POLYCAST_LLM_ATTEMPTS": "5",
        "POLYCAST_LLM_REQUESTS_PER_MINUTE": "500",
        "POLYCAST_LLM_PRICES": '{"m": [1, 2], "m-mini": [0.5, 0.75]}',
        "POLYCAST_LLM_MAX_TOKENS": '{"linkedin": 900}',
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert settings.nats_url == "nats://bus:4222"
    assert settings.openai_api_keys == ("one", "two")
    assert (settings.openai_base_url, settings.openai_model) == ("http://127.0.0.1:1/v1", "m-mini")
    assert settings.llm_attempts == 5
    assert settings.llm_limits == Limits(requests=500)
    assert settings.llm_max_tokens == {"linkedin": 900}
    assert settings.price("m-mini-2026-01-01") == Price(0.5, 0.75)
    assert settings.price("m-large") == Price(1, 2)
    assert settings.price("other") is None


def test_what_is_given_in_code_comes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")
    assert Settings(openai_base_url="http://127.0.0.1:2/v1").openai_base_url == "http://127.0.0.1:2/v1"


def test_an_empty_variable_is_none_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "POLYCAST_LLM_REQUESTS_PER_MINUTE"):
        monkeypatch.setenv(name, "")
    settings = Settings()
    assert settings.openai_api_keys == ()
    assert settings.openai_base_url.startswith("https://")
    assert settings.llm_limits is None


def test_keys_dont_show() -> None:
    assert "secret" not in repr(Settings(openai_api_key="secret"))


def test_the_package_is_imported_without_what_is_slow_to_import() -> None:
    code = "import sys, polycast.llm; sys.exit(bool({'openai', 'aiohttp', 'nats'} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

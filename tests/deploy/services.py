"""What the services' own files say: which processes there are, with which schema and settings."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from pydantic import AliasChoices
from pydantic_settings import BaseSettings

from polycast.llm import LLMSettings
from polycast.platforms.app import PlatformSettings
from polycast.settings import DatabaseSettings, ServiceSettings

from .manifests import ROOT

#: Variables of the OpenTelemetry specification, which its SDK reads by itself.
OPENTELEMETRY = {"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG"}


@dataclass(frozen=True)
class Process:
    name: str
    folder: str
    """Under services/."""
    has_schema: bool


def processes() -> list[Process]:
    found: list[Process] = []
    for path in sorted((ROOT / "services").glob("*/pyproject.toml")):
        points = tomllib.loads(path.read_text())["project"]["entry-points"]
        has_schema = "polycast.schemas" in points
        found += [Process(name, path.parent.name, has_schema) for name in points["polycast.services"]]
    return found


def platforms() -> list[str]:
    return [p.name.removeprefix("transform-") for p in processes() if p.name.startswith("transform-")]


def _classes() -> list[type[BaseSettings]]:
    own = []
    for process in processes():
        package = process.folder.replace("-", "_")
        if (ROOT / "services" / process.folder / "src" / package / "settings.py").exists():
            module: Any = import_module(f"{package}.settings")
            own += [kind for kind in vars(module).values() if _is_settings(kind)]
    return [ServiceSettings, DatabaseSettings, LLMSettings, PlatformSettings, *own]


def _is_settings(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseSettings) and kind is not BaseSettings


def environment_variables() -> set[str]:
    """Every environment variable that some service's settings read."""
    return {name for kind in _classes() for name in _variables(kind)}


def _variables(kind: type[BaseSettings]) -> set[str]:
    prefix = kind.model_config.get("env_prefix", "")
    names: set[str] = set()
    for field_name, field in kind.model_fields.items():
        alias = field.validation_alias
        if isinstance(alias, AliasChoices):
            names |= {choice for choice in alias.choices if isinstance(choice, str)}
        else:
            names.add(alias if isinstance(alias, str) else (prefix + field_name).upper())
    return names

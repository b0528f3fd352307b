"""A platform service is its specification, run."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from polycast.llm import LLMSettings
from polycast.platforms.engine import Transformer
from polycast.platforms.moderator import ModerationSettings, Moderator
from polycast.platforms.specification import Platform
from polycast.service import Service
from polycast.settings import ServiceSettings


class PlatformSettings(ServiceSettings, LLMSettings, ModerationSettings):
    workers: Annotated[int, Field(ge=1)] = 16
    """Drafts written at once by one replica."""


def run_platform(platform: Platform) -> None:
    settings = PlatformSettings()
    service = Service(f"transform-{platform.slug}", settings)
    llm = service.llm(settings)
    transformer = Transformer(platform, service.bus, llm, Moderator(llm, settings))
    service.on_start(transformer.announce)
    service.respond(f"platform.check.{platform.slug}", transformer.answer_check)
    service.consume(
        transformer.handlers,
        workers=settings.workers,
        only=transformer.subjects,
        on_dead_letter=transformer.report_dead_letter,
    )
    service.run()

"""A platform service is its specification, run."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from polycast.llm import LLMSettings
from polycast.platforms.engine import Transformer
from polycast.platforms.moderation import Action, Policy
from polycast.platforms.specification import Platform
from polycast.service import Service
from polycast.settings import ServiceSettings


class PlatformSettings(ServiceSettings, LLMSettings):
    workers: Annotated[int, Field(ge=1)] = 16
    """Drafts written at once by one replica."""
    moderation: dict[str, Action] = {}
    """Category → `reject` (asked for again, never stored), `flag` (stored, for a second look) or `allow`."""
    moderation_by_provider: bool = True
    """Whether the provider's moderation endpoint, if it has one, sees every draft."""
    phone_regions: tuple[str, ...] = ("US", "GB", "FR", "DE")
    """Countries whose phone numbers are recognised without their `+`."""


def run_platform(platform: Platform) -> None:
    settings = PlatformSettings()
    service = Service(f"transform-{platform.slug}", settings)
    transformer = Transformer(
        platform,
        service.bus,
        service.llm(settings),
        Policy(settings.moderation, settings.phone_regions),
        asks_moderation=settings.moderation_by_provider,
    )
    service.on_start(transformer.announce)
    service.respond(f"platform.check.{platform.slug}", transformer.answer_check)
    service.consume(
        transformer.handlers,
        workers=settings.workers,
        only=transformer.subjects,
        on_dead_letter=transformer.report_dead_letter,
    )
    service.run()

"""Who looks at a text before it is stored: the policy's own rules and the provider's moderation endpoint."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog
from pydantic_settings import BaseSettings, SettingsConfigDict

from polycast.llm import LLM, LLMError, Moderation
from polycast.platforms.moderation import Action, Hit, Policy

#: How long a text waits for the provider's moderation before it goes by the offline rules alone.
MODERATION_SECONDS = 15.0

log = structlog.get_logger()


class ModerationSettings(BaseSettings):
    """A mix-in: `class Settings(ServiceSettings, ModerationSettings)`."""

    model_config = SettingsConfigDict(env_prefix="POLYCAST_", env_ignore_empty=True, extra="ignore")

    moderation: dict[str, Action] = {}
    """Category → `reject` (asked for again, never stored), `flag` (stored, for a second look) or `allow`."""
    moderation_by_provider: bool = True
    """Whether the provider's moderation endpoint, if it has one, sees every idea and draft."""
    phone_regions: tuple[str, ...] = ("US", "GB", "FR", "DE")
    """Countries whose phone numbers are recognised without their `+`."""


class Moderator:
    def __init__(self, llm: LLM, settings: ModerationSettings) -> None:
        self.policy = Policy(settings.moderation, settings.phone_regions)
        self._llm = llm
        self._asks = settings.moderation_by_provider

    async def hits(self, texts: Sequence[str], given: str) -> list[list[Hit]]:
        """What isn't allowed in each text. The provider sees them together, and each if it minds anything.

        `given` is what the person told.
        """
        found = [self.policy.hits(text, given) for text in texts]
        if texts and self._minded(await self.opinion("\n\n".join(texts))):
            opinions = await asyncio.gather(*map(self.opinion, texts))
            for hits, opinion in zip(found, opinions, strict=True):
                hits += self._minded(opinion)
        return found

    async def opinion(self, text: str) -> Moderation | None:
        """That of the provider; None where it can't be had."""
        if not self._asks:
            return None
        try:
            async with asyncio.timeout(MODERATION_SECONDS):
                return await self._llm.moderate(text)
        except (LLMError, TimeoutError) as error:
            log.warning("not moderated by the provider", error=type(error).__name__)
            return None

    def _minded(self, opinion: Moderation | None) -> list[Hit]:
        return self.policy.minded(map(Hit, opinion.categories)) if opinion else []

"""The engine of every platform service: an idea in, a checked draft or an honest failure out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

import structlog
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from polycast.bus import Bus, Handlers, RetryLater
from polycast.contracts import (
    MAX_TEXT,
    CheckResult,
    ContentFailed,
    ContentGenerated,
    ContentRequested,
    ErrorInfo,
    Event,
    Finding,
    IdeaCreated,
    Preferences,
    Received,
    Severity,
    UserDeleted,
    content_id,
    explain,
)
from polycast.llm import LLM, CircuitOpen, LLMError, Prompt, RateLimited, Written, write
from polycast.platforms.drafts import Drafts
from polycast.platforms.moderator import Moderator
from polycast.platforms.review import Review, review
from polycast.platforms.specification import Platform

log = structlog.get_logger()


class CheckRequest(BaseModel):
    """The body of a `platform.check.<slug>` request."""

    model_config = ConfigDict(extra="ignore")
    content_text: Annotated[str, StringConstraints(max_length=MAX_TEXT)]
    given: Annotated[str, StringConstraints(max_length=MAX_TEXT)] = ""
    """The idea and the person's context: claims that stand in it are given, not unverified."""


@dataclass(frozen=True)
class Order:
    """What is to be written: one generation of one idea's draft for this platform."""

    idea: IdeaCreated
    platform: str
    generation: int = 1
    instruction: str | None = None

    @property
    def identity(self) -> dict[str, Any]:
        """The fields by which its outcome is known."""
        return {
            "content_id": content_id(self.idea.idea_id, self.platform),
            "idea_id": self.idea.idea_id,
            "execution_id": self.idea.execution_id,
            "user_id": self.idea.user_id,
            "platform": self.platform,
            "generation": self.generation,
        }

    @property
    def given(self) -> str:
        """What the person told."""
        idea = self.idea
        return "\n".join(filter(None, (idea.title, idea.description, idea.context, self.instruction)))

    @property
    def key(self) -> str:
        return f"{content_id(self.idea.idea_id, self.platform)}.{self.generation}"


class Transformer:
    def __init__(
        self,
        platform: Platform,
        bus: Bus,
        llm: LLM,
        moderator: Moderator,
    ) -> None:
        self.platform = platform
        self.bus = bus
        self.llm = llm
        self.moderator = moderator
        self.drafts = Drafts(bus)

    @property
    def handlers(self) -> Handlers:
        return {
            IdeaCreated: self.write_for_idea,
            ContentRequested: self.write_as_requested,
            UserDeleted: self.forget_person,
        }

    @property
    def subjects(self) -> dict[type[Event], str]:
        return {ContentRequested: f"content.requested.{self.platform.slug}"}

    # -- handlers ----------------------------------------------------------------------------------

    async def write_for_idea(self, received: Received[IdeaCreated]) -> Sequence[Event]:
        """An idea that this platform isn't asked for, or that `ideas` must complete first, is passed over."""
        idea = received.event
        if not idea.is_complete or self.platform.slug not in idea.platforms:
            return []
        return await self._fulfil(Order(idea, self.platform.slug))

    async def write_as_requested(self, received: Received[ContentRequested]) -> Sequence[Event]:
        """One without preferences is passed over: `ideas` completes it."""
        request = received.event
        if request.idea.preferences is None:
            return []
        return await self._fulfil(
            Order(request.idea, self.platform.slug, request.generation, request.instruction)
        )

    async def forget_person(self, received: Received[UserDeleted]) -> Sequence[Event]:
        await self.bus.erase(received.event.user_id)
        await self.drafts.forget(received.event.user_id, self.platform.slug)
        return []

    def report_dead_letter(self, received: Received[Event], error: BaseException) -> Sequence[Event]:
        """A draft that will not come is told of, so that nobody waits for it."""
        event = received.event
        if isinstance(event, IdeaCreated) and self.platform.slug in event.platforms:
            order = Order(event, self.platform.slug)
        elif isinstance(event, ContentRequested):
            order = Order(event.idea, self.platform.slug, event.generation)
        else:
            return []
        return [self._failed(order, "internal_error", str(error), received.deliveries)]

    # -- writing -----------------------------------------------------------------------------------

    async def _fulfil(self, order: Order) -> Sequence[ContentGenerated | ContentFailed]:
        if await self.bus.is_erased(order.idea.user_id):
            return []
        async with self.bus.claim(f"draft.{order.key}"):
            outcome = await self.drafts.get(order.key) or await self._write_and_keep(order)
        if await self.bus.is_erased(order.idea.user_id):  # while it was written: looked at after `keep`
            await self.drafts.purge(order.key)
            return []
        return [outcome]

    async def _write_and_keep(self, order: Order) -> ContentGenerated | ContentFailed:
        outcome = await self._write(order)
        return await self.drafts.keep(outcome) if isinstance(outcome, ContentGenerated) else outcome

    async def _write(self, order: Order) -> ContentGenerated | ContentFailed:
        preferences = order.idea.preferences or Preferences()
        prompt = self.platform.prompt.render(
            idea=order.idea.model_dump(
                mode="json",
                include={"title", "description", "topic_category", "context"},
                exclude_none=True,
            ),
            preferences=preferences.model_dump(
                mode="json", include={"audience", "keywords", "excluded_topics", "voice"}
            ),
            instruction=order.instruction,
            generation=order.generation,
            limits=self.platform.limits,
        )
        if preferences.temperature is not None:
            prompt = replace(prompt, temperature=preferences.temperature)
        desk = _Desk(self, order.given)
        try:
            written = await write(self.llm, prompt, self.platform.output, desk.findings, compose=desk.text)
        except (RateLimited, CircuitOpen) as error:
            raise RetryLater(error.retry_after or 0, str(error)) from error
        except LLMError as error:
            log.warning("no draft", code=error.code, attempts=error.attempts)  # its text may quote the idea
            return self._failed(order, error.code, str(error), error.attempts)
        draft = await desk.moderated(written.output)  # its best attempt is stored even if it breaks rules
        return self._judge(order, draft, prompt, written)

    def _judge(
        self, order: Order, draft: _Draft, prompt: Prompt, written: Written[BaseModel]
    ) -> ContentGenerated | ContentFailed:
        checks = draft.review.checks
        if draft.review.is_rejected:
            return self._failed(order, "moderation_rejected", _broken(checks), written.attempts)
        if not checks.ok:
            return self._failed(
                order, "rules_broken", _broken(checks), written.attempts, best_attempt=draft.text
            )
        return ContentGenerated(
            **order.identity,
            content_text=draft.text,
            metadata={**self.platform.metadata(written.output), **checks.metadata},
            checks=checks,
            moderation=draft.review.moderation,
            provenance=written.provenance(prompt, draft.repairs),
        )

    def _failed(
        self, order: Order, code: str, message: str, attempts: int, best_attempt: str | None = None
    ) -> ContentFailed:
        error = ErrorInfo(code=code, message=message)
        return ContentFailed(**order.identity, error=error, attempts=attempts, best_attempt=best_attempt)

    # -- answering ---------------------------------------------------------------------------------

    async def announce(self) -> None:
        """Tell all others, through the registry, that this platform exists and what it is like."""
        description = json.dumps(self.platform.describe()).encode()
        await (await self.bus.kv("platforms")).put(self.platform.slug, description)

    async def answer_check(self, data: bytes) -> bytes:
        """`{"content_text": …}` in, a check result out; `{"error": …}` for a body that isn't one."""
        try:
            request = CheckRequest.model_validate_json(data)
        except ValidationError as error:
            return json.dumps({"error": explain(error)}).encode()
        reviewed = review(self.platform, self.moderator.policy, request.content_text, request.given)
        return reviewed.checks.model_dump_json().encode()


@dataclass(frozen=True)
class _Draft:
    text: str
    repairs: tuple[str, ...]
    review: Review
    is_moderated: bool = False
    """Whether the provider was asked for its opinion, had or not."""


class _Desk:
    """Where the attempts at one order are read, each once."""

    def __init__(self, transformer: Transformer, given: str) -> None:
        self._of = transformer
        self._given = given
        self._drafts: dict[int, tuple[BaseModel, _Draft]] = {}

    def draft(self, output: BaseModel) -> _Draft:
        if id(output) not in self._drafts:
            platform = self._of.platform
            repaired = platform.repair(platform.compose(output))
            reviewed = review(platform, self._of.moderator.policy, repaired.text, self._given)
            self._drafts[id(output)] = output, _Draft(repaired.text, repaired.notes, reviewed)
        return self._drafts[id(output)][1]

    def text(self, output: BaseModel) -> str:
        return self.draft(output).text

    async def findings(self, output: BaseModel) -> Sequence[Finding]:
        draft = self.draft(output)
        if draft.review.checks.ok:
            draft = await self.moderated(output)
        return draft.review.to_mend

    async def moderated(self, output: BaseModel) -> _Draft:
        """The draft after the provider was asked, once, of what our own rules don't reject."""
        draft = self.draft(output)
        if not (draft.is_moderated or draft.review.is_rejected):
            reviewed = draft.review
            moderator = self._of.moderator
            if opinion := await moderator.opinion(draft.text):
                reviewed = reviewed.with_opinion(moderator.policy, opinion.model, opinion.categories)
            draft = replace(draft, review=reviewed, is_moderated=True)
            self._drafts[id(output)] = output, draft
        return draft


def _broken(checks: CheckResult) -> str:
    return "; ".join(f.message for f in checks.findings if f.severity is Severity.ERROR)

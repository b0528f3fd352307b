"""What the ideas service does on each event."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import structlog

from ideas.domain import IdeaList, Recent, Wishes, announce, fresh, shortcomings
from ideas.prompts import IDEAS
from ideas.store import IdeaStore
from polycast.bus import Bus, Handlers, Reject, RetryLater
from polycast.contracts import (
    Event,
    Finding,
    IdeaCreated,
    IdeasFailed,
    Received,
    ScheduleUpdated,
    UserDeleted,
    WorkflowStarted,
)
from polycast.llm import LLM, CircuitOpen, LLMError, Prompt, RateLimited, write

#: Ideas for which the prompt file's token limit is meant.
IDEAS_A_LIMIT = 5

log = structlog.get_logger()


class Ideas:
    def __init__(self, store: IdeaStore, llm: LLM, bus: Bus) -> None:
        self.store = store
        self.llm = llm
        self.bus = bus
        self._announced: tuple[str, ...] = ()
        """Platforms as last read. Read again whenever one is asked for that isn't among them."""

    @property
    def handlers(self) -> Handlers:
        return {
            WorkflowStarted: self.invent,
            IdeaCreated: self.adopt,
            ScheduleUpdated: self.remember_wishes,
            UserDeleted: self.forget_person,
        }

    async def invent(self, received: Received[WorkflowStarted]) -> Sequence[Event]:
        """Make the execution's ideas, once; every repeat publishes those that were made."""
        started = received.event
        if await self.store.is_erased(started.user_id):
            return []
        async with self.bus.claim(f"ideas.{started.execution_id}"):
            if made := await self.store.of_execution(started.execution_id):
                return made
            return await self._invent(started)

    async def adopt(self, received: Received[IdeaCreated]) -> Sequence[Event]:
        """Take a person's own idea into the history, and complete one that was published by hand."""
        idea = received.event
        if idea.is_complete:
            await self._check_platforms(idea, idea.platforms)
            if idea.execution_id is None:
                await self.store.keep([idea])
            return []
        wishes = await self._wishes(idea)
        complete = idea.model_copy(update={"platforms": wishes.platforms, "preferences": wishes.preferences})
        return await self.store.keep([complete])

    async def remember_wishes(self, received: Received[ScheduleUpdated]) -> Sequence[Event]:
        updated = received.event
        wishes = Wishes(updated.preferences, updated.platforms)
        await self.store.keep_wishes(updated.user_id, wishes, received.sequence)
        return []

    async def forget_person(self, received: Received[UserDeleted]) -> Sequence[Event]:
        await self.store.forget(received.event.user_id)
        return []

    def report_dead_letter(self, received: Received[Event], error: BaseException) -> Sequence[Event]:
        """A workflow that can't have ideas fails now, rather than at its deadline."""
        if isinstance(received.event, WorkflowStarted):
            return [_failed(received.event, str(error), received.deliveries)]
        return []

    # -- inventing ---------------------------------------------------------------------------------

    async def _invent(self, started: WorkflowStarted) -> Sequence[Event]:
        wishes = await self._wishes(started)
        recent = await self.store.recent(started.user_id)
        prompt = _prompt(started, wishes, recent)

        def check(found: IdeaList) -> Sequence[Finding]:
            return shortcomings(found, started.idea_count, recent)

        try:
            written = await write(self.llm, prompt, IdeaList, check)
        except (RateLimited, CircuitOpen) as error:
            raise RetryLater(error.retry_after or 0, str(error)) from error
        except LLMError as error:
            log.warning("no ideas", code=error.code, error=str(error))
            return [_failed(started, str(error), error.attempts)]
        ideas = fresh(written.output.ideas, recent)[: started.idea_count]
        if not ideas:
            return [_failed(started, "every idea repeated an earlier one", written.attempts)]
        return await self.store.keep(announce(started, ideas, wishes, written.provenance(prompt)))

    async def _wishes(self, event: WorkflowStarted | IdeaCreated) -> Wishes:
        """What the event states, else the person's latest wishes, else all that is announced."""
        latest = await self.store.wishes(event.user_id)
        preferences = event.preferences or latest.preferences
        if platforms := event.platforms or latest.platforms:
            await self._check_platforms(event, platforms)
            return Wishes(preferences, platforms)
        self._announced = tuple(await self.bus.platforms())
        if not self._announced:
            raise Reject(
                "no platform is announced yet", publish=_failure(event, "no platform is announced yet")
            )
        return Wishes(preferences, self._announced)

    async def _check_platforms(self, event: WorkflowStarted | IdeaCreated, platforms: Sequence[str]) -> None:
        if not set(platforms) <= set(self._announced):
            self._announced = tuple(await self.bus.platforms())
        if unknown := [slug for slug in platforms if slug not in self._announced]:
            known = ", ".join(self._announced) or "none"
            reason = f"unknown platform {', '.join(unknown)}; announced are {known}"
            raise Reject(reason, publish=_failure(event, reason))


def _failure(event: WorkflowStarted | IdeaCreated, reason: str) -> list[Event]:
    """A workflow that can't have ideas is told of; an idea that is refused leaves its siblings be."""
    return [_failed(event, reason)] if isinstance(event, WorkflowStarted) else []


def _prompt(started: WorkflowStarted, wishes: Wishes, recent: Sequence[Recent]) -> Prompt:
    preferences = wishes.preferences
    prompt = IDEAS.render(
        brief={
            "count": started.idea_count,
            "date": started.started_at.date().isoformat(),
            **preferences.model_dump(
                mode="json", include={"topics", "keywords", "excluded_topics", "audience", "voice"}
            ),
            "context": started.context,
            "recent": [{"title": r.title, "topic_category": r.topic_category} for r in recent],
            "avoid": [],
        }
    )
    temperature = prompt.temperature if preferences.temperature is None else preferences.temperature
    return replace(
        prompt,
        temperature=temperature,
        max_tokens=math.ceil(prompt.max_tokens * max(1, started.idea_count / IDEAS_A_LIMIT)),
    )


def _failed(started: WorkflowStarted, reason: str, attempts: int = 1) -> IdeasFailed:
    return IdeasFailed(
        user_id=started.user_id, execution_id=started.execution_id, reason=reason, attempts=attempts
    )

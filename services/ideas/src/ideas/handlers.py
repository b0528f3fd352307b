"""What the ideas service does on each event."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from dataclasses import replace

import structlog

from ideas.domain import (
    IdeaList,
    Selection,
    Wishes,
    announce,
    closest,
    moderated,
    together,
    told_by,
)
from ideas.prompts import IDEAS
from ideas.similarity import Thresholds, Told, Vector, compare_all, unit
from ideas.store import IdeaStore
from polycast.bus import Bus, Handlers, Reject, RetryLater
from polycast.contracts import (
    ContentRequested,
    Event,
    Finding,
    IdeaCreated,
    IdeasFailed,
    Provenance,
    Received,
    ScheduleUpdated,
    UserDeleted,
    WorkflowStarted,
)
from polycast.llm import LLM, BadAnswer, CircuitOpen, LLMError, Prompt, RateLimited, write
from polycast.platforms.moderator import Moderator

#: Ideas for which the prompt file's token limit is meant.
IDEAS_A_LIMIT = 5
#: How often missing ideas are asked for again.
MAX_ROUNDS = 3
#: How long ideas wait to be compared by meaning before they are by their words.
EMBEDDING_SECONDS = 15.0

log = structlog.get_logger()


class Ideas:
    def __init__(
        self, store: IdeaStore, llm: LLM, bus: Bus, thresholds: Thresholds, moderator: Moderator
    ) -> None:
        self.store = store
        self.llm = llm
        self.bus = bus
        self.thresholds = thresholds
        self.moderator = moderator
        self._announced: tuple[str, ...] = ()
        """Platforms as last read. Read again whenever one is asked for that isn't among them."""

    @property
    def handlers(self) -> Handlers:
        return {
            WorkflowStarted: self.invent,
            IdeaCreated: self.adopt,
            ContentRequested: self.complete_request,
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
        told = Told(idea.title, idea.description)
        recent = [
            earlier for earlier in await self.store.recent(idea.user_id) if earlier.idea_id != idea.idea_id
        ]
        (vector,), earlier = await self._vectors([told.text], recent)
        complete = idea.model_copy(
            update={
                "platforms": wishes.platforms,
                "preferences": wishes.preferences,
                "closest": closest(compare_all(replace(told, vector=vector), earlier)),
            }
        )
        return await self.store.keep([complete], [vector])

    async def complete_request(self, received: Received[ContentRequested]) -> Sequence[Event]:
        """Add the person's latest preferences to a request that was published by hand without any."""
        request = received.event
        if request.idea.preferences is not None or await self.store.is_erased(request.user_id):
            return []
        wishes = await self.store.wishes(request.user_id)
        idea = request.idea.model_copy(update={"preferences": wishes.preferences})
        return [request.model_copy(update={"idea": idea})]

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
        earlier = await self.store.recent(started.user_id)
        selection = Selection(started.idea_count, earlier, self.thresholds)
        parts, notes = list[Provenance](), list[str]()
        for more in range(1 + MAX_ROUNDS):
            prompt = prompt_for(started, wishes, selection)
            try:
                written = await write(self.llm, prompt, IdeaList, _anything, attempts=1 if more else 3)
            except LLMError as error:
                if not more or (not selection.chosen and isinstance(error, (RateLimited, CircuitOpen))):
                    return self._give_up(started, error)
                notes.append(f"round {more + 1}: {error}")
                if isinstance(error, BadAnswer):
                    continue
                break
            parts.append(written.provenance(prompt))
            found = written.output.ideas
            (vectors, selection.earlier), hits = await asyncio.gather(
                self._vectors([Told(idea.title, idea.description).text for idea in found], selection.earlier),
                self.moderator.hits([idea.text for idea in found], told_by(started, wishes)),
            )
            fit, objections = moderated(zip(found, vectors, hits, strict=True), self.moderator.policy)
            notes += (*written.notes, *objections, *selection.add(fit))
            if not selection.missing or (more and not found):
                break
        if not selection.chosen:
            reason = ": ".join(("no idea came that could be kept", *notes[-1:]))
            return [_failed(started, reason, sum(part.attempts for part in parts))]
        if selection.missing:
            wanted = started.idea_count
            notes.append(f"{len(selection.chosen)} of {wanted} ideas: no others came that could be kept")
        made = announce(started, selection.chosen, wishes, together(parts, notes))
        return await self.store.keep(made, [chosen.told.vector for chosen in selection.chosen])

    def _give_up(self, started: WorkflowStarted, error: LLMError) -> Sequence[Event]:
        if isinstance(error, (RateLimited, CircuitOpen)):
            raise RetryLater(error.retry_after or 0, str(error)) from error
        log.warning("no ideas", code=error.code, attempts=error.attempts)  # its text may quote the person
        return [_failed(started, str(error), error.attempts)]

    async def _vectors(
        self, texts: Sequence[str], earlier: Sequence[Told]
    ) -> tuple[Sequence[Vector | None], Sequence[Told]]:
        """What texts mean; of earlier ideas it is made up for, and kept, where it isn't known yet."""
        unknown = [told for told in earlier if told.vector is None]
        vectors = await self._embed([*texts, *(told.text for told in unknown)])
        if vectors is None:
            return [None] * len(texts), earlier
        if unknown:
            known = [replace(t, vector=v) for t, v in zip(unknown, vectors[len(texts) :], strict=True)]
            earlier = [*(told for told in earlier if told.vector is not None), *known]
            await self.store.keep_vectors(known)
        return vectors[: len(texts)], earlier

    async def _embed(self, texts: Sequence[str]) -> list[Vector] | None:
        """None where the provider has no embeddings, or can't be asked now: words must do."""
        try:
            async with asyncio.timeout(EMBEDDING_SECONDS):
                embedded = await self.llm.embed(texts)
        except (LLMError, TimeoutError) as error:
            log.warning("ideas compared by their words alone", error=type(error).__name__)
            return None
        return None if embedded is None else [unit(values) for values in embedded]

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


def _anything(_: IdeaList) -> Sequence[Finding]:
    """What is wrong with a list of ideas isn't fed back: the missing ones are asked for."""
    return ()


def prompt_for(started: WorkflowStarted, wishes: Wishes, selection: Selection) -> Prompt:
    preferences = wishes.preferences
    prompt = IDEAS.render(
        brief={
            "count": selection.missing,
            "date": started.started_at.date().isoformat(),
            **preferences.model_dump(
                mode="json", include={"topics", "keywords", "excluded_topics", "audience", "voice"}
            ),
            "context": started.context,
            "recent": [
                {"title": told.title, "topic_category": told.topic_category} for told in selection.earlier
            ],
            "avoid": selection.avoid,
        }
    )
    temperature = prompt.temperature if preferences.temperature is None else preferences.temperature
    return replace(
        prompt,
        temperature=temperature,
        max_tokens=math.ceil(prompt.max_tokens * max(1, selection.missing / IDEAS_A_LIMIT)),
    )


def _failed(started: WorkflowStarted, reason: str, attempts: int = 1) -> IdeasFailed:
    return IdeasFailed(
        user_id=started.user_id, execution_id=started.execution_id, reason=reason, attempts=attempts
    )

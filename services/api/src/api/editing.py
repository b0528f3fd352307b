"""What people do to their drafts. Each command is one transaction that holds the draft's row."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Update, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from api.archive import take_out_of_archive
from api.conditional import require_match
from api.dependencies import Gateway, lock_account, missing
from api.lifecycle import TRANSITIONS, State
from api.outbox import Transaction
from api.problems import (
    ClaimsUnsettled,
    Invalid,
    NotFound,
    NotWritten,
    Published,
    RulesBroken,
    ServiceAway,
    WrongTransition,
)
from api.read_model.configuration import configuration_of
from api.read_model.drafts import Draft, DraftClaim, claims_of, draft, drafts_of, every_draft
from api.store import drafts, edits, generations, regenerations
from polycast.contracts import (
    CheckResult,
    ContentDeleted,
    ContentEdited,
    ContentStateChanged,
    Event,
    Severity,
)
from polycast.db import Database

#: How long a deleted draft can be restored.
KEPT_DELETED = timedelta(days=30)


@dataclass
class OpenDraft:
    """A draft whose row is held until the transaction ends."""

    transaction: Transaction
    row: RowMapping
    shown: Draft

    @property
    def id(self) -> UUID:
        return self.shown.id

    @property
    def user_id(self) -> UUID:
        owner: UUID = self.row["user_id"]
        return owner

    def require_changeable(self) -> None:
        """
        Raises:
            Published: it must be moved back first.
            NotWritten: it failed; there is nothing to change.
        """
        if self.shown.state is State.PUBLISHED:
            raise Published
        if self.shown.state is State.FAILED:
            raise NotWritten("This draft failed. Retry it first.")

    async def change(self, fact: Event, at: datetime, **columns: Any) -> Draft:
        """Write owned columns, announce the fact, and return the draft as it is now."""
        await self.transaction.emit(fact)
        return await self.write(fact.subject, at, **columns)

    async def write(self, name: str, at: datetime, **columns: Any) -> Draft:
        """Write owned columns, tell the person's pages under this name, and return the draft as it is now."""
        connection = self.transaction.connection
        await connection.execute(self._update().values(changed_at=at, **columns))
        is_deleted = columns.get("deleted_at") is not None
        query = drafts_of(self.user_id, deleted=is_deleted).where(drafts.c.id == self.id)
        changed = draft((await connection.execute(query)).mappings().one())
        self.transaction.tell(self.user_id, name, changed)
        return changed

    def _update(self) -> Update:
        return update(drafts).where(drafts.c.id == self.id)


async def shown_draft(connection: AsyncConnection, content_id: UUID, user_id: UUID) -> Draft:
    """
    Raises:
        NotFound, NotYours: the person has no such draft.
    """
    query = drafts_of(user_id, source=every_draft).where(every_draft.c.id == content_id)
    row = (await connection.execute(query)).mappings().one_or_none()
    if row is None:
        raise await missing(connection, drafts, content_id, user_id, "draft")
    return draft(row)


async def draft_now(gateway: Gateway, content_id: UUID, user_id: UUID) -> Draft:
    """As `shown_draft`, for a command to look before it holds the draft's row."""
    async with gateway.database.connect() as connection:
        return await shown_draft(connection, content_id, user_id)


@asynccontextmanager
async def open_draft(
    gateway: Gateway, content_id: UUID, user_id: UUID, if_match: str | None = None, *, deleted: bool = False
) -> AsyncIterator[OpenDraft]:
    """
    Raises:
        NotFound, NotYours: the person has no such draft.
        LostUpdate: it isn't what `if_match` names.
    """
    async with gateway.outbox.transaction() as transaction:
        await lock_account(transaction.connection, user_id)
        yield await hold_draft(transaction, content_id, user_id, if_match, deleted=deleted)


async def hold_draft(
    transaction: Transaction,
    content_id: UUID,
    user_id: UUID,
    if_match: str | None = None,
    *,
    deleted: bool = False,
) -> OpenDraft:
    """As `open_draft`, in a transaction that holds the account."""
    connection = transaction.connection
    await take_out_of_archive(connection, content_id, user_id)
    query = drafts_of(user_id, deleted=deleted).where(drafts.c.id == content_id).with_for_update(of=drafts)
    row = (await connection.execute(query)).mappings().one_or_none()
    if row is None:
        raise await missing(connection, drafts, content_id, user_id, "draft")
    shown = draft(row)
    require_match(if_match, shown)
    return OpenDraft(transaction, row, shown)


async def checks_if_known(gateway: Gateway, shown: Draft, text: str) -> CheckResult | None:
    """None while the platform's service is away: saving must not depend on it."""
    try:
        return await gateway.registry.check(shown.platform, text, shown.core_idea.given)
    except (ServiceAway, NotFound):
        return None


async def save_edit(opened: OpenDraft, text: str, checks: CheckResult | None) -> Draft:
    """A new revision. The same text again changes nothing."""
    opened.require_changeable()
    if opened.shown.state is State.EDITED and opened.shown.edited_version == text and opened.shown.checks:
        return opened.shown
    connection, at = opened.transaction.connection, datetime.now(UTC)
    newest = select(func.coalesce(func.max(edits.c.revision), 0)).where(edits.c.content_id == opened.id)
    revision = (await connection.scalar(newest) or 0) + 1
    kept = {
        "content_text": text,
        "metadata": checks.metadata if checks else None,
        "checks": checks.model_dump(mode="json") if checks else None,
    }
    await connection.execute(
        insert(edits).values(
            content_id=opened.id, revision=revision, user_id=opened.user_id, created_at=at, **kept
        )
    )
    return await _show_edit(opened, revision, kept, at)


async def _show_edit(opened: OpenDraft, revision: int, kept: Any, at: datetime) -> Draft:
    fact = ContentEdited(
        user_id=opened.user_id,
        content_id=opened.id,
        at=at,
        revision=revision,
        content_text=kept["content_text"],
    )
    return await opened.change(
        fact,
        at,
        edited_text=kept["content_text"],
        edited_metadata=kept["metadata"],
        edited_checks=kept["checks"],
        edited_revision=revision,
        chosen_state=State.EDITED,
        override=None,
    )


async def revert(opened: OpenDraft, revision: str) -> Draft:
    """Show an earlier text again.

    Raises:
        NotFound: the draft has no such revision.
        NotWritten: it was asked for, but isn't written yet.
    """
    opened.require_changeable()
    source, _, number = revision.partition("-")
    if not (number.isascii() and number.isdecimal() and len(number) < 10):
        raise NotFound("revision", revision)
    if source == "edit":
        return await _revert_to_edit(opened, int(number), revision)
    if source == "generation":
        return await _revert_to_generation(opened, int(number), revision)
    raise NotFound("revision", revision)


async def _revert_to_edit(opened: OpenDraft, number: int, revision: str) -> Draft:
    query = select(edits).where(edits.c.content_id == opened.id, edits.c.revision == number)
    kept = (await opened.transaction.connection.execute(query)).mappings().one_or_none()
    if kept is None:
        raise NotFound("revision", revision)
    return await _show_edit(opened, number, kept, datetime.now(UTC))


async def _revert_to_generation(opened: OpenDraft, number: int, revision: str) -> Draft:
    if number != 1:
        of_draft = generations.c.content_id == opened.id
        query = select(generations.c.content_text).where(of_draft, generations.c.generation == number)
        row = (await opened.transaction.connection.execute(query)).one_or_none()
        if row is None:
            raise NotFound("revision", revision)
        if row.content_text is None:
            raise NotWritten(f"{revision} could not be written.")
    at = datetime.now(UTC)
    fact = ContentStateChanged(user_id=opened.user_id, content_id=opened.id, at=at, state=State.GENERATED)
    return await opened.change(
        fact,
        at,
        edited_text=None,
        edited_metadata=None,
        edited_checks=None,
        edited_revision=None,
        chosen_generation=number,
        chosen_state=State.GENERATED,
        override=None,
    )


@dataclass(frozen=True)
class Checked:
    """What the rules say of a text."""

    text: str
    result: CheckResult


async def checks_for_ready(gateway: Gateway, shown: Draft) -> Checked | None:
    """Of a text that was saved while the rules could not be asked; None if it wasn't.

    Raises:
        ServiceAway: they still can't.
    """
    text = shown.content_text
    if shown.checks is not None or text is None:
        return None
    try:
        return Checked(text, await gateway.registry.check(shown.platform, text, shown.core_idea.given))
    except NotFound as error:
        raise ServiceAway(f"The service that checks {shown.platform} texts") from error


async def change_state(opened: OpenDraft, wanted: State, checked: Checked | None, *, override: bool) -> Draft:
    """Move along the lifecycle; `checked` is what `checks_for_ready` answered, where that is asked for.

    Raises:
        WrongTransition: the lifecycle has no such step.
        RulesBroken: `ready` for a text with errors, without `override`.
        ClaimsUnsettled: `ready` for a text with claims that the person wants settled, without `override`.
    """
    shown = opened.shown
    allowed = TRANSITIONS.get(shown.state, ())
    if wanted not in allowed:
        raise WrongTransition(shown.state, wanted, allowed)
    at = datetime.now(UTC)
    columns: dict[str, Any] = {"chosen_state": wanted}
    if wanted is State.READY and shown.state is not State.PUBLISHED:
        checks = shown.checks
        if checks is None and checked is not None and checked.text == shown.content_text:
            checks = checked.result
        if checks is None:  # edited since they were asked for
            raise ServiceAway(f"The service that checks {shown.platform} texts")
        columns["override"] = await _overridden(opened, checks, at, allowed=override)
        if shown.checks is None and shown.edited_version is not None:
            columns |= {"edited_checks": checks.model_dump(mode="json"), "edited_metadata": checks.metadata}
    fact = ContentStateChanged(user_id=opened.user_id, content_id=opened.id, at=at, state=wanted)
    return await opened.change(fact, at, **columns)


async def _overridden(
    opened: OpenDraft, checks: CheckResult, at: datetime, *, allowed: bool
) -> dict[str, Any] | None:
    """What stands against `ready`, to be recorded if that is `allowed`; None if nothing does."""
    broken = [finding.rule for finding in checks.findings if finding.severity is Severity.ERROR]
    unsettled = await _unsettled(opened, checks, opened.row["settled_claims"])
    if not broken and not unsettled:
        return None
    if broken and not allowed:
        raise RulesBroken(checks)
    if unsettled and not allowed:
        raise ClaimsUnsettled(unsettled)
    return {"rules": broken, "claims": [claim.key for claim in unsettled], "at": at.isoformat()}


async def _unsettled(
    opened: OpenDraft, checks: CheckResult | None, ticked: Collection[str]
) -> list[DraftClaim]:
    """The claims that the person has yet to settle; none if they don't want to be held to it."""
    unsettled = [claim for claim in claims_of(checks, ticked) if not claim.settled]
    if not unsettled:
        return []
    preferences = (await configuration_of(opened.transaction.connection, opened.user_id)).preferences
    return unsettled if preferences.require_settled_claims else []


async def settle_claims(opened: OpenDraft, keys: Collection[str], *, settled: bool) -> Draft:
    """Tick claims of the text that is shown, or take ticks away. They hold for every text of the draft.

    A draft that is ready no more deserves it once a tick is taken away: it goes back to `reviewed`.

    Raises:
        Invalid: the text makes no such claim.
        Published: nothing of it changes.
    """
    if opened.shown.state is State.PUBLISHED:
        raise Published
    there_are = {claim.key for claim in opened.shown.claims}
    if unknown := [key for key in keys if key not in there_are]:
        raise Invalid(*(("keys", f"{key!r} is no claim of this text") for key in unknown))
    before = set(opened.row["settled_claims"])
    after = before.union(keys) if settled else before.difference(keys)
    if after == before:
        return opened.shown
    at = datetime.now(UTC)
    columns: dict[str, Any] = {"settled_claims": sorted(after)}
    is_undone = not settled and opened.shown.state is State.READY
    if is_undone and await _unsettled(opened, opened.shown.checks, after):
        fact = ContentStateChanged(user_id=opened.user_id, content_id=opened.id, at=at, state=State.REVIEWED)
        return await opened.change(fact, at, chosen_state=State.REVIEWED, override=None, **columns)
    return await opened.write("content.claims_settled", at, **columns)


async def remove(opened: OpenDraft) -> None:
    at = datetime.now(UTC)
    fact = ContentDeleted(user_id=opened.user_id, content_id=opened.id, at=at)
    await opened.change(fact, at, deleted_at=at)


async def restore(opened: OpenDraft) -> Draft:
    at = datetime.now(UTC)
    fact = ContentStateChanged(user_id=opened.user_id, content_id=opened.id, at=at, state=opened.shown.state)
    return await opened.change(fact, at, deleted_at=None)


async def purge_deleted(database: Database) -> None:
    """Forget for good what was deleted long ago, with all its texts."""
    async with database.begin() as connection:
        await _purge(connection, datetime.now(UTC) - KEPT_DELETED)


async def _purge(connection: AsyncConnection, before: datetime) -> None:
    gone = delete(drafts).where(drafts.c.deleted_at < before).returning(drafts.c.id)
    ids = (await connection.scalars(gone)).all()
    for table in (generations, edits, regenerations):
        await connection.execute(delete(table).where(table.c.content_id.in_(ids)))

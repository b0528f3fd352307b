from __future__ import annotations

from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from api.paging import PageParams
from api.store import configurations
from polycast.contracts import Platforms, Preferences, Schedule, ScheduleUpdated
from polycast.timetable import runs


class Notifying(BaseModel):
    """Where a person is told that a workflow is over."""

    in_app: bool = True
    email: bool = False


class OwnPreferences(Preferences):
    """With what concerns nobody but the gateway, and so rides in no event."""

    require_settled_claims: bool = True
    """Whether a draft is `ready` only when the person stands by everything that it claims."""
    notifications: Notifying = Notifying()


class Configuration(BaseModel):
    """When a person's workflow starts, and what it shall write. Everybody has one; unsaved, the defaults."""

    schedule: Schedule = Schedule()
    preferences: OwnPreferences = OwnPreferences()
    platforms: Platforms = ()
    """Empty: every announced one."""

    def event(self, user_id: UUID) -> ScheduleUpdated:
        return ScheduleUpdated(
            user_id=user_id, schedule=self.schedule, preferences=self.snapshot, platforms=self.platforms
        )

    @property
    def snapshot(self) -> Preferences:
        """What rides in events."""
        return Preferences.model_validate(self.preferences.model_dump())

    def columns(self) -> dict[str, Any]:
        return self.model_dump(mode="json")


async def configuration_of(connection: AsyncConnection, user_id: UUID) -> Configuration:
    query = select(configurations.c.schedule, configurations.c.preferences, configurations.c.platforms).where(
        configurations.c.user_id == user_id
    )
    row = (await connection.execute(query)).mappings().one_or_none()
    return Configuration.model_validate(dict(row)) if row is not None else Configuration()


async def zone_for(period: PageParams, connection: AsyncConnection, user_id: UUID) -> ZoneInfo:
    """The zone in which the days that a list was asked for are meant: the person's own."""
    if not period.names_days:
        return ZoneInfo("UTC")
    return (await configuration_of(connection, user_id)).schedule.zone


def next_runs(schedule: Schedule, after: datetime, count: int = 3) -> list[datetime]:
    """The next starts, in UTC."""
    return [run.at for run in islice((run for run in runs(schedule, after) if run.at > after), count)]

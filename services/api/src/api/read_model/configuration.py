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


class Configuration(BaseModel):
    """When a person's workflow starts, and what it shall write. Everybody has one; unsaved, the defaults."""

    schedule: Schedule = Schedule()
    preferences: Preferences = Preferences()
    platforms: Platforms = ()
    """Empty: every announced one."""

    def event(self, user_id: UUID) -> ScheduleUpdated:
        return ScheduleUpdated(
            user_id=user_id, schedule=self.schedule, preferences=self.preferences, platforms=self.platforms
        )

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

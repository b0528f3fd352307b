"""Settings of the scheduler."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from polycast.bus import MAX_TOGETHER
from polycast.settings import DatabaseSettings
from scheduler.domain import Timing


class Settings(DatabaseSettings):
    schedule_grace_seconds: Annotated[float, Field(gt=0)] = 6 * 3600
    """A run that is later than this, after an outage, is skipped."""
    schedule_jitter_seconds: Annotated[float, Field(ge=0, le=6 * 3600)] = 0
    """Runs are spread over this long, so that a provider survives everybody's six o'clock."""
    schedule_poll_seconds: Annotated[float, Field(gt=0)] = 1
    """The longest nap between two looks at what is due."""
    schedule_batch: Annotated[int, Field(ge=1, le=MAX_TOGETHER)] = 500
    """Runs that one loop starts at once."""
    schedule_loops: Annotated[int, Field(ge=1)] = 2
    """While one loop waits for the bus, another reads or moves rows."""

    @property
    def timing(self) -> Timing:
        return Timing(
            grace=timedelta(seconds=self.schedule_grace_seconds),
            jitter=timedelta(seconds=self.schedule_jitter_seconds),
        )

"""When a schedule runs: once on each of its local dates, whatever the clocks do. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from polycast.contracts import Schedule, Weekday

_WEEKDAYS = tuple(Weekday)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a schedule. Its date, not its instant, is its identity."""

    day: date
    """In the schedule's zone."""
    at: datetime


def runs(
    schedule: Schedule, around: datetime, last_day: date | None = None, delay: timedelta = timedelta()
) -> Iterator[Run]:
    """Runs in order, from at least a day before `around`, for ever; none if the schedule is switched off.

    Only those on local dates later than `last_day`. `delay` is added to every run.
    """
    if not schedule.enabled:
        return
    zone = schedule.zone
    day = (around - delay).astimezone(zone).date() - _DAY
    if last_day is not None:
        day = max(day, last_day + _DAY)
    while True:
        if _WEEKDAYS[day.weekday()] in schedule.days and _exists(day, zone):
            yield Run(day, _instant(day, schedule.local_time, zone) + delay)
        day += _DAY


def _instant(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """When a zone's clocks show a time for the first time on a date.

    A time that a clock change skips is read by the clock before the change: 02:30 is 03:30 where the clocks
    went from 02:00 to 03:00. (PEP 495, `fold=0`.)
    """
    return datetime.combine(day, wall.replace(fold=0), tzinfo=zone).astimezone(UTC)


def _exists(day: date, zone: ZoneInfo) -> bool:
    """Whether a zone has a date at all: Samoa went from 29 to 31 December 2011."""
    return _instant(day, time(), zone) < _instant(day + _DAY, time(), zone)

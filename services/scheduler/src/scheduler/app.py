"""Starts each person's workflow at their local time."""

from __future__ import annotations

from datetime import timedelta

from polycast.service import Service
from scheduler.handlers import Scheduler
from scheduler.settings import Settings
from scheduler.store import ScheduleStore


def main() -> None:
    settings = Settings()
    service = Service("scheduler", settings)
    store = ScheduleStore(service.database(settings))
    scheduler = Scheduler(store, service.bus, settings.timing, batch=settings.schedule_batch)
    service.consume_batches(scheduler.kinds, scheduler.apply)
    poll = timedelta(seconds=settings.schedule_poll_seconds)
    for number in range(settings.schedule_loops):
        service.background(f"runs-{number}", lambda: scheduler.keep_starting(poll))
    service.run()

"""Tells when a workflow is over: compares the drafts expected with the drafts seen."""

from __future__ import annotations

from aggregator.handlers import Aggregator
from aggregator.settings import Settings
from aggregator.store import WorkflowStore
from polycast.service import Service


def main() -> None:
    settings = Settings()
    service = Service("aggregator", settings)
    store = WorkflowStore(service.database(settings))
    aggregator = Aggregator(store, service.bus, settings.patience)
    service.consume_batches(aggregator.kinds, aggregator.apply)
    service.background("deadlines", lambda: aggregator.keep_sweeping(settings.workflow_sweep_seconds))
    service.run()

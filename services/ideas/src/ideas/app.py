"""Invents ideas: one LLM call a workflow, one `idea.created` each."""

from __future__ import annotations

from ideas.handlers import Ideas
from ideas.settings import Settings
from ideas.store import IdeaStore
from polycast.service import Service


def main() -> None:
    settings = Settings()
    service = Service("ideas", settings)
    store = IdeaStore(service.database(settings), history_days=settings.history_days)
    ideas = Ideas(store, service.llm(settings), service.bus)
    service.consume(ideas.handlers, workers=settings.workers, on_dead_letter=ideas.report_dead_letter)
    service.run()

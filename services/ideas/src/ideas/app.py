"""Invents ideas: one LLM call a workflow, one `idea.created` each."""

from __future__ import annotations

from ideas.handlers import Ideas
from ideas.settings import Settings
from ideas.similarity import Thresholds
from ideas.store import IdeaStore
from polycast.platforms.moderator import Moderator
from polycast.service import Service


def main() -> None:
    settings = Settings()
    service = Service("ideas", settings)
    store = IdeaStore(
        service.database(settings),
        history_days=settings.history_days,
        vector_model=settings.openai_embedding_model,
    )
    thresholds = Thresholds(settings.idea_lexical_threshold, settings.idea_semantic_threshold)
    llm = service.llm(settings)
    ideas = Ideas(store, llm, service.bus, thresholds, Moderator(llm, settings))
    service.consume(ideas.handlers, workers=settings.workers, on_dead_letter=ideas.report_dead_letter)
    service.run()

"""A demonstration of moderation: a word list, answered in the shape of OpenAI's endpoint."""

from __future__ import annotations

from typing import Any

from polycast_cli.offline_writer.bank import bank
from polycast_cli.offline_writer.text import mentions


def moderate(text: str) -> dict[str, Any]:
    """One entry of `results`."""
    hits = {
        category: any(mentions(text, phrase) for phrase in phrases)
        for category, phrases in bank().moderation.categories.items()
    }
    return {
        "flagged": any(hits.values()),
        "categories": hits,
        "category_scores": {category: 0.98 if hit else 0.0001 for category, hit in hits.items()},
        "category_applied_input_types": {category: ["text"] for category in hits},
    }

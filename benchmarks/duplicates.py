"""Ideas that repeat one another, found by words and by meaning: precision and recall by threshold.

The pairs are labelled by hand in data/idea_pairs.toml. Vectors are the offline writer's, or those of the
endpoint at OPENAI_BASE_URL (with OPENAI_API_KEY, OPENAI_EMBEDDING_MODEL), to choose the thresholds of a model
of one's own.

    ./polycast bench duplicates
"""

from __future__ import annotations

import asyncio
import os
import sys
import tomllib
from contextlib import nullcontext
from pathlib import Path

from benchmarks.lab.processes import running
from benchmarks.lab.rig import until_listening
from benchmarks.lab.table import Target, table, targets, where
from ideas.settings import Settings
from ideas.similarity import Comparison, Thresholds, Told, compare, unit
from polycast.llm import LLM, LLMSettings
from polycast.testing.servers import free_port

PAIRS: dict[str, list[list[str]]] = tomllib.loads(
    (Path(__file__).parent / "data" / "idea_pairs.toml").read_text(encoding="utf-8")
)
REPEATS = ("verbatim", "reworded", "paraphrase")
NEVER = 1.01


def told(text: str, vector: list[float] | None) -> Told:
    title, _, description = text.partition(": ")
    return Told(title, description, unit(vector) if vector else None)


async def compared(settings: LLMSettings) -> dict[str, list[Comparison]]:
    texts = [text for pairs in PAIRS.values() for pair in pairs for text in pair]
    async with LLM(settings) as llm:
        vectors = await llm.embed(texts) or [None] * len(texts)
    vector_of = dict(zip(texts, vectors, strict=True))
    return {
        label: [compare(told(one, vector_of[one]), told(other, vector_of[other])) for one, other in pairs]
        for label, pairs in PAIRS.items()
    }


def score(found: dict[str, list[Comparison]], thresholds: Thresholds) -> tuple[float, float, list[str]]:
    """Precision, recall, and the share found of each kind of pair."""
    hits = {label: sum(map(thresholds.is_repeat, pairs)) for label, pairs in found.items()}
    right = sum(hits[label] for label in REPEATS)
    precision = right / max(1, sum(hits.values()))
    recall = right / sum(len(found[label]) for label in REPEATS)
    return precision, recall, [f"{hits[label]}/{len(pairs)}" for label, pairs in found.items()]


def main() -> None:
    own = os.environ.get("OPENAI_BASE_URL")
    port = free_port()
    writer = [sys.executable, "-m", "polycast_cli.offline_writer", "--port", str(port)]
    with nullcontext() if own else running(writer):
        if not own:
            until_listening(port)
        settings = LLMSettings(openai_base_url=own or f"http://127.0.0.1:{port}/v1")
        found = asyncio.run(compared(settings))
    defaults = Settings.model_fields
    lexical = float(defaults["idea_lexical_threshold"].default)
    semantic = float(defaults["idea_semantic_threshold"].default)
    tried = [("words", Thresholds(t, NEVER)) for t in (0.7, 0.8, lexical)]
    tried += [("words and meaning", Thresholds(lexical, t)) for t in (0.6, 0.65, 0.7, semantic, 0.8, 0.9)]
    rows = []
    for how, thresholds in tried:
        precision, recall, shares = score(found, thresholds)
        limits = f"{thresholds.lexical:.2f}" + (
            f", {thresholds.semantic:.2f}" if thresholds.semantic < 1 else ""
        )
        rows.append([how, limits, f"{precision:.2f}", f"{recall:.2f}", *shares])
    print(f"{where()}; vectors of {'the offline writer' if not own else settings.openai_embedding_model}\n")
    table(["compared", "thresholds", "precision", "recall", *found], rows)
    precision, recall, _ = score(found, Thresholds(lexical, semantic))
    _, by_words, _ = score(found, Thresholds(lexical, NEVER))
    targets(
        [
            Target("precision at the defaults", f"{precision:.2f}", "≥ 0.95", precision >= 0.95),
            Target("recall / that of words alone", f"{recall / by_words:.1f}", "≥ 2", recall >= 2 * by_words),
        ]
    )


if __name__ == "__main__":
    main()

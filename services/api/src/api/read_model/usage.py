from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel

from polycast.contracts import Provenance


class Usage(BaseModel):
    """What the language model was given to read and write."""

    tokens_in: int = 0
    tokens_out: int = 0
    cost_usd: float | None = None
    """Of the calls whose model has a known price; None if none has."""

    @classmethod
    def of(cls, calls: Iterable[Provenance]) -> Usage:
        usage = cls()
        for call in calls:
            usage.tokens_in += call.tokens_in
            usage.tokens_out += call.tokens_out
            if call.cost_usd is not None:
                usage.cost_usd = (usage.cost_usd or 0) + call.cost_usd
        return usage

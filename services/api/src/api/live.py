"""What changed, told to the person's open pages as it happens: the `UI` stream and what reads it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import nats.errors
import structlog
from pydantic import BaseModel

from polycast.bus import Bus

log = structlog.get_logger()


class Change(BaseModel):
    """One event of the page's stream: its name, such as `content.edited`, and the row as it is now."""

    name: str
    row: dict[str, Any]


class Live:
    """Telling is best effort: a page that missed something reads it when it next looks."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def tell(self, user_id: UUID, name: str, row: BaseModel) -> None:
        change = Change(name=name, row=row.model_dump(mode="json"))
        try:
            if self._bus.trouble is None:
                await self._bus.client.publish(f"ui.{user_id}", change.model_dump_json().encode())
        except nats.errors.Error as error:
            log.warning("couldn't tell the page of a change", error=repr(error))

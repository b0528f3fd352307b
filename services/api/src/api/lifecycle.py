"""How a draft may move from state to state. The one table: the page is served it, every command obeys it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class State(StrEnum):
    GENERATED = "generated"
    REVIEWED = "reviewed"
    EDITED = "edited"
    READY = "ready"
    PUBLISHED = "published"
    FAILED = "failed"
    """No text could be made. Outside the lifecycle, and listed only when asked for."""


TRANSITIONS: Mapping[State, tuple[State, ...]] = {
    State.GENERATED: (State.REVIEWED, State.READY),
    State.REVIEWED: (State.READY, State.GENERATED),
    State.EDITED: (State.REVIEWED, State.READY),
    State.READY: (State.PUBLISHED, State.REVIEWED),
    State.PUBLISHED: (State.READY,),
}
"""What a person may choose. Besides, an edit makes `edited` of any but a published or failed draft, and a
return to a text of the AI `generated`."""

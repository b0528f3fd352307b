"""What the finders of claims tell."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from polycast.contracts import ClaimKind

_FILE = Path(__file__).parents[1] / "words" / "claims.toml"
WORDS: dict[str, Any] = tomllib.loads(_FILE.read_text(encoding="utf-8"))


class Found(NamedTuple):
    kind: ClaimKind
    start: int
    end: int
    facts: frozenset[str] = frozenset()
    """What figures say, in one spelling; given if one place of the given text says all of it."""
    words: str = ""
    """What words say, as `plain` has it; given if the given text holds them so."""


class Place(Protocol):
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


def blank(text: str, places: Iterable[Place]) -> str:
    """The text with NULs, which no claim holds, at these places."""
    pieces, at = list[str](), 0
    for start, end in sorted((place.start, place.end) for place in places):
        if start >= at:
            pieces += text[at:start], "\0" * (end - start)
            at = end
    return "".join((*pieces, text[at:]))


def in_lines(clue: re.Pattern[str], pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """The matches of a pattern that stays on its line, in lines that have the clue: most haven't."""
    for line in _LINE.finditer(text):
        if clue.search(text, *line.span()):
            yield from pattern.finditer(text, *line.span())


DIGIT = re.compile(r"\d")
_LINE = re.compile(r".+")

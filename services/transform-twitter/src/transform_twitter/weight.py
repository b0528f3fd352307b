"""How X counts: docs.x.com/fundamentals/counting-characters, and twitter-text 3's configuration.

A text is counted in Unicode NFC. A link counts 23 whatever its length, an emoji 2 whatever its parts; every
other code point counts 1 in the ranges of twitter-text's configuration (U+0000 to U+10FF, so most alphabets,
and common punctuation) and 2 elsewhere (Chinese, Japanese, Korean, arrows, …).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from polycast.platforms.textrules import EMOJI
from transform_twitter.links import links

LINK_WEIGHT = 23
EMOJI_WEIGHT = 2

_LIGHT = "\u0000-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037"
_PLAIN = re.compile(f"(?P<light>[{_LIGHT}]+)|[^{_LIGHT}]+")


class Piece(NamedTuple):
    """A stretch of a text that counts alike."""

    start: int
    end: int
    each: int
    """The weight of each code point, or of the whole if it is indivisible."""
    indivisible: bool

    @property
    def weight(self) -> int:
        return self.each if self.indivisible else self.each * (self.end - self.start)


def pieces(text: str) -> Iterator[Piece]:
    """All of a text in NFC, from left to right."""
    at = 0
    for start, end, weight in _entities(text):
        if start >= at:
            yield from _plain(text, at, start)
            yield Piece(start, end, weight, indivisible=True)
            at = end
    yield from _plain(text, at, len(text))


def _entities(text: str) -> list[tuple[int, int, int]]:
    """Links and emoji; an emoji within a link comes after it."""
    found = [(link.start, link.end, LINK_WEIGHT) for link in links(text)]
    return sorted([*found, *((m.start(), m.end(), EMOJI_WEIGHT) for m in EMOJI.finditer(text))])


def _plain(text: str, start: int, end: int) -> Iterator[Piece]:
    for match in _PLAIN.finditer(text, start, end):
        yield Piece(match.start(), match.end(), 1 if match["light"] else 2, indivisible=False)


def weigh(text: str) -> int:
    """The weighted length of one tweet."""
    return sum(piece.weight for piece in pieces(unicodedata.normalize("NFC", text)))


def fitting(text: str, room: int) -> int:
    """How many code points of a text, from its start, weigh no more than `room`."""
    for piece in pieces(text):
        if piece.weight > room:
            return piece.start if piece.indivisible else piece.start + room // piece.each
        room -= piece.weight
    return len(text)

"""Lists of phrases as data files, and where a text holds them.

`words/*.toml` holds a list each; a phrase may end in `*`, which stands for the rest of the word.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

WORDS = Path(__file__).with_name("words")

L = TypeVar("L")


class Found(NamedTuple, Generic[L]):
    label: L
    phrase: str
    start: int
    end: int


class Phrases(Generic[L]):
    """Phrases, each with a label; of several at one place the longest is found."""

    def __init__(self, phrases: Iterable[tuple[L, str]]) -> None:
        heads: dict[str, list[tuple[L, str]]] = {}
        for entry in sorted(phrases, key=lambda entry: -len(entry[1])):
            heads.setdefault(entry[1][:2], []).append(entry)
        self._by_head = {
            head: (entries, _any_of(phrase for _, phrase in entries)) for head, entries in heads.items()
        }
        self._starts = re.compile(rf"(?<![\w#@])(?:{'|'.join(map(re.escape, heads))})")

    def found(self, text: str) -> Iterator[Found[L]]:
        """From left to right, none within another."""
        plain = text.translate(LOWER).replace("\n", " ")
        at = 0
        for word in self._starts.finditer(plain):
            start = word.start()
            entries, pattern = self._by_head[word.group()]
            if start >= at and (match := pattern.match(plain, start)):
                at = match.end()
                label, phrase = entries[(match.lastindex or 1) - 1]
                yield Found(label, phrase, start, at)


#: ASCII letters in lower case and apostrophes straight, every character at its place.
LOWER = str.maketrans(string.ascii_uppercase + "’", string.ascii_lowercase + "'")


def _any_of(phrases: Iterable[str]) -> re.Pattern[str]:
    """One pattern that has a group for each."""
    alternatives = (re.sub(r"\\[ -]", "[ -]", re.escape(p)).replace(r"\*", r"\w*") for p in phrases)
    return re.compile(rf"(?:{'|'.join(f'({a})' for a in alternatives)})(?!\w)")

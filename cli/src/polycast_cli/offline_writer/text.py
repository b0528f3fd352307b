"""Measuring and cutting text. Counts come as a range wherever counters may disagree.

A draft must keep its rules by anyone's count: one counter sees `2026` as one word, one that speaks it
sees four; one counts a Japanese sentence as one word, another every sign. Composing to both ends of the
range keeps all of them content.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import snowballstemmer  # type: ignore[import-untyped]

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?<=[。！？؟।])\s*")
_RUN = re.compile(r"\w+(?:['’]\w+)*")
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff]"
)
_MAYBE_LINK = re.compile(r"(?<=[^\s.])\.(?=[^\s.])")
_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
_LINK, _SHORTEST_LINK = 23, len("a.co")
_SECTION_LABEL = re.compile(r"^(?:\s*(?:hook|value|cta|scenes)\s*:)+\s*", re.IGNORECASE)
_HASH = re.compile(r"(?<!\w)#+(?=\w)")
_UNSPEAKABLE = re.compile(r"\S*://\S*|\bwww\.\S+|[^\w\s.,;:!?'’-]|_")
_STEMMER = snowballstemmer.stemmer("english")


@dataclass(frozen=True)
class Words:
    """How many words a text has, by the most lenient and by the strictest counter."""

    low: int
    high: int

    def __add__(self, other: Words) -> Words:
        return Words(self.low + other.low, self.high + other.high)

    def within(self, low: int, high: int) -> bool:
        return low <= self.low and self.high <= high


NO_WORDS = Words(0, 0)


@lru_cache(maxsize=20_000)
def words(text: str) -> Words:
    """Words as spaces part them, and as a counter that splits hyphens, signs and numbers would."""
    low = sum(1 for token in text.split() if any(c.isalnum() for c in token))
    high = sum(_spoken(run) for run in _RUN.findall(text))
    return Words(low, max(low, high))


def total(texts: Iterable[str]) -> Words:
    return sum(map(words, texts), NO_WORDS)


def _spoken(run: str) -> int:
    """Words it takes to say a run of letters and digits: acronyms by letter, numbers by digit and place."""
    unspaced = len(_UNSPACED.findall(run))
    digits = sum(c.isdigit() for c in run)
    if digits:
        return 2 * digits + unspaced + (digits < len(run))
    if run.isupper() and 1 < len(run) <= 6:
        return max(len(run), unspaced)
    return max(1, unspaced)


def weight(text: str) -> int:
    """The most that X can count: every sign outside its light ranges 2, every inner dot a link of 23.

    Source: twitter-text configuration v3 (weights, and 23 for a link however short it is written).
    """
    signs = sum(1 if any(low <= ord(sign) <= high for low, high in _LIGHT) else 2 for sign in text)
    return signs + len(_MAYBE_LINK.findall(text)) * (_LINK - _SHORTEST_LINK)


def sentences(text: str) -> list[str]:
    return [part.strip() for part in _SENTENCE_END.split(text) if part.strip()]


def clean(text: str) -> str:
    """A person's words as one line of plain text, free of what would break a draft.

    Drops control and unassigned characters, lone surrogates, pictographs, the `#` of hashtags (a platform
    allows few) and labels that head a part of a reel; compatibility letters become plain ones.
    """
    kept: list[str] = []
    for char in unicodedata.normalize("NFKC", text):
        kind = unicodedata.category(char)
        if char.isspace() or kind == "Cc":
            kept.append(" ")
        elif kind[0] in "LMNPZ" or kind in ("Sc", "Sm") or char in "`^":
            kept.append(char)
        elif char in "\u200c\u200d" and kept and unicodedata.category(kept[-1])[0] in "LM":
            kept.append(char)  # joiners that shape letters in Persian or Hindi
    line = " ".join(_HASH.sub("", "".join(kept)).split())
    line = _SECTION_LABEL.sub("", line).strip(" -–—_*=~|·•").lstrip(" >")
    return line if any(c.isalnum() for c in line) else ""


def speakable(text: str) -> str:
    """`clean` text without links and signs that a voice can't say."""
    tokens = _UNSPEAKABLE.sub(" ", text).split()
    line = " ".join(token for token in tokens if any(c.isalnum() for c in token)).strip(" -,;:")
    return line if any(c.isalnum() for c in line) else ""


def shorten(text: str, *, most_words: int, most_characters: int) -> str:
    """The text, or its longest beginning of whole words that fits, ending in `…`."""
    if words(text).high <= most_words and weight(text) <= most_characters:
        return text
    kept = ""
    for token in text.split():
        longer = f"{kept} {token}".strip()
        if words(longer).high > most_words or len(longer) * 2 > most_characters * 2 - 2:
            break
        kept = longer
    while kept and weight(f"{kept}…") > most_characters:
        kept = kept.rpartition(" ")[0]
    kept = kept or _beginning(text, most_words, most_characters)
    return kept.rstrip(" .,;:!?-–—") + "…"


def _beginning(text: str, most_words: int, most_characters: int) -> str:
    """For text without spaces: as many characters as fit, each perhaps a word, each of weight 2."""
    cut = text[: min(len(text), max(1, most_characters // 2 - 1))].split(" ")[0]
    while len(cut) > 1 and (words(cut).high > most_words or weight(f"{cut}…") > most_characters):
        cut = cut[:-1]
    return cut


def ended(text: str) -> str:
    """The text with a mark at its end, so that another sentence may follow."""
    if not text or text[-1] in ".!?…。！？؟।":
        return text
    return f"{text}。" if _UNSPACED.match(text[-1]) else f"{text}."


def capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


@lru_cache(maxsize=50_000)
def _stem(word: str) -> str:
    return str(_STEMMER.stemWord(word))


def stems(text: str) -> list[str]:
    """Stemmed lower-case words, in order."""
    return [_stem(run.replace("’", "'").removesuffix("'s")) for run in _RUN.findall(text.casefold())]


def mentions(haystack: str, needle: str) -> bool:
    """Whether the words of `needle` stand in `haystack` one after the other, whatever their endings."""
    wanted = stem_key(needle)
    return bool(wanted.strip()) and wanted in stem_key(haystack)


@lru_cache(maxsize=20_000)
def stem_key(text: str) -> str:
    return f" {' '.join(stems(text))} "

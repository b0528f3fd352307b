"""How long a text takes to say: numbers, signs and abbreviations as they are spoken, in English."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

from num2words import num2words  # type: ignore[import-untyped]

from polycast.platforms.tone import EMPHASISED, SPOKEN_AS_WORDS

_LONGEST_NUMBER = 12
"""Digits that are said as one number; a longer one is read out digit by digit."""
_CURRENCIES = {"$": "dollars", "€": "euros", "£": "pounds", "¥": "yen", "₹": "rupees"}
_SCALES = {"k": "thousand", "m": "million", "b": "billion", "bn": "billion", "tn": "trillion"}
_SIGNS = {"%": "percent", "&": "and", "+": "plus", "=": "equals", "@": "at", "°": "degrees"}
_TOKEN = re.compile(
    r"""
    (?P<money>[$€£¥₹][ ]?\d[\d,]*(?:\.\d+)?(?:[ ]?(?:[kKmMbB]|bn|tn|thousand|million|billion|trillion)\b)?)
    | (?P<clock>\d{1,2}:\d{2}\b)
    | (?P<ordinal>\d+(?:st|nd|rd|th)\b)
    | (?P<decade>(?:1[1-9]|20)\d0s\b)
    | (?P<year>(?<![\d.,])(?:1[1-9]|20)\d{2}(?![\d%]|[.,]\d))
    | (?P<number>\d[\d,]*(?:\.\d+)?)
    | (?P<capitals>(?<![A-Za-z])[A-Z]{2,5}(?:s\b|(?![A-Za-z])))
    | (?P<word>[^\W\d_]+(?:['’][^\W\d_]+)*)
    | (?P<sign>[%&+=@°])
    """,
    re.VERBOSE,
)


class Said(NamedTuple):
    """A piece of a text, and the words by which it is said."""

    written: str
    words: tuple[str, ...]


def said(text: str) -> Iterator[Said]:
    """`$3.5M` → three point five million dollars; `2026` → twenty twenty six; `API` → A P I."""
    for match in _TOKEN.finditer(text):
        written = match.group()
        yield Said(written, _words(match.lastgroup or "word", written))


def seconds(text: str, words_per_minute: float) -> float:
    """How long it takes to say `text`, in seconds, to a tenth."""
    return round(sum(len(piece.words) for piece in said(text)) * 60 / words_per_minute, 1)


@lru_cache(maxsize=8192)
def _words(kind: str, written: str) -> tuple[str, ...]:
    return tuple(_SPOKEN[kind](written).replace("-", " ").replace(",", "").split())


def _money(written: str) -> str:
    amount = re.search(r"[\d.,]*\d", written)
    number = amount.group() if amount else ""
    scale = written.rpartition(number)[2].strip().lower()
    return f"{_number(number)} {_SCALES.get(scale, scale)} {_CURRENCIES[written[0]]}"


def _clock(written: str) -> str:
    hours, minutes = written.split(":")
    return f"{_number(hours)} {'o clock' if minutes == '00' else _number(minutes)}"


def _number(written: str, form: str = "cardinal") -> str:
    digits = written.replace(",", "")
    if sum(map(str.isdecimal, digits)) > _LONGEST_NUMBER:
        return " ".join(digits)
    return str(num2words(digits if "." in digits else int(digits), to=form))


def _capitals(written: str) -> str:
    letters = written.rstrip("s")
    if letters in SPOKEN_AS_WORDS or letters.lower() in EMPHASISED:
        return written
    return " ".join(letters)


_SPOKEN: dict[str, Callable[[str], str]] = {
    "money": _money,
    "clock": _clock,
    "ordinal": lambda written: _number(written[:-2], "ordinal"),
    "decade": lambda written: _number(written[:-1], "year"),
    "year": lambda written: _number(written, "year"),
    "number": _number,
    "capitals": _capitals,
    "word": str,
    "sign": _SIGNS.__getitem__,
}

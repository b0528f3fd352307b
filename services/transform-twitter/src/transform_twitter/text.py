"""The canonical text of a thread: its tweets, joined by a line `---` between blank lines."""

from __future__ import annotations

import re
from collections.abc import Iterable

from polycast.platforms.textrules import Span, sentences
from transform_twitter.weight import fitting, weigh

SEPARATOR = "\n\n---\n\n"
_SEPARATOR = re.compile(r"^[ \t]*(?:-{3,}|—{1,3})[ \t]*\r?$", re.MULTILINE)


def join(tweets: Iterable[str]) -> str:
    return SEPARATOR.join(tweets)


def parse(text: str) -> list[Span]:
    """The tweets of a text, trimmed. A line of three dashes, or a long one, separates; none is empty."""
    tweets: list[Span] = []
    start = 0
    for end, following in (*(match.span() for match in _SEPARATOR.finditer(text)), (len(text), len(text))):
        if tweet := text[start:end].strip():
            begin = text.index(tweet[0], start)
            tweets.append(Span(begin, begin + len(tweet), tweet))
        start = following
    return tweets


def split_thread(text: str, limit: int) -> list[str]:
    """A text too long for one tweet as several, numbered `1/4`, broken between sentences where it can be.

    A text that fits is returned as it is, alone. `limit` is in weighted characters, at least 20.
    """
    if weigh(text) <= limit:
        return [text]
    digits, pieces = 0, list[str]()
    while digits < len(str(len(pieces))):
        digits += 1
        pieces = _broken(text, limit - len(_number("9" * digits, "9" * digits)))
    return [piece + _number(number, len(pieces)) for number, piece in enumerate(pieces, 1)]


def _number(number: int | str, total: int | str) -> str:
    return f" {number}/{total}"


def _broken(text: str, room: int) -> list[str]:
    pieces: list[str] = []
    while text := text.strip():
        cut = _cut(text, room)
        while weigh(text[:cut].strip()) > room:  # what was cut in two may read as a link
            cut -= 1
        pieces.append(text[:cut].strip())
        text = text[cut:]
    return pieces


def _cut(text: str, room: int) -> int:
    """The best place to break before `room` is used up: after a sentence, else a word, else anywhere."""
    most = fitting(text, room)
    if most == len(text):
        return most
    *whole, last = sentences(text[: most + 1])
    if last.end <= most and last.text[-1] in ".!?…":
        whole.append(last)
    sentence_end = max((sentence.end for sentence in whole), default=0)
    word_end = max(text.rfind(space, 0, most + 1) for space in " \n")
    return sentence_end or max(word_end, 0) or most

"""Figures that claim nothing: they number the parts of a text, time its scenes, or belong to a name."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from polycast.platforms.claims.found import DIGIT, in_lines
from polycast.platforms.phrases import LOWER
from polycast.platforms.textrules import Span, hashtags

_LINE = r"^[ \t>]*(?:[-–—*•]+[ \t]+)?"
_TIMES = (
    r"(?:\d{1,2}:\d{2}(?:\ ?[-–—]\ ?\d{1,2}:\d{2})?"
    r"|\d{1,3}(?:\ ?[-–—]\ ?\d{1,3})?\ ?(?:s|secs?|seconds?))"
)
_FIGURES = re.compile(
    rf"""
    \d\ufe0f?\u20e3                                             # keycaps
    | (?<![\w.+-])[\w.+-]+@[\w-]+\.[\w.-]+ | (?<!\w)@\w+        # addresses and names of people
    | {_LINE}[(\[]?\d{{1,2}}(?:[.)\]:]|/(?!\d))(?=[ \t])        # 1.  2)  (3)  4:  5/
    | {_LINE}(?:day|week|step|part|tip|point|lesson|rule|reason|phase|stage|idea|question)[ ]\d{{1,2}}
        (?=[ ]?(?:[:.)–—-]|$))
    | \b(?:scene|shot|slide|tweet|clip|frame)[ ]\d{{1,2}}\b
    | {_LINE}{_TIMES}[ ]?(?:[:–—-]|$) | {_LINE}[(\[]{_TIMES}[)\]] | [(\[]{_TIMES}[)\]](?=[ ]?(?:[:–—-]|$))
    | \b(?:24/7|9[- ]to[- ]5|\d\d(?:st|th)[ -]century)\b
    """,
    re.VERBOSE | re.MULTILINE,
)
_NUMBERING = re.compile(
    rf"{_LINE}[(\[]?(\d{{1,2}})/(\d{{1,2}})[)\]:.]?(?=\s|$)"
    r"|[ \t][(\[]?(\d{1,2})/(\d{1,2})[)\]]?(?=[ \t]*$)",
    re.MULTILINE,
)
_SEPARATOR = re.compile(r"^[ \t]*-{3,}[ \t]*$", re.MULTILINE)


def structure(text: str) -> Iterator[Span]:
    yield from hashtags(text)
    for match in in_lines(DIGIT, _FIGURES, text.translate(LOWER)):
        yield Span(*match.span(), match.group())
    yield from _numbering(text)


def _numbering(text: str) -> Iterator[Span]:
    """`2/5` at a line's start or end, if there are five parts, or others of five: else it is a fraction."""
    by_total = defaultdict[str, list[re.Match[str]]](list)
    for match in in_lines(DIGIT, _NUMBERING, text):
        by_total[match[2] or match[4]].append(match)
    parts = str(len(_SEPARATOR.findall(text)) + 1)
    for total, matches in by_total.items():
        if total == parts or len({match[1] or match[3] for match in matches}) > 1:
            yield from (Span(*match.span(), match.group()) for match in matches)

"""Loose space: nobody sees it, and it is kept when a post is copied."""

from __future__ import annotations

import re
from collections.abc import Iterator

from polycast.contracts import Finding, Severity
from polycast.platforms.textrules import HOUSE, Rule

SPACES = Rule(
    "spaces",
    "Lines end without spaces, and at most one blank line stands between two.",
    f"{HOUSE}: such space is kept when a post is copied, and networks count it.",
    Severity.INFO,
)
RULES = (SPACES,)


def check(text: str) -> Iterator[Finding]:
    """Loose space within a text. At its end somebody may just be writing."""
    for gap in _GAP.finditer(text):
        lines = gap.group().count("\n")
        fix = "\n" * min(lines, 2)
        if gap.group() != fix and gap.end() < len(text):
            message = (
                f"{lines - 1} blank lines follow; one is enough" if lines > 2 else "A line ends in spaces"
            )
            yield SPACES.finding(message, *gap.span(), fix=fix)


_GAP = re.compile(r"(?<!\s)[^\S\n]*\n(?:[^\S\n]*\n)*")

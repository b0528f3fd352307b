"""What in a text is true or false, and whether the person gave it.

A claim is *given* when it stands in the idea or in what the person told. Spelling makes no difference: `42%`
is `42 percent` and `forty-two per cent`. Written for English; takes time linear in the text.
"""

from __future__ import annotations

from polycast.contracts import Claim
from polycast.platforms.claims.figures import figures, small_numbers
from polycast.platforms.claims.found import Found, blank
from polycast.platforms.claims.structure import structure
from polycast.platforms.claims.words import plain, quotations, sources

__all__ = ["extract"]


def extract(text: str, given: str = "") -> tuple[Claim, ...]:
    """Every claim of a text, from left to right. A number within a quotation is a claim of its own."""
    told, words = _told(given), plain(given)

    def is_given(found: Found) -> bool:
        return found.words in words if found.words else any(found.facts <= facts for facts in told)

    claims = [*quotations(text), *sources(text), *figures(blank(text, structure(text)))]
    return tuple(
        Claim(kind=f.kind, text=text[f.start : f.end], start=f.start, end=f.end, given=is_given(f))
        for f in sorted(claims, key=lambda f: (f.start, f.end))
    )


def _told(given: str) -> list[frozenset[str]]:
    """What the given text says in figures, wherever they stand: `Five lessons` may become `5 lessons`."""
    return [*(found.facts for found in figures(given)), *small_numbers(given)]

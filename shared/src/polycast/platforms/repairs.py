"""Mechanical repairs: made without asking the model again, each noted in words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence

from polycast.platforms.specification import Repair
from polycast.platforms.textrules import Span, hashtags

Step = Callable[[str], Repair]


def in_order(*steps: Step) -> Step:
    """One repair of several: each works on what the one before left."""

    def repair(text: str) -> Repair:
        notes: tuple[str, ...] = ()
        for step in steps:
            text, noted = (repaired := step(text)).text, repaired.notes
            notes += noted
        return Repair(text, notes)

    return repair


def noted(note: str, change: Callable[[str], str]) -> Step:
    """A repair that is always told in the same words."""

    def step(text: str) -> Repair:
        changed = change(text)
        return Repair(changed, (note,) if changed != text else ())

    return step


compose_unicode = noted(
    "composed letters and their accents (Unicode NFC), as the networks count them",
    lambda text: unicodedata.normalize("NFC", text),
)
unify_line_breaks = noted(
    "made all line breaks alike", lambda text: re.sub(r"\r\n?|[\u2028\u2029]", "\n", text)
)
trim_lines = noted(
    "removed spaces at the ends of lines and around the text",
    lambda text: "\n".join(line.rstrip() for line in text.split("\n")).strip(),
)
close_gaps = noted("closed gaps of more than one blank line", lambda text: re.sub(r"\n{3,}", "\n\n", text))

tidy = in_order(unify_line_breaks, compose_unicode, trim_lines, close_gaps)
"""What every platform repairs."""


def drop_hashtags(limit: int) -> Step:
    """Remove the last hashtags beyond `limit`: tags that stand alone go, within a sentence the word stays."""

    def step(text: str) -> Repair:
        surplus = hashtags(text)[limit:]
        if not surplus:
            return Repair(text)
        for tag in reversed(surplus):
            text = _without(text, tag)
        names = ", ".join(tag.text for tag in surplus)
        return Repair(text.rstrip(), (f"took the hashtag off {names}: only {limit} are allowed",))

    return step


def untagged(text: str, tags: Sequence[Span]) -> str:
    """What should stand from the first of these hashtags to the last instead."""
    kept = text
    for tag in reversed(tags):
        kept = _without(kept, tag)
    before, after = text[: tags[0].start].rstrip(" \t"), text[tags[-1].end :]
    return kept[len(before) : len(kept) - len(after)].lstrip(" \t")


def _without(text: str, tag: Span) -> str:
    before, after = text[: tag.start], text[tag.end :]
    if _stands_alone(before, after):
        return before.rstrip(" \t") + after
    return before + tag.text[1:] + after


def _stands_alone(before: str, after: str) -> bool:
    """Whether a tag's line holds nothing else than tags, or ends in it after a full stop."""
    line_before, line_after = before.rpartition("\n")[2], after.partition("\n")[0]
    only_tags_after = all(word.startswith("#") for word in line_after.split())
    words_before = [word for word in line_before.split() if not word.startswith("#")]
    return only_tags_after and (not words_before or words_before[-1][-1] in '.!?…)”"')

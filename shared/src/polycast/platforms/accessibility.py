"""Can everyone read it? What screen readers stumble over, and what to write instead."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from polycast.contracts import Finding, Severity
from polycast.platforms.repairs import noted
from polycast.platforms.textrules import EMOJI, Rule, hashtags

FAKE_LETTERS = Rule(
    "fake_letters",
    "Letters are real letters, not mathematical symbols that look bold or italic.",
    "Unicode Standard, chapter 22.2: Mathematical Alphanumeric Symbols are for mathematics, not for styling "
    "text. Screen readers spell them out or skip them, and search doesn't find them.",
    Severity.WARNING,
)
EMOJI_RUN = Rule(
    "emoji_run",
    "At most two emoji stand together.",
    "Polycast's own rule: a screen reader reads the name of every emoji aloud.",
    Severity.INFO,
    unit="emoji",
    maximum=2,
)
HASHTAG_CASE = Rule(
    "hashtag_case",
    "Each word of a hashtag begins with a capital.",
    "accessible-social.com/hashtags: capitals tell screen readers and people where its words begin.",
    Severity.INFO,
)
RULES = (FAKE_LETTERS, EMOJI_RUN, HASHTAG_CASE)


def check(text: str) -> list[Finding]:
    return [*_fake_letters(text), *_emoji_runs(text), *_hashtag_case(text)]


# Mathematical alphanumerics, circled, fullwidth and squared letters, but for those that are emoji.
_FAKE = (
    "\u24b6-\u24c1\u24c3-\u24e9\uff21-\uff3a\uff41-\uff5a\U0001d400-\U0001d7ff"
    "\U0001f130-\U0001f149\U0001f150-\U0001f169\U0001f172-\U0001f17d\U0001f180-\U0001f189"
)
_FAKE_TEXT = re.compile(f"[{_FAKE}]+(?:[ ’'-][{_FAKE}]+)*")


def _fake_letters(text: str) -> Iterator[Finding]:
    for match in _FAKE_TEXT.finditer(text):
        real = _real(match.group())
        message = (
            f"“{match.group()}” is made of symbols that only look like letters, which screen readers "
            f"spell out or skip; write “{real}”"
        )
        yield FAKE_LETTERS.finding(message, *match.span(), fix=real)


def _real(text: str) -> str:
    return "".join(_SQUARED.get(c) or unicodedata.normalize("NFKC", c) for c in text)


#: Squared and circled capitals, most of which Unicode maps to no letter.
_SQUARED = {chr(first + n): chr(ord("A") + n) for first in (0x1F130, 0x1F150, 0x1F170) for n in range(26)}

real_letters = noted(
    "wrote symbols that only look like letters as letters",
    lambda text: _FAKE_TEXT.sub(lambda match: _real(match.group()), text),
)


def _emoji_runs(text: str) -> Iterator[Finding]:
    for run in _runs(text):
        if not EMOJI_RUN.allows(len(run)):
            message = f"{len(run)} emoji in a row: a screen reader reads out the name of each; two are enough"
            start, kept = run[0].start(), run[EMOJI_RUN.most - 1].end()
            yield EMOJI_RUN.finding(message, start, run[-1].end(), fix=text[start:kept])


def _runs(text: str) -> Iterator[list[re.Match[str]]]:
    """Emoji with at most a space between them, run by run."""
    run: list[re.Match[str]] = []
    for emoji in EMOJI.finditer(text):
        if run and text[run[-1].end() : emoji.start()] not in ("", " "):
            yield run
            run = []
        run.append(emoji)
    if run:
        yield run


_LIST = Path(__file__).with_name("words") / "hashtags.txt"
_WORD = re.compile("|".join(sorted(_LIST.read_text(encoding="utf-8").split(), key=len, reverse=True)))


def _hashtag_case(text: str) -> Iterator[Finding]:
    for tag in hashtags(text):
        words = _WORD.findall(name) if (name := tag.text[1:]).islower() else []
        if len(words) > 1 and "".join(words) == name:
            better = tag.text[0] + "".join(word.capitalize() for word in words)
            message = f"“{tag.text}” is read out as one word; “{better}” shows where its words begin"
            yield HASHTAG_CASE.finding(message, tag.start, tag.end, fix=better)

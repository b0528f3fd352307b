"""LinkedIn's rules, dated and with their sources, and the check of a text against them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from polycast.contracts import CheckResult, Finding, Severity
from polycast.platforms import accessibility, tone
from polycast.platforms.repairs import untagged
from polycast.platforms.textrules import HOUSE, Rule, Span, hashtags, paragraphs, sentences, word_count

WORDS = Rule(
    "words",
    "A post has 150 to 300 words.",
    f"{HOUSE}: enough for two or three insights, and read in under two minutes.",
    unit="words",
    minimum=150,
    maximum=300,
    target=(180, 250),
)
PARAGRAPHS = Rule(
    "paragraphs",
    "A post has at least one paragraph break.",
    f"{HOUSE}: a block of text this long is skipped on a phone.",
    unit="paragraphs",
    minimum=2,
)
HASHTAGS = Rule(
    "hashtags",
    "A post has at most five hashtags.",
    f"{HOUSE}: LinkedIn sets no limit; more look like advertising.",
    unit="hashtags",
    maximum=5,
    target=(3, 5),
)
LENGTH = Rule(
    "length",
    "A post has at most 3000 characters.",
    "LinkedIn's API answers “ShareCommentary text length … exceeded the maximum allowed (3000 characters)” "
    "(quoted in github.com/n8n-io/n8n/issues/22899). It doesn't say what a character is: counted here are "
    "UTF-16 code units, the most that it can be.",
    unit="characters",
    maximum=3000,
    since="2021-06",
)
HOOK = Rule(
    "hook",
    "The first sentence ends before the “…more” fold on a phone.",
    "Observed by John Espirian, “See more breakpoints on LinkedIn posts”, September 2024: three lines on "
    "every device. The number of characters is our estimate for a phone of common width.",
    Severity.WARNING,
    unit="characters",
    maximum=140,
    target=(40, 120),
    since="2024-09",
)
RULES = (WORDS, PARAGRAPHS, HASHTAGS, LENGTH, HOOK, *tone.RULES, *accessibility.RULES)


class Fold(NamedTuple):
    """What is shown of a post before the reader asks for more."""

    lines: int
    characters: int

    def end(self, text: str) -> int:
        """How many code points of a text are shown: each line wraps, and a blank one takes its place too."""
        width, lines, shown = self.characters // self.lines, self.lines, 0
        for line in text.split("\n"):
            wrapped = max(1, -(-len(line) // width))
            if wrapped > lines:
                return shown + lines * width
            lines -= wrapped
            shown += len(line) + 1
        return len(text)


FOLDS = {"phone": Fold(3, 140), "desktop": Fold(3, 210)}

READING_SPEED = 238
"""Words a minute in silence: Brysbaert 2019, “How many words do we read per minute?”, English non-fiction."""


def check(text: str) -> CheckResult:
    words, blocks, tags = word_count(text), paragraphs(text), hashtags(text)
    characters = len(text.encode("utf-16-le", "surrogatepass")) // 2
    findings = [
        *_words(words),
        *_paragraphs(len(blocks)),
        *_hashtags(text, tags),
        *_length(text, characters),
        *_hook(text),
        *tone.check(text),
        *accessibility.check(text),
    ]
    return CheckResult.of(
        findings,
        counts={
            "words": words,
            "characters": characters,
            "paragraphs": len(blocks),
            "hashtags": len(tags),
        },
        metadata={
            "word_count": words,
            "character_count": characters,
            "paragraph_count": len(blocks),
            "hashtags": [tag.text for tag in tags],
            "hook": text[: FOLDS["phone"].end(text)].strip(),
            "reading_seconds": round(words * 60 / READING_SPEED),
        },
    )


def _words(count: int) -> Iterator[Finding]:
    if not WORDS.allows(count):
        low, high = WORDS.least, WORDS.most
        short = f"{low - count} too few to carry an insight" if count < low else f"{count - high} too many"
        yield WORDS.finding(f"The post has {count} words, {short}: {low} to {high} are wanted")


def _paragraphs(count: int) -> Iterator[Finding]:
    if not PARAGRAPHS.allows(count):
        yield PARAGRAPHS.finding("The post has no blank line: as one block it is skipped on a phone")


def _hashtags(text: str, tags: list[Span]) -> Iterator[Finding]:
    if not HASHTAGS.allows(len(tags)):
        surplus = tags[HASHTAGS.most :]
        message = f"The post has {len(tags)} hashtags; more than {HASHTAGS.most} look like advertising"
        yield HASHTAGS.finding(message, surplus[0].start, surplus[-1].end, untagged(text, surplus))


def _length(text: str, characters: int) -> Iterator[Finding]:
    if not LENGTH.allows(characters):
        message = (
            f"The post has {characters} characters and LinkedIn takes {LENGTH.most}; most emoji and symbols "
            "that look like bold letters count 2 or more"
        )
        yield LENGTH.finding(message, min(LENGTH.most, len(text) - 1), len(text))


def _hook(text: str) -> Iterator[Finding]:
    first = next(iter(sentences(text[:2000])), None)
    shown = FOLDS["phone"].end(text)
    if first is not None and first.end > shown:
        message = (
            f"On a phone only about {shown} characters show before “…more”; the first sentence ends after "
            f"{first.end}, so nobody sees its point without a tap"
        )
        yield HOOK.finding(message, first.start, first.end)

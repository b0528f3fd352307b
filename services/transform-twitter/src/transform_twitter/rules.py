"""X's rules, dated and with their sources, and the check of a text against them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from polycast.contracts import CheckResult, Finding, Part, Severity
from polycast.platforms import accessibility, tone
from polycast.platforms.textrules import EMOJI, HOUSE, Rule, Span
from transform_twitter.links import links
from transform_twitter.text import parse
from transform_twitter.weight import EMOJI_WEIGHT, LINK_WEIGHT, fitting, pieces, weigh

COUNTING = "X documentation, “Counting characters” (docs.x.com/fundamentals/counting-characters)"

TWEETS = Rule(
    "tweets",
    "A draft is one tweet or a thread of up to five.",
    f"{HOUSE}: few readers follow a longer thread.",
    unit="tweets",
    minimum=1,
    maximum=5,
    target=(1, 4),
)
LENGTH = Rule(
    "length",
    "A tweet counts at most 280 weighted characters: a link 23, an emoji or a CJK character 2.",
    COUNTING,
    unit="weighted characters",
    maximum=280,
    target=(180, 260),
    since="2017-11",
)
CHARACTERS = Rule(
    "characters",
    "A tweet has no U+FEFF, U+FFFE or U+FFFF.",
    "twitter-text 3, invalid characters: X refuses a tweet with such a character.",
)
LINK = Rule(
    "link",
    "Whatever ends in a top-level domain becomes a link and counts 23.",
    COUNTING,
    Severity.INFO,
    unit="weighted characters",
    target=(LINK_WEIGHT, LINK_WEIGHT),
)
RULES = (TWEETS, LENGTH, CHARACTERS, LINK, *tone.RULES, *accessibility.RULES)

FORBIDDEN = re.compile("[\ufeff\ufffe\uffff]")


def length_of(limit: int) -> Rule:
    """The rule of length for an account whose tweets may count `limit`: X Premium's are longer."""
    return (
        LENGTH
        if limit == LENGTH.maximum
        else replace(LENGTH, says=LENGTH.says.replace("280", str(limit)), maximum=limit)
    )


def check(text: str, length: Rule = LENGTH) -> CheckResult:
    tweets = parse(text)
    parts = [Part(text=tweet.text, count=weigh(tweet.text), limit=length.most) for tweet in tweets]
    findings = [
        *_number_of(tweets),
        *_too_long(tweets, parts, length),
        *_forbidden(text),
        *_bare_links(tweets),
        *tone.check(text),
        *accessibility.check(text),
    ]
    return CheckResult.of(
        findings,
        counts={"tweets": len(parts), "characters": sum(part.count for part in parts)},
        metadata={
            "format": "thread" if len(parts) > 1 else "single",
            "tweets": [{"text": part.text, "char_count": part.count} for part in parts],
            "tweet_count": len(parts),
        },
        parts=tuple(parts),
    )


def _number_of(tweets: list[Span]) -> Iterator[Finding]:
    if not tweets:
        yield TWEETS.finding("There is no text: a tweet needs at least one character")
    elif not TWEETS.allows(len(tweets)):
        surplus = tweets[TWEETS.most]
        message = (
            f"The thread has {len(tweets)} tweets; a thread of more than {TWEETS.most} loses its readers"
        )
        yield TWEETS.finding(message, surplus.start, tweets[-1].end)


def _too_long(tweets: list[Span], parts: list[Part], length: Rule) -> Iterator[Finding]:
    for number, (tweet, part) in enumerate(zip(tweets, parts, strict=True), 1):
        if not length.allows(part.count):
            message = (
                f"Tweet {number} counts {part.count} of {part.limit}, {part.count - part.limit} too many"
                f"{_why(tweet.text)}"
            )
            start = tweet.start + fitting(tweet.text, part.limit)
            yield length.finding(message, start, tweet.end)


def _why(text: str) -> str:
    """What of a text doesn't count one a character, in words."""
    wide = sum(p.end - p.start for p in pieces(text) if not p.indivisible and p.each > 1)
    reasons = [
        (sum(1 for _ in links(text)), f"a link counts {LINK_WEIGHT} whatever its length"),
        (len(EMOJI.findall(text)), f"an emoji counts {EMOJI_WEIGHT}"),
        (wide, "a character of Chinese, Japanese or Korean, an arrow or the like counts 2"),
    ]
    told = [f"{reason} ({count} here)" for count, reason in reasons if count]
    return f": {'; '.join(told)}" if told else ""


def _forbidden(text: str) -> Iterator[Finding]:
    for match in FORBIDDEN.finditer(text):
        message = (
            f"The invisible character U+{ord(match.group()):04X} stands here; X refuses a tweet that has it"
        )
        yield CHARACTERS.finding(message, *match.span(), fix="")


def _bare_links(tweets: list[Span]) -> Iterator[Finding]:
    for tweet in tweets:
        for link in links(tweet.text):
            if link.bare:
                written = tweet.text[link.start : link.end]
                message = (
                    f"`{written}` counts {LINK_WEIGHT}: .{link.top_level} is a top-level domain, "
                    "so X makes it a link"
                )
                yield LINK.finding(message, tweet.start + link.start, tweet.start + link.end)

"""X as a platform: everything that Polycast knows of it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from polycast.llm import PromptTemplate
from polycast.platforms import Platform, Repair, repairs
from polycast.platforms.accessibility import real_letters
from polycast.platforms.textrules import announce
from transform_twitter.output import Thread, compose
from transform_twitter.rules import FORBIDDEN, LENGTH, RULES, TWEETS, check, length_of
from transform_twitter.settings import Settings
from transform_twitter.text import SEPARATOR, join, parse, split_thread

PROMPT = Path(__file__).with_name("prompts") / "twitter.v1.md"


def twitter(settings: Settings) -> Platform:
    limit = settings.premium_limit
    length = length_of(limit)
    return Platform(
        slug="twitter",
        name="X",
        prompt=PromptTemplate.load(PROMPT),
        output=Thread,
        compose=compose,
        check=partial(check, length=length),
        repair=repairs.in_order(
            repairs.noted("removed characters that X refuses", lambda text: FORBIDDEN.sub("", text)),
            repairs.tidy,
            real_letters,
            repairs.noted("set a line of three dashes between tweets", _canonical),
            partial(_split, limit=limit),
        ),
        limits=announce(length if rule is LENGTH else rule for rule in RULES),
        preview={
            "kind": "thread",
            "accent": "#0F1419",
            "separator": SEPARATOR,
            "limit": limit,
            "max_parts": TWEETS.most,
            "compose": {
                "url": "https://x.com/intent/tweet?text={text}",
                "of": "part",
                "source": "docs.x.com/x-for-websites/post-button/guides/web-intent",
            },
        },
    )


def _canonical(text: str) -> str:
    return join(tweet.text for tweet in parse(text))


def _split(text: str, limit: int) -> Repair:
    """A single tweet that is too long, as a thread, if it then fits."""
    if len(parse(text)) != 1 or not 1 < len(tweets := split_thread(text, limit)) <= TWEETS.most:
        return Repair(text)
    return Repair(
        join(tweets), (f"split a tweet that was too long into {len(tweets)} at the ends of sentences",)
    )


TWITTER = twitter(Settings())

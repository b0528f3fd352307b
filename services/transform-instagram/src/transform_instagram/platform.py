"""Instagram as a platform: everything that Polycast knows of it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from polycast.llm import PromptTemplate
from polycast.platforms import Platform, repairs
from polycast.platforms.accessibility import real_letters
from polycast.platforms.textrules import announce
from transform_instagram.output import Reel, compose
from transform_instagram.rules import HASHTAGS, PACE, RULES, SCENES, TIMES, TOTAL, check, pace_of
from transform_instagram.settings import Settings

PROMPT = Path(__file__).with_name("prompts") / "instagram.v1.md"


def instagram(settings: Settings) -> Platform:
    pace = pace_of(settings.words_per_minute)
    return Platform(
        slug="instagram",
        name="Instagram",
        prompt=PromptTemplate.load(PROMPT),
        output=Reel,
        compose=compose,
        check=partial(check, words_per_minute=settings.words_per_minute),
        repair=repairs.in_order(repairs.tidy, real_letters, repairs.drop_hashtags(HASHTAGS.most)),
        limits=announce(pace if rule is PACE else rule for rule in RULES),
        preview={
            "kind": "script",
            "accent": "#C13584",
            "words_per_minute": settings.words_per_minute,
            "sections": [
                {
                    "name": name,
                    "heading": f"{name.upper()}:",
                    "seconds": [rule.least, rule.most],
                    "target": rule.target[0] if rule.target else None,
                }
                for name, rule in TIMES.items()
            ],
            "total": [TOTAL.least, TOTAL.most],
            "scenes": {"heading": "SCENES:", "minimum": SCENES.least},
            "compose": None,
        },
    )


INSTAGRAM = instagram(Settings())

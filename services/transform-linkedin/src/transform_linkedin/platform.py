"""LinkedIn as a platform: everything that Polycast knows of it."""

from __future__ import annotations

from pathlib import Path

from polycast.llm import PromptTemplate
from polycast.platforms import Platform, repairs
from polycast.platforms.accessibility import real_letters
from polycast.platforms.textrules import announce
from transform_linkedin.output import Post, compose, metadata
from transform_linkedin.rules import FOLDS, HASHTAGS, HOOK, RULES, check

LINKEDIN = Platform(
    slug="linkedin",
    name="LinkedIn",
    prompt=PromptTemplate.load(Path(__file__).with_name("prompts") / "linkedin.v1.md"),
    output=Post,
    compose=compose,
    metadata=metadata,
    check=check,
    repair=repairs.in_order(repairs.tidy, real_letters, repairs.drop_hashtags(HASHTAGS.most)),
    limits=announce(RULES),
    preview={
        "kind": "post",
        "accent": "#0A66C2",
        "fold": {device: fold._asdict() for device, fold in FOLDS.items()} | {"source": HOOK.source},
        "compose": {
            "url": "https://www.linkedin.com/feed/?shareActive=true&text={text}",
            "of": "text",
            "source": "Observed: LinkedIn documents no address that fills in a post's text.",
        },
    },
)

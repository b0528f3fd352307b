"""Instagram's rules for a Reel, dated and with their sources, and the check of a script against them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from polycast.contracts import CheckResult, Finding, Severity
from polycast.platforms import accessibility, tone
from polycast.platforms.repairs import untagged
from polycast.platforms.speech import said, seconds
from polycast.platforms.textrules import HOUSE, Rule, hashtags
from transform_instagram.text import SPOKEN, Script, parse, spoken

PACE = Rule(
    "pace",
    "A script is timed at 150 spoken words a minute, numbers and abbreviations as they are said.",
    f"{HOUSE}: a common rate for talks; the setting POLYCAST_WORDS_PER_MINUTE changes it.",
    Severity.INFO,
    unit="words a minute",
    target=(150, 150),
)
SECTIONS = Rule(
    "sections",
    "A script has the sections HOOK, VALUE and CTA, and nothing outside of its sections.",
    f"{HOUSE}: each does a job of its own in a Reel.",
)
TOTAL = Rule(
    "total",
    "A script takes 15 to 60 seconds to say.",
    f"{HOUSE}: Instagram takes longer Reels; a short one is watched to its end.",
    unit="seconds",
    minimum=15,
    maximum=60,
    target=(57, 57),
)
TIMES = {
    "hook": Rule(
        "hook",
        "The hook takes 3 to 5 seconds.",
        f"{HOUSE}: viewers decide in the first seconds whether to stay.",
        Severity.WARNING,
        unit="seconds",
        minimum=3,
        maximum=5,
        target=(4, 4),
    ),
    "value": Rule(
        "value",
        "The value takes 40 to 50 seconds.",
        f"{HOUSE}: time for one idea with an example.",
        Severity.WARNING,
        unit="seconds",
        minimum=40,
        maximum=50,
        target=(46, 46),
    ),
    "cta": Rule(
        "cta",
        "The call to action takes 5 to 10 seconds.",
        f"{HOUSE}: long enough for one clear request.",
        Severity.WARNING,
        unit="seconds",
        minimum=5,
        maximum=10,
        target=(7, 7),
    ),
}
SCENES = Rule(
    "scenes",
    "A script suggests at least two scenes.",
    f"{HOUSE}: a Reel of a single shot is left early.",
    unit="scenes",
    minimum=2,
    target=(3, 5),
)
CAPTION = Rule(
    "caption",
    "The spoken text, used as a caption, has at most 2200 characters.",
    "Meta's limit for the field `caption` of a media container, as told by docs.letmepost.dev/preflight/"
    "instagram-text-max_graphemes. Counted here are code points, the stricter reading.",
    unit="characters",
    maximum=2200,
)
HASHTAGS = Rule(
    "hashtags",
    "A Reel has at most five hashtags.",
    "Instagram's @creators account, 18 December 2025: “update the number of hashtags that you can include in "
    "a caption for a reel or post to five” (quoted in socialmediatoday.com/news/"
    "instagrams-implementing-new-limits-on-hashtag-use/808309).",
    unit="hashtags",
    maximum=5,
    target=(0, 5),
    since="2025-12",
)
RULES = (
    SECTIONS,
    PACE,
    TOTAL,
    *TIMES.values(),
    SCENES,
    CAPTION,
    HASHTAGS,
    *tone.RULES,
    *accessibility.RULES,
)


def pace_of(words_per_minute: int) -> Rule:
    """The rule of pace for another rate."""
    says = PACE.says.replace("150", str(words_per_minute))
    return replace(PACE, says=says, target=(words_per_minute, words_per_minute))


def check(text: str, words_per_minute: int = 150) -> CheckResult:
    script = parse(text)
    durations = {
        name: seconds(spoken(script.sections[name].text), words_per_minute) if name in script.sections else 0
        for name in SPOKEN
    }
    total = round(sum(durations.values()), 1)
    findings = [
        *_sections(script),
        *_times(script, durations, words_per_minute),
        *_total(total, words_per_minute),
        *_scenes(script),
        *_caption(script),
        *_hashtags(text),
        *tone.check(text),
        *accessibility.check(text),
    ]
    return CheckResult.of(
        findings,
        counts={
            "seconds": total,
            "scenes": len(script.scenes),
            "characters": len(script.caption),
            "hashtags": len(hashtags(text)),
        },
        metadata={
            "sections": {
                name: script.sections[name].text if name in script.sections else "" for name in SPOKEN
            },
            "scene_suggestions": script.scenes,
            "duration_estimate": durations | {"total": total},
            "words_per_minute": words_per_minute,
        },
    )


def _sections(script: Script) -> Iterator[Finding]:
    for name in SPOKEN:
        if name not in script.sections:
            heading = name.upper()
            yield SECTIONS.finding(
                f"There is no text under a line “{heading}:”; every Reel needs its {heading}"
            )
    for stray in script.strays:
        message = "This stands before the first heading, so it belongs to no section and isn't timed"
        yield replace(SECTIONS, severity=Severity.WARNING).finding(message, stray.start, stray.end)


def _times(script: Script, durations: Mapping[str, float], pace: int) -> Iterator[Finding]:
    for name, rule in TIMES.items():
        if name in script.sections and not rule.allows(durations[name]):
            section = script.sections[name]
            message = (
                f"The {name.upper()} takes {durations[name]:g} s at {pace} words a minute, "
                f"{rule.least} to {rule.most} s are wanted: {_advice(rule, durations[name], pace)}"
                f"{_spoken_longer(section.text)}"
            )
            yield rule.finding(message, section.start, section.end)


def _total(total: float, pace: int) -> Iterator[Finding]:
    if not TOTAL.allows(total):
        message = (
            f"The script takes {total:g} s at {pace} words a minute, "
            f"{TOTAL.least} to {TOTAL.most} s are wanted: {_advice(TOTAL, total, pace)}"
        )
        yield TOTAL.finding(message)


def _advice(rule: Rule, duration: float, pace: int) -> str:
    """How many words to cut or to add, to come within a rule's bounds."""
    if duration > rule.most:
        return f"cut at least {_words(duration - rule.most, pace)}"
    return f"add at least {_words(rule.least - duration, pace)}"


def _words(duration: float, pace: int) -> str:
    count = -int(-duration * pace // 60)
    return f"{count} word{'s' * (count != 1)}"


def _spoken_longer(section: str) -> str:
    """What of a section takes more words to say than to write, in words."""
    longer = [
        f"“{piece.written}” is {len(piece.words)}" for piece in said(spoken(section)) if len(piece.words) > 1
    ]
    return f" ({', '.join(dict.fromkeys(longer))} words when spoken)" if longer else ""


def _scenes(script: Script) -> Iterator[Finding]:
    count = len(script.scenes)
    if not SCENES.allows(count):
        has = "is only one scene" if count else "are no scenes"
        yield SCENES.finding(
            f"There {has} under “SCENES:”; write at least {SCENES.least}, each on a line with “- ”"
        )


def _caption(script: Script) -> Iterator[Finding]:
    if not CAPTION.allows(len(script.caption)):
        message = f"As a caption this has {len(script.caption)} characters; Instagram takes {CAPTION.most}"
        yield CAPTION.finding(message)


def _hashtags(text: str) -> Iterator[Finding]:
    tags = hashtags(text)
    if not HASHTAGS.allows(len(tags)):
        message = f"There are {len(tags)} hashtags; since December 2025 Instagram takes {HASHTAGS.most}"
        surplus = tags[HASHTAGS.most :]
        yield HASHTAGS.finding(message, surplus[0].start, surplus[-1].end, untagged(text, surplus))

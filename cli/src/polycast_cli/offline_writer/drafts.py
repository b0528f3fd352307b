"""Drafts for the platforms this writer knows well, each within the platform's rules by construction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from polycast_cli.offline_writer.asked import Asked
from polycast_cli.offline_writer.bank import bank
from polycast_cli.offline_writer.material import Beat, Material, fit, gather, in_order
from polycast_cli.offline_writer.text import (
    Words,
    ended,
    shorten,
    speakable,
    total,
    weight,
    words,
)

#: What is asked of each platform, from issue "one trigger, fifteen drafts": words, weighted characters.
LINKEDIN_WORDS = (182, 248)
TWEET_SINGLE, TWEET_IN_THREAD = 280, 260
REEL_HOOK, REEL_VALUE, REEL_CTA = (8, 11), (105, 122), (14, 22)
#: All sections of a reel together: a minute has 150.
REEL_WORDS = 148
#: Most beats that are told as a list; a strict counter takes each dash for a word.
LIST_ITEMS = 4
#: By how many words counters may differ on what a person wrote before a draft goes without it.
LINKEDIN_UNCERTAIN, REEL_UNCERTAIN = 25, 5


def linkedin(asked: Asked, seed: int) -> dict[str, Any]:
    """`{"content_text", "tone", "key_points"}`: 182 to 248 words, hashtags counted or not."""
    material = gather(asked, seed)
    rng = material.rng
    opening = _linkedin_opening(material)
    takeaway = material.takeaway()
    closing = _linkedin_closing(material, takeaway, used=opening)
    tags = [] if "no_hashtags" in material.wishes else material.tags()
    heading = rng.choice(bank().phrases.list_headings) if rng.random() < 0.25 else ""
    own = _certain(_own_words(material, most_words=45, most_characters=320), LINKEDIN_UNCERTAIN)
    leads = material.leads()
    told = leads if heading else _led_in(material, leads)
    low, high = LINKEDIN_WORDS
    beats = fit(
        [*([Beat("own", own)] if own else []), *told],
        [*material.extras(), *material.fillers()],
        fixed=total((*opening, *closing, heading)) + Words(0, len(tags) + (LIST_ITEMS if heading else 0)),
        low=low,
        high=high,
        aim=_aim(material, low, high - 8, rng.randint(192, 232)),
    )
    ordered = in_order(told[0], beats)
    paragraphs = _listed(ordered, heading) if heading else _paragraphs(ordered, material)
    hashtags = [" ".join(f"#{tag}" for tag in tags)] if tags else []
    return {
        "content_text": "\n\n".join((*opening, *paragraphs, *closing, *hashtags)),
        "tone": material.angle.tone,
        "key_points": [
            point.rstrip(".") for point in (leads[0].sentences[0], leads[1].sentences[0], takeaway)
        ],
    }


def _aim(material: Material, shortest: int, longest: int, usual: int) -> int:
    if "shorter" in material.wishes:
        return shortest
    return longest if "longer" in material.wishes else usual


def _linkedin_opening(material: Material) -> list[str]:
    opening: list[str] = []
    if "question_first" in material.wishes:
        opening.append(material.question_openings()[0])
    if material.title:
        opening.append(shorten(material.title, most_words=22, most_characters=120))
    elif not opening:
        opening.append(_pick_opening(material))
    return opening


def _pick_opening(material: Material) -> str:
    """Mostly a statement, now and then a question."""
    options = material.statements()
    if material.topic and material.rng.random() < 0.2:
        options = material.question_openings()
    return options[0]


def _linkedin_closing(material: Material, takeaway: str, used: list[str]) -> list[str]:
    closing = [takeaway]
    ask = next((ask for ask in material.asks() if ask not in used), "")
    if not ask:
        return closing
    patterns = bank().phrases.linkedin_closings
    if material.audience and material.rng.random() < 0.6:
        patterns = bank().phrases.audience_closings
    pattern = material.rng.choice(patterns)
    final = (
        pattern.replace("{ask}", ask)
        .replace("{lower_ask}", ask[0].lower() + ask[1:])
        .replace("{audience}", material.audience)
    )
    return [*closing, final] if material.rng.random() < 0.6 else [f"{closing[0]} {final}"]


def _own_words(material: Material, *, most_words: int, most_characters: int) -> tuple[str, ...]:
    """The person's own sentences from the first on, as many as fit; a very long first one is cut short."""
    kept: list[str] = []
    for sentence in material.own:
        longer = " ".join((*kept, sentence))
        if words(longer).high > most_words or weight(longer) > most_characters:
            break
        kept.append(sentence)
    if not kept and material.own:
        kept = [shorten(material.own[0], most_words=most_words, most_characters=most_characters)]
    return tuple(kept)


def _certain(parts: Iterable[str], most: int) -> tuple[str, ...]:
    """The parts, less those on whose number of words counters would differ by more than `most` in all."""
    kept: list[str] = []
    for part in filter(None, parts):
        size = total((*kept, part))
        if size.high - size.low <= most:
            kept.append(part)
    return tuple(kept)


def _led_in(material: Material, leads: list[Beat]) -> list[Beat]:
    """The same beats, some with a few words that lead into them."""
    led: list[Beat] = []
    for position, beat in enumerate(leads):
        line = material.rng.choice(bank().general.leads[beat.kind]) if position else ""
        led.append(Beat(beat.kind, (f"{line} {beat.sentences[0]}".strip(), *beat.sentences[1:])))
    return led


def _paragraphs(beats: list[Beat], material: Material) -> list[str]:
    """A paragraph a beat, with remarks set beside the beat before them."""
    paragraphs: list[str] = []
    for beat in beats:
        if beat.kind == "remark" and paragraphs and material.rng.random() < 0.6:
            paragraphs[-1] += f" {beat.text}"
        else:
            paragraphs.append(beat.text)
    return paragraphs


def _listed(beats: list[Beat], heading: str) -> list[str]:
    """The first beats as paragraphs, the rest as a list under a heading."""
    keep = max(2, len(beats) - LIST_ITEMS)
    items = "\n".join(f"- {beat.text}" for beat in beats[keep:])
    paragraphs = [beat.text for beat in beats[:keep]]
    return [*paragraphs, f"{heading}\n{items}"] if items else paragraphs


def twitter(asked: Asked, seed: int) -> dict[str, Any]:
    """`{"format", "tweets"}`: one tweet of at most 280 weighted characters, or 2 to 4 of at most 260."""
    material = gather(asked, seed)
    opening = _tweet_opening(material)
    single = "single" in material.wishes or (
        "thread" not in material.wishes and ("shorter" in material.wishes or material.rng.random() < 0.35)
    )
    texts = (_single(material, opening) if single else None) or _thread(material, opening)
    return {"format": "single" if len(texts) == 1 else "thread", "tweets": [{"text": text} for text in texts]}


def _tweet_opening(material: Material) -> str:
    title = ended(shorten(material.title, most_words=22, most_characters=110)) if material.title else ""
    if "question_first" in material.wishes:
        return f"{material.question_openings()[0]} {title}".strip()
    return title or _pick_opening(material)


def _explanation(material: Material) -> list[str]:
    """What the topic means in plain words, where its name is a term of the field."""
    jargon = material.topic is not None and material.topic.jargon and material.lead[0] != "plain"
    return [material.beat("plain").sentences[0]] if jargon else []


def _tweet_ending(material: Material, opening: str) -> list[str]:
    """A question to the reader, a remark or the takeaway, now and then more than one of them."""
    ask = next(ask for ask in material.asks() if ask not in opening)
    remark, takeaway = material.remarks()[0], material.takeaway()
    return material.rng.choice(([ask], [remark], [remark, ask], [takeaway], [remark, takeaway]))


def _single(material: Material, opening: str) -> list[str] | None:
    """One tweet with as much of lead and ending as fits, or None where not even a thought does."""
    own = " ".join(_own_words(material, most_words=40, most_characters=150))
    lead, explanation = material.leads()[0], " ".join(_explanation(material))
    thoughts = [lead.text, lead.shortest().text]
    cores = [f"{explanation} {thought}".strip() for thought in thoughts] + thoughts
    if own:
        cores = [*(f"{own}\n\n{thought}" for thought in thoughts), own]
    ending = _tweet_ending(material, opening)
    bare: list[list[str]] = [[]] if material.wishes & {"single", "shorter"} else []
    for core in cores:
        for after in (ending, ending[:1], *bare):
            tweet = "\n\n".join((opening, core, *after))
            if weight(tweet) <= TWEET_SINGLE:
                return [tweet]
    return None


def _thread(material: Material, opening: str) -> list[str]:
    """2 to 4 tweets: the opening with the first thought that fits beside it, thoughts, an ending."""
    own = _own_words(material, most_words=45, most_characters=240 - weight(opening))
    lead, *others = material.leads()
    material.rng.shuffle(others)
    asides = [beat for beat in material.extras() if beat.kind == "aside"]
    before = [_tweets(thought) for thought in (own, _explanation(material)) if thought]
    bodies = [*before, *(_tweets(beat.sentences) for beat in (lead, *others[:1], *asides))]
    first = opening
    if len(bodies[0]) == 1 and weight(f"{opening}\n\n{bodies[0][0]}") <= TWEET_IN_THREAD:
        first = f"{opening}\n\n{bodies.pop(0)[0]}"
    told = not before and first is not opening
    room = material.rng.choice((1, 2, 2) if own else (0, 1, 1, 2, 2))
    middle: list[str] = []
    while bodies and (not (middle or told) or len(middle) + len(bodies[0]) <= room):
        middle += bodies.pop(0)
    return [first, *middle[:2], "\n\n".join(_tweet_ending(material, opening))]


def _tweets(thought: Sequence[str]) -> list[str]:
    """A thought as one tweet where it fits, else a tweet a sentence."""
    together = " ".join(thought)
    return [together] if weight(together) <= TWEET_IN_THREAD else list(thought)


def instagram(asked: Asked, seed: int) -> dict[str, Any]:
    """`{"sections": {"hook", "value", "cta"}, "scene_suggestions"}`: at 150 words a minute the hook takes
    3 to 5 s, the value 40 to 50 s, the call to act 5 to 10 s, all together at most 60 s."""
    material = gather(asked, seed)
    title = speakable(material.title)
    hook, spoken = _reel_hook(material, title)
    takeaway = material.takeaway()
    intro = _introduced(title, material) if title and not spoken else ""
    leads = material.leads()
    lead = leads[0]
    own = _spoken_words(material, intro)
    if own:
        leads.insert(0, Beat("own", own))
    cta = next(cta for cta in material.some(bank().phrases.instagram_ctas) if _fits(cta, REEL_CTA))
    low, most = REEL_VALUE
    high = min(most, REEL_WORDS - total((hook, cta)).high)
    aim = _aim(material, low, high - 4, material.rng.randint(low, low + 8))
    extras = [*material.extras(), *material.fillers()]
    beats = fit(leads, extras, fixed=words(takeaway), low=low, high=high, aim=aim)
    ordered = in_order(lead, beats)
    scenes = material.shots()[: material.rng.randint(3, 5)]
    value = " ".join((*(beat.text for beat in ordered), takeaway))
    return {"sections": {"hook": hook, "value": value, "cta": cta}, "scene_suggestions": scenes}


def _fits(text: str, bounds: tuple[int, int]) -> bool:
    return words(text).within(*bounds)


def _reel_hook(material: Material, title: str) -> tuple[str, bool]:
    """The hook, and whether it says the person's title."""
    if "question_first" in material.wishes:
        return next(filter(_is_hook, material.question_openings())), False
    if title and _is_hook(title):
        return title, True
    options = [*material.statements(), *bank().general.hooks]
    if material.topic and material.rng.random() < 0.3:
        options = [*material.question_openings(), *options]
    return next(filter(_is_hook, options)), False


def _is_hook(text: str) -> bool:
    return _fits(text, REEL_HOOK)


def _introduced(title: str, material: Material) -> str:
    line = material.rng.choice(bank().general.introductions)
    return f"{line} {ended(shorten(title, most_words=14, most_characters=100))}"


def _spoken_words(material: Material, intro: str) -> tuple[str, ...]:
    """The person's title and sentences as a voice can say them, less those whose length is uncertain."""
    spoken = [speakable(sentence) for sentence in _own_words(material, most_words=25, most_characters=240)]
    return _certain((intro, *(ended(said) for said in spoken)), REEL_UNCERTAIN)


Composer = Callable[[Asked, int], dict[str, Any]]
COMPOSERS: Mapping[str, Composer] = {"linkedin": linkedin, "twitter": twitter, "instagram": instagram}

"""Drafts for the platforms this writer knows well, each within the platform's rules by construction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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


def linkedin(asked: Asked, seed: int) -> dict[str, Any]:
    """`{"content_text", "tone", "key_points"}`: 182 to 248 words, hashtags counted or not."""
    material = gather(asked, seed)
    rng = material.rng
    opening = _linkedin_opening(material)
    closing = _linkedin_closing(material, used=opening)
    tags = [] if "no_hashtags" in material.wishes else material.tags()
    low, high = LINKEDIN_WORDS
    aim = _aim(material, low, high - 8, rng.randint(192, 232))
    own = _own_words(material, most_words=45, most_characters=320)
    leads = ([Beat("own", own)] if own else []) + material.leads()
    extras = material.extras()
    heading = rng.choice(bank().phrases.list_headings) if rng.random() < 0.25 else ""
    if not heading:
        leads = _led_in(material, leads)
    fixed = total((*opening, *closing, heading)) + Words(0, len(tags))
    beats = fit(leads, extras, fixed=fixed, low=low, high=high, aim=aim)
    first, rest = beats[: 1 + bool(own)], beats[1 + bool(own) :]
    ordered = [*first[:-1], *in_order(first[-1], rest)]
    paragraphs = _listed(ordered, heading) if heading else _paragraphs(ordered, material)
    blocks = [*opening, *paragraphs, *closing]
    if tags:
        blocks.append(" ".join(f"#{tag}" for tag in tags))
    points = [*(beat.sentences[0] for beat in material.leads()[:2]), material.takeaway()]
    return {
        "content_text": "\n\n".join(blocks),
        "tone": material.angle.tone,
        "key_points": [point.rstrip(".") for point in dict.fromkeys(points) if point],
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
        options = material.asks() or options
    return options[0]


def _linkedin_closing(material: Material, used: list[str]) -> list[str]:
    closing = [material.takeaway()]
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


def _led_in(material: Material, leads: list[Beat]) -> list[Beat]:
    """The same beats, some with a few words that lead into them."""
    led: list[Beat] = []
    for position, beat in enumerate(leads):
        line = material.rng.choice(bank().general.leads[beat.kind]) if beat.kind and position else ""
        led.append(Beat(beat.kind, (f"{line} {beat.sentences[0]}".strip(), *beat.sentences[1:])))
    return led


def _paragraphs(beats: list[Beat], material: Material) -> list[str]:
    """A paragraph a beat, with remarks set beside the beat before them."""
    paragraphs: list[str] = []
    for beat in beats:
        alone = beat.kind is not None or material.rng.random() < 0.5 or not paragraphs
        if alone:
            paragraphs.append(beat.text)
        else:
            paragraphs[-1] += f" {beat.text}"
    return paragraphs


def _listed(beats: list[Beat], heading: str) -> list[str]:
    """The first beats as paragraphs, the rest as a list under a heading."""
    keep = max(2, len(beats) - 4)
    items = "\n".join(f"- {beat.text}" for beat in beats[keep:])
    return (
        [*(beat.text for beat in beats[:keep]), f"{heading}\n{items}"] if items else [b.text for b in beats]
    )


def twitter(asked: Asked, seed: int) -> dict[str, Any]:
    """`{"format", "tweets"}`: one tweet of at most 280 weighted characters, or 2 to 4 of at most 260."""
    material = gather(asked, seed)
    opening = _tweet_opening(material)
    single = "single" in material.wishes or (
        "thread" not in material.wishes and ("shorter" in material.wishes or material.rng.random() < 0.35)
    )
    texts = _single(material, opening) if single else _thread(material, opening)
    return {"format": "single" if len(texts) == 1 else "thread", "tweets": [{"text": text} for text in texts]}


def _tweet_opening(material: Material) -> str:
    title = ended(shorten(material.title, most_words=22, most_characters=110)) if material.title else ""
    if "question_first" in material.wishes:
        return f"{material.question_openings()[0]} {title}".strip()
    return title or _pick_opening(material)


def _explained(material: Material) -> Beat | None:
    """What the topic means in plain words, so that no term stays unexplained."""
    return material.beat("plain") if material.topic else None


def _single(material: Material, opening: str) -> list[str]:
    lead, plain = material.leads()[0], _explained(material)
    own = _own_words(material, most_words=40, most_characters=150)
    middle = [*own, *([plain.sentences[0]] if plain and not own else []), *lead.sentences[:1]]
    end = [ask for ask in material.asks() if ask not in opening][:1] or [material.takeaway()]
    return [_packed(opening, middle, end, TWEET_SINGLE)]


def _thread(material: Material, opening: str) -> list[str]:
    rng = material.rng
    lead, *others = material.leads()
    plain = _explained(material)
    own = _own_words(material, most_words=45, most_characters=240 - weight(opening))
    if own or plain is None or plain == lead:
        first = [*own] or list(lead.sentences)
    else:
        first = [plain.sentences[0]]
        others.insert(0, lead)
    if own:
        others.insert(0, lead)
    others.extend(beat for beat in material.extras()[:2])
    tweets = [_packed(opening, first, [], TWEET_IN_THREAD)]
    length = rng.choice((2, 3, 3, 4, 4))
    tweets += [
        _packed(beat.sentences[0], list(beat.sentences[1:]), [], TWEET_IN_THREAD)
        for beat in others[: length - 2]
    ]
    ask = [ask for ask in material.asks() if ask not in opening][:1]
    last = others[length - 2 :][0].sentences[:1] if length < 4 else ()
    tweets.append(_packed(*_head_and_tail([*last, material.takeaway(), *ask]), [], TWEET_IN_THREAD))
    return tweets


def _head_and_tail(parts: list[str]) -> tuple[str, list[str]]:
    return parts[0], parts[1:]


def _packed(head: str, middle: list[str], end: list[str], limit: int) -> str:
    """The head, as much of the middle as fits with the end, and the end, each part on a line of its own."""
    tail = "".join(f"\n\n{part}" for part in end)
    if weight(head + tail) > limit:
        tail = ""
    body = ""
    for sentence in middle:
        longer = f"{body} {sentence}".strip()
        if weight(f"{head}\n\n{longer}{tail}") > limit:
            break
        body = longer
    return f"{head}\n\n{body}{tail}" if body else f"{head}{tail}"


def instagram(asked: Asked, seed: int) -> dict[str, Any]:
    """`{"sections": {"hook", "value", "cta"}, "scene_suggestions"}`: at 150 words a minute the hook takes
    3 to 5 s, the value 40 to 50 s, the call to act 5 to 10 s, all together at most 60 s."""
    material = gather(asked, seed)
    title = speakable(material.title)
    hook, spoken = _reel_hook(material, title)
    takeaway = material.takeaway()
    own = tuple(
        ended(said)
        for sentence in _own_words(material, most_words=25, most_characters=240)
        if (said := speakable(sentence))
    )
    intro = _introduced(title, material) if title and not spoken else ()
    leads = ([Beat("own", (*intro, *own))] if intro or own else []) + material.leads()
    low, high = REEL_VALUE
    aim = _aim(material, low, high - 4, material.rng.randint(low, low + 8))
    fillers = [beat.first() for beat in material.extras()]
    beats = fit(leads, material.extras() + fillers, fixed=words(takeaway), low=low, high=high, aim=aim)
    lead_in = 1 + bool(intro or own)
    ordered = [*beats[: lead_in - 1], *in_order(beats[lead_in - 1], beats[lead_in:])]
    cta = next(cta for cta in material.some(bank().phrases.instagram_ctas) if _fits(cta, REEL_CTA))
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
        options = [*material.asks(), *options]
    return next(filter(_is_hook, options)), False


def _is_hook(text: str) -> bool:
    return _fits(text, REEL_HOOK)


def _introduced(title: str, material: Material) -> tuple[str, ...]:
    line = material.rng.choice(bank().general.introductions)
    return (f"{line} {ended(shorten(title, most_words=14, most_characters=100))}",)


Composer = Callable[[Asked, int], dict[str, Any]]
COMPOSERS: Mapping[str, Composer] = {"linkedin": linkedin, "twitter": twitter, "instagram": instagram}

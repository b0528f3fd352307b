"""What a draft is made of: the idea's topic and angle, the person's own words, and what they asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

from polycast_cli.offline_writer.asked import Asked
from polycast_cli.offline_writer.bank import BEAT_KINDS, Angle, BeatKind, Topic, bank, filled
from polycast_cli.offline_writer.ideas import recognise
from polycast_cli.offline_writer.text import (
    Words,
    clean,
    ended,
    mentions,
    sentences,
    speakable,
    total,
    words,
)

#: What an instruction or a described voice may wish for, and how it is said.
_WISHES: Mapping[str, re.Pattern[str]] = {
    name: re.compile(pattern, re.IGNORECASE)
    for name, pattern in {
        "shorter": r"\b(short(er|en)?|brief(er)?|concise|tight(er|en)?|crisp(er)?|cut it)\b",
        "longer": r"\b(longer|more detail(ed)?|expand|elaborate)\b",
        "question_first": r"\b(open|start|begin|lead|hook)\w*\b.{0,30}\bquestion",
        "no_hashtags": r"\b(no|without|drop|remove)\b.{0,15}\bhash ?tags?",
        "single": r"\b(single|one) (tweet|post)\b",
        "thread": r"\bthread\b",
        "story": r"\b(story|scene|example)\b",
        "plain": r"\b(simpl(er|ify)|plain(er)?|jargon)\b",
    }.items()
}
_WISHED_BEATS: Mapping[str, BeatKind] = {"story": "scene", "plain": "plain"}


Role = BeatKind | Literal["own", "remark", "aside"]
#: The order in which thoughts usually follow each other.
_ORDER: tuple[Role, ...] = ("own", "remark", *BEAT_KINDS, "aside")
#: Beats whose first sentence says enough by itself.
_DIVISIBLE: tuple[Role, ...] = ("tension", "people", "why", "mistake", "cost", "aside")
#: General beats of these kinds read well beside a topic's own; the others would be a second example.
_NEUTRAL: tuple[BeatKind, ...] = ("why", "myth", "people", "cost", "signal", "mistake")


@dataclass(frozen=True)
class Beat:
    """A thought and the part it plays in a draft."""

    kind: Role
    sentences: tuple[str, ...]

    @property
    def text(self) -> str:
        return " ".join(self.sentences)

    @property
    def words(self) -> Words:
        return total(self.sentences)

    def shortest(self) -> Beat:
        """The first sentence only, where it can stand alone: a scene or a belief must be told whole."""
        return Beat(self.kind, self.sentences[:1]) if self.kind in _DIVISIBLE else self


@dataclass
class Material:
    """Hands out hooks, beats and closings, never one that mentions what is excluded, never one twice."""

    rng: Random
    name: str
    """Fits after a preposition; `this` where a person's title is all that is known."""
    angle: Angle
    lead: tuple[BeatKind, ...]
    """Which of the angle's sets of beats carries this draft."""
    topic: Topic | None
    title: str
    """The person's own title; empty where the idea came from the bank."""
    own: tuple[str, ...]
    """Sentences of the person's own description."""
    wishes: frozenset[str]
    excluded: tuple[str, ...]
    audience: str
    keywords: tuple[str, ...]

    def allowed(self, options: Iterable[str]) -> list[str]:
        """The options with the name filled in, shuffled, less those that mention what is excluded."""
        fit = [filled(option, self.name) for option in options]
        fit = [option for option in fit if not self._touches(option)]
        self.rng.shuffle(fit)
        return fit

    def some(self, options: Iterable[str]) -> list[str]:
        """Like `allowed`, but never empty: form words are kept even where an exclusion hits them."""
        options = list(options)
        return self.allowed(options) or [filled(option, self.name) for option in options]

    def statements(self) -> list[str]:
        """Opening lines. A person's own title is used by the platforms, not here."""
        named = self.allowed(self.angle.hooks) if self.name != "this" else []
        topical = self.allowed([self._turn(self.topic.hooks)]) if self.topic else []
        if self.rng.random() < 0.6:
            return topical + named + self.some(bank().general.hooks)
        return named + topical + self.some(bank().general.hooks)

    def _turn(self, lines: Sequence[str]) -> str:
        """The line whose turn it is with this angle, so that another angle on the topic has another."""
        return lines[bank().angles.index(self.angle) % len(lines)]

    def asks(self) -> list[str]:
        """Questions to the reader, mostly the topic's first."""
        topical = self.allowed([self._turn(self.topic.asks)]) if self.topic else []
        general = self.some(bank().general.asks)
        return general + topical if self.rng.random() < 0.3 else topical + general

    def question_openings(self) -> list[str]:
        topical = self.allowed([self._turn(self.topic.asks)]) if self.topic else []
        return topical + self.some(bank().phrases.question_hooks)

    def takeaway(self) -> str:
        topical = self.allowed([self.topic.takeaway]) if self.topic else []
        general = self.some(bank().general.takeaways)
        return (general + topical if self.rng.random() < 0.25 else topical + general)[0]

    def remarks(self) -> list[str]:
        return self.some(self.angle.remarks)

    def shots(self) -> list[str]:
        return (self.allowed(self.topic.shots) if self.topic else []) + self.some(bank().phrases.shots)

    def beat(self, kind: BeatKind, *, general: bool = False) -> Beat:
        """A beat of the topic, or one that fits any subject."""
        topical = [self.topic.beat(kind)] if self.topic and not general else []
        anything = bank().general.beats(kind)
        for beats in (topical, anything):
            options = [beat for beat in beats if not self._touches(" ".join(beat))]
            if options:
                break
        return Beat(kind, tuple(filled(s, self.name) for s in self.rng.choice(options or list(anything))))

    def _touches(self, text: str) -> bool:
        return any(mentions(text, word) for word in self.excluded)

    def leads(self) -> list[Beat]:
        """The beats that carry the draft, the angle's own first; a wished-for kind replaces the last."""
        kinds = list(self.lead)
        for wish, kind in _WISHED_BEATS.items():
            if wish in self.wishes and kind not in kinds:
                kinds[-1] = kind
        return [self.beat(kind) for kind in kinds]

    def extras(self) -> list[Beat]:
        """Further beats, best first: one of the topic, thoughts of the angle, then what fits any subject.

        Only one more of the topic's, so that a later draft on it has something else to say.
        """
        others = [kind for kind in BEAT_KINDS if kind not in self.lead]
        self.rng.shuffle(others)
        topical, *others = others
        asides = [aside for aside in self.angle.asides if not self._touches(" ".join(aside))]
        self.rng.shuffle(asides)
        beats = [Beat("aside", aside) for aside in asides[:1]]
        beats += [Beat("remark", (remark,)) for remark in self.remarks()[:1]]
        beats.insert(self.rng.randrange(3), self.beat(topical))
        if self.topic is None:
            return beats + [self.beat(kind) for kind in others]
        neutral = [self.beat(kind, general=True) for kind in others if kind in _NEUTRAL]
        return [*beats, *neutral, *(self.beat(kind) for kind in others)]

    def fillers(self) -> list[Beat]:
        """Single sentences, to reach a length that whole beats miss."""
        remarks = [Beat("remark", (remark,)) for remark in self.remarks()[1:3]]
        return [*remarks, *(Beat("aside", (line,)) for line in self.some(bank().general.takeaways))]

    def tags(self) -> list[str]:
        """Up to three hashtags, CamelCase, without the sign; a keyword of the person's among them."""
        wished = [tag for tag in map(camel, self.allowed(self.keywords)) if tag][:1]
        own = list(self.topic.tags) if self.topic else self.allowed(bank().phrases.general_tags)[:2]
        if not self.topic and self.name != "this":
            own = [tag for tag in [camel(self.name)] if tag] + own
        fit = [tag for tag in own if not self._touches(spaced(tag))]
        return list(dict.fromkeys((*wished, *fit)))[:3]


def gather(asked: Asked, seed: int) -> Material:
    """Find out what the idea is about and what is wished for."""
    rng = Random(asked.seed(seed))  # noqa: S311
    title = clean(asked.idea.title)
    known = recognise(title)
    preferences = asked.preferences
    if known is not None:
        subject, angle = known
        name, topic, title, own = subject.name, subject.topic, "", ""
    else:
        angle, topic, own = rng.choice(bank().angles), _topic_of(asked), clean(asked.idea.description)
        name = topic.name if topic else "this"
    excluded = bank().meaningful(map(clean, preferences.excluded_topics))
    if any(mentions(name, word) for word in excluded):
        name, topic = "this", None
    return Material(
        rng=rng,
        name=name,
        angle=angle,
        lead=rng.choice(angle.leads),
        topic=topic,
        title=title,
        own=tuple(map(ended, sentences(own))),
        wishes=_wishes(asked.instruction) | (_wishes(preferences.voice) - {"thread", "single"}),
        excluded=excluded,
        audience=_audience(preferences.audience),
        keywords=tuple(filter(None, map(clean, preferences.keywords))),
    )


def _wishes(text: str) -> frozenset[str]:
    return frozenset(name for name, pattern in _WISHES.items() if pattern.search(text))


def _topic_of(asked: Asked) -> Topic | None:
    """The topic that a person's own idea is surely about: one phrase of it, or several single words."""
    text = f"{asked.idea.title} . {asked.idea.description}"
    scores = {
        topic.name: sum(1 + (" " in term) for term in topic.terms if mentions(text, term))
        for topic in bank().topics
    }
    best = max(bank().topics, key=lambda topic: scores[topic.name])
    certain = scores[best.name] >= 2 and list(scores.values()).count(scores[best.name]) == 1
    return best if certain else None


def _audience(text: str) -> str:
    """An audience that can stand in the middle of a sentence, or nothing."""
    line = speakable(clean(text)).rstrip(".,;:!? ")
    if not line or words(line).high > 7 or any(mark in line for mark in ".!?:;"):
        return ""
    first = line.split()[0]
    return line if first[1:] != first[1:].lower() else line[0].lower() + line[1:]


def camel(text: str) -> str:
    """`platform engineering` → `PlatformEngineering`; empty where that makes no hashtag."""
    tag = "".join(part[0].upper() + part[1:] for part in re.findall(r"[^\W_]+", text))
    return tag if 1 < len(tag) <= 30 and tag[0].isalpha() else ""


def spaced(tag: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", tag)


def in_order(lead: Beat, beats: Iterable[Beat]) -> list[Beat]:
    """The person's own words, the angle's own beat, a remark on it, then as thoughts usually follow."""

    def place(beat: Beat) -> float:
        same = beat.kind == lead.kind and beat.sentences[0] == lead.sentences[0]
        return 0.5 if same else _ORDER.index(beat.kind)

    return sorted(beats, key=place)


def fit(
    leads: Sequence[Beat], extras: Sequence[Beat], *, fixed: Words, low: int, high: int, aim: int
) -> list[Beat]:
    """Choose beats so that they and `fixed` have `low` to `high` words by any count, about `aim`.

    Leads come first, then extras in their order; what doesn't fit is cut to its first sentence where that
    can stand alone, else left out. Beats of at most `high - low + 1` words among the extras make it always
    succeed.
    """
    chosen: list[Beat] = []
    size = fixed
    for position, beat in enumerate((*leads, *extras)):
        if position >= len(leads) and size.low >= aim:
            break
        if any(beat.sentences[0] in other.sentences for other in chosen):
            continue
        for candidate in (beat, beat.shortest()):
            grown = size + candidate.words
            if grown.high <= high:
                chosen.append(candidate)
                size = grown
                break
    return chosen

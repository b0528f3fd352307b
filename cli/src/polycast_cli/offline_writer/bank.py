"""The curated bank: topics with their own substance, angles to look at them from, words for any subject.

Read once from `data/`, validated, then immutable. A beat is a thought of one to three sentences that
stands by itself; drafts are assembled from beats.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property, lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from polycast_cli.offline_writer.text import capitalised, sentences, stem_key, stems

BeatKind = Literal[
    "plain", "likeness", "scene", "tension", "people", "why", "myth", "mistake", "cost", "signal", "step"
]
#: Also the order in which beats follow each other in a draft, after the angle's own.
BEAT_KINDS: tuple[BeatKind, ...] = get_args(BeatKind)

Beat = Annotated[
    tuple[str, ...],
    BeforeValidator(lambda value: tuple(sentences(value)) if isinstance(value, str) else value),
    Field(min_length=1, max_length=3),
]
Beats = Annotated[tuple[Beat, ...], Field(min_length=4)]
Lines = Annotated[tuple[str, ...], Field(min_length=1)]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Topic(_Entry):
    """Something to write about, with substance of its own. `name` is a noun phrase without an article."""

    name: str
    area: str
    area_terms: Lines
    """What else people call the area."""
    tags: Annotated[tuple[Annotated[str, Field(pattern=r"^[A-Z]\w+$")], ...], Field(min_length=2)]
    jargon: bool = False
    """Whether its name needs explaining to people outside the field."""
    terms: Lines
    hooks: Annotated[tuple[str, ...], Field(min_length=3, max_length=3)]
    asks: Annotated[tuple[str, ...], Field(min_length=2, max_length=2)]
    plain: Beat
    tension: Beat
    scene: Beat
    why: Beat
    mistake: Beat
    step: Beat
    signal: Beat
    myth: Beat
    cost: Beat
    people: Beat
    likeness: Beat
    takeaway: str
    shots: Annotated[tuple[str, ...], Field(min_length=4)]

    @property
    def category(self) -> str:
        return capitalised(self.name)

    def beat(self, kind: BeatKind) -> tuple[str, ...]:
        beat: tuple[str, ...] = getattr(self, kind)
        return beat

    @cached_property
    def text(self) -> str:
        """What it is about, in a line: to see whether an excluded word stands in it."""
        return " . ".join((self.name, self.area, *self.terms, *self.hooks, *self.asks))


class Angle(_Entry):
    """A way to look at a topic."""

    id: str
    label: str
    tone: str
    leads: Annotated[
        tuple[Annotated[tuple[BeatKind, ...], Field(min_length=3, max_length=3)], ...], Field(min_length=2)
    ]
    """Sets of beats that carry a draft. All begin with the angle's own."""
    titles: Annotated[tuple[str, ...], Field(min_length=4)]
    briefs: Annotated[tuple[str, ...], Field(min_length=4)]
    hooks: Lines
    remarks: Annotated[tuple[str, ...], Field(min_length=4)]
    """Single sentences that may follow the angle's own beat."""
    asides: Annotated[tuple[Beat, ...], Field(min_length=4)]
    """Thoughts of the angle that fit any subject, to come before the takeaway."""


class General(_Entry):
    """What can be said about any subject: several beats of each kind."""

    plain: Beats
    tension: Beats
    scene: Beats
    why: Beats
    mistake: Beats
    step: Beats
    signal: Beats
    myth: Beats
    cost: Beats
    people: Beats
    likeness: Beats
    takeaways: Lines
    asks: Lines
    hooks: Lines
    introductions: Lines
    leads: Mapping[str, Lines]
    """Words that lead into a beat, by its kind."""

    def beats(self, kind: BeatKind) -> tuple[tuple[str, ...], ...]:
        beats: tuple[tuple[str, ...], ...] = getattr(self, kind)
        return beats


class Phrases(_Entry):
    """Words of a platform's form, and for what no topic supplies."""

    linkedin_closings: Lines
    audience_closings: Lines
    list_headings: Lines
    instagram_ctas: Lines
    question_hooks: Lines
    shots: Annotated[tuple[str, ...], Field(min_length=5)]
    general_tags: Lines


class Concepts(_Entry):
    """Words that mean nearly the same, a group a concept; and words that mean nothing by themselves."""

    groups: tuple[Lines, ...]
    stop_words: Lines


class Moderation(_Entry):
    """Phrases that are flagged, by the category of OpenAI's moderation endpoint."""

    categories: Mapping[str, tuple[str, ...]]


#: Which of a topic's own lines may head which angle, so that a title tells its topic and angle.
OWN_TITLES: Mapping[str, tuple[Literal["hooks", "asks"], int]] = {
    "mistake": ("hooks", 0),
    "why": ("hooks", 1),
    "cost": ("hooks", 2),
    "question": ("asks", 0),
    "signal": ("asks", 1),
}


class Bank(_Entry):
    """All of it."""

    topics: Annotated[tuple[Topic, ...], Field(min_length=1)]
    angles: Annotated[tuple[Angle, ...], Field(min_length=8)]
    general: General
    phrases: Phrases
    concepts: Concepts
    moderation: Moderation

    @model_validator(mode="after")
    def _distinct(self) -> Bank:
        titles = [key for key, _ in self._titled()]
        if len(set(titles)) != len(titles):
            twice = sorted({title for title in titles if titles.count(title) > 1})
            raise ValueError(f"titles that stand for more than one topic or angle: {twice}")
        return self

    def _titled(self) -> Iterator[tuple[str, tuple[Topic, Angle]]]:
        for topic in self.topics:
            for angle in self.angles:
                for title in titles(angle, topic.name, topic):
                    yield stem_key(title), (topic, angle)

    def meaningful(self, wishes: Iterable[str]) -> tuple[str, ...]:
        """The words and phrases that say something: not empty, and not stop words alone."""
        stop = self.stop_stems
        return tuple(wish for wish in wishes if any(stem not in stop for stem in stems(wish)))

    @cached_property
    def stop_stems(self) -> frozenset[str]:
        return frozenset(stem for word in self.concepts.stop_words for stem in stems(word))

    @cached_property
    def by_name(self) -> Mapping[str, Topic]:
        return {topic.name: topic for topic in self.topics}

    @cached_property
    def by_title(self) -> Mapping[str, tuple[Topic, Angle]]:
        """The topic and angle of every title the bank can make, by the title's stems."""
        return dict(self._titled())


def titles(angle: Angle, name: str, topic: Topic | None = None) -> list[str]:
    """Every title of an angle on a subject; a bank topic adds a line of its own."""
    made = [filled(pattern, name) for pattern in angle.titles]
    if topic is not None and angle.id in OWN_TITLES:
        field, index = OWN_TITLES[angle.id]
        made.append(getattr(topic, field)[index].rstrip("."))
    return made


def filled(pattern: str, name: str) -> str:
    return pattern.replace("{name}", name).replace("{Name}", capitalised(name))


def _toml(folder: Traversable, name: str) -> dict[str, Any]:
    return tomllib.loads(folder.joinpath(name).read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def bank() -> Bank:
    """The bank as shipped.

    Raises:
        pydantic.ValidationError: a data file that breaks the shape above.
    """
    data = resources.files("polycast_cli.offline_writer") / "data"
    areas = [tomllib.loads(f.read_text(encoding="utf-8")) for f in sorted_files(data / "topics")]
    return Bank(
        topics=tuple(
            Topic(area=area["area"], area_terms=area["also"], **topic)
            for area in areas
            for topic in area["topic"]
        ),
        angles=tuple(Angle(**angle) for angle in _toml(data, "angles.toml")["angle"]),
        general=General(**_toml(data, "general.toml")),
        phrases=Phrases(**_toml(data, "phrases.toml")),
        concepts=Concepts(**_toml(data, "concepts.toml")),
        moderation=Moderation(**_toml(data, "moderation.toml")),
    )


def sorted_files(folder: Traversable) -> list[Traversable]:
    return sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)

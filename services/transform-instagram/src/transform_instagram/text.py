"""The canonical text of a Reel: `HOOK:`, `VALUE:` and `CTA:` are spoken, `SCENES:` lists what is shown."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from polycast.platforms.textrules import Span

SPOKEN = ("hook", "value", "cta")
SCENES = "scenes"

_HEADING = re.compile(
    r"^[ \t>*_#]*(HOOK|VALUE|CTA|SCENES?)[*_]*(?:[ \t]*\([^()\n]{0,30}\))?[*_]*[ \t]*(?::[*_]*|$)",
    re.IGNORECASE | re.MULTILINE,
)
_BULLET = re.compile(r"^[ \t]*(?:[-–—*•]|\d{1,2}[.)])?[ \t]*")
_NOT_SPOKEN = re.compile(r"\[[^\[\]\n]*\]|^[ \t]*(?:#\w+[ \t]*)+$", re.MULTILINE)


@dataclass(frozen=True)
class Script:
    sections: Mapping[str, Span] = field(default_factory=dict)
    """By name in lower case, only those that hold something; the text of one that stands twice is joined."""
    strays: tuple[Span, ...] = ()
    """What stands before the first heading."""

    @property
    def scenes(self) -> list[str]:
        lines = self.sections[SCENES].text.splitlines() if SCENES in self.sections else []
        return [scene for line in lines if (scene := _BULLET.sub("", line, count=1).strip())]

    @property
    def caption(self) -> str:
        """What is spoken, as it would stand below the Reel."""
        return "\n\n".join(self.sections[name].text for name in SPOKEN if name in self.sections)


def parse(text: str) -> Script:
    """Read a script. Headings may be in any case and order, decorated, or with their seconds in brackets."""
    sections: dict[str, Span] = {}
    strays: list[Span] = []
    name, start = "", 0
    for heading in (*_HEADING.finditer(text), None):
        body = _trimmed(text, start, heading.start() if heading else len(text))
        if body and name:
            sections[name] = _joined(sections.get(name), body)
        elif body:
            strays.append(body)
        if heading:
            name, start = heading[1].lower(), heading.end()
            name = SCENES if name == "scene" else name
    return Script(sections, tuple(strays))


def _trimmed(text: str, start: int, end: int) -> Span | None:
    body = text[start:end].strip()
    begin = text.index(body[0], start) if body else start
    return Span(begin, begin + len(body), body) if body else None


def _joined(before: Span | None, body: Span) -> Span:
    return body if before is None else Span(before.start, body.end, f"{before.text}\n{body.text}")


def spoken(section: str) -> str:
    """A section without what nobody says: directions in square brackets and lines of hashtags."""
    return _NOT_SPOKEN.sub(" ", section)


def render(sections: Mapping[str, str], scenes: Sequence[str]) -> str:
    """The canonical text; an empty section has its heading all the same."""
    blocks = [f"{name.upper()}:\n{sections[name].strip()}" for name in SPOKEN]
    listed = "\n".join(f"- {' '.join(scene.split())}" for scene in scenes)
    return "\n\n".join([*blocks, f"{SCENES.upper()}:\n{listed}"])

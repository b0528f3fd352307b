"""Prompts as versioned files: Markdown with front matter, a `# System` and a `# User` section, in Jinja2.

    ---
    id: linkedin
    version: 1
    temperature: 0.7
    max_tokens: 800
    ---
    # System
    You write for LinkedIn.

    # User
    {{ idea | tagged("idea") }}

What a person or a model supplied goes through `tagged`, so that it can't end its own tag.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from jinja2 import Environment, StrictUndefined, Template, TemplateError
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import PydanticSerializationError, to_json

from polycast.contracts import explain

_ESCAPES = {ord("<"): r"\u003c", ord(">"): r"\u003e", ord("&"): r"\u0026"}
_FILE = re.compile(r"---\n(?P<front_matter>.*?\n)---[ \t]*\n(?P<body>.*)", re.DOTALL)
_HEADING = re.compile(r"^# (System|User)[ \t]*$", re.MULTILINE)


class PromptError(ValueError):
    """A prompt file that can't be used, or can't be rendered with what it was given. Names the file."""


@dataclass(frozen=True)
class Prompt:
    """A rendered prompt, ready to be sent. `id` also names the answer's schema.

    `dataclasses.replace(prompt, temperature=…, max_tokens=…)` overrides what the file says.
    """

    id: str
    version: int
    system: str
    user: str
    temperature: float | None
    max_tokens: int


@dataclass(frozen=True)
class Turn:
    """A message that follows the prompt."""

    role: Literal["assistant", "user"]
    content: str


class _Header(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
    version: Annotated[int, Field(ge=1)]
    temperature: Annotated[float, Field(ge=0, le=2)] | None
    max_tokens: Annotated[int, Field(ge=1)]


@dataclass(frozen=True)
class PromptTemplate:
    path: Path
    id: str
    version: int
    temperature: float | None
    max_tokens: int
    system: Template
    user: Template

    @classmethod
    def load(cls, path: Path) -> PromptTemplate:
        """Raises PromptError: front matter, sections or template syntax are wrong."""
        try:
            front_matter, *sections = _split(path.read_text(encoding="utf-8"))
            header = _Header.model_validate(yaml.safe_load(front_matter))
            system, user = map(_ENVIRONMENT.from_string, sections)
        except ValidationError as error:
            raise PromptError(f"{path}: front matter: {explain(error)}") from error
        except (OSError, ValueError, yaml.YAMLError, TemplateError) as error:
            raise PromptError(f"{path}: {error}") from error
        return cls(path, **header.model_dump(), system=system, user=user)

    def render(self, **variables: Any) -> Prompt:
        """Raises PromptError: a variable that the template uses is missing."""
        try:
            system, user = self.system.render(variables), self.user.render(variables)
        except (TemplateError, PydanticSerializationError) as error:
            raise PromptError(f"{self.path}: {error}") from error
        return Prompt(self.id, self.version, system, user, self.temperature, self.max_tokens)


def tagged(value: Any, tag: str) -> str:
    """`value` (models, UUIDs and dates included) as JSON inside `<tag>`, unable to close it."""
    return f"<{tag}>{to_json(value, fallback=_not_json).decode().translate(_ESCAPES)}</{tag}>"


def _not_json(value: Any) -> Any:
    raise TypeError(f"{value} can't be written as JSON")  # formatting an undefined variable says that it is


def _split(text: str) -> tuple[str, str, str]:
    """Front matter, system section, user section."""
    file = _FILE.fullmatch(text)
    if file is None:
        raise ValueError("expected front matter between two `---` lines, then the prompt")
    before, *parts = _HEADING.split(file["body"])
    if before.strip() or parts[::2] != ["System", "User"]:
        raise ValueError("expected a `# System` section, then a `# User` section, and nothing before them")
    return file["front_matter"], parts[1].strip(), parts[3].strip()


# Prompts are not HTML; what must not break out of its tag is escaped by `tagged`.
_ENVIRONMENT = Environment(
    undefined=StrictUndefined,
    autoescape=False,  # noqa: S701
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.filters["tagged"] = tagged

"""Drafts are plain text: no markup that a person pastes survives."""

from __future__ import annotations

import html
import re

import nh3

_ROUNDS = 5
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def plain_text(text: str) -> str:
    """Without tags, comments, scripts and control characters; with line feeds alone as line ends.

    Entities stay as they were typed: nothing here will ever be read as HTML.
    """
    text = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    for _ in range(_ROUNDS):  # what is taken out may join into a tag what stood around it
        stripped = _without_tags(text)
        if stripped == text:
            return text
        text = stripped
    return text.replace("<", "")


def _without_tags(text: str) -> str:
    cleaned = nh3.clean(text.replace("&", "&amp;"), tags=set(), clean_content_tags={"script", "style"})
    return html.unescape(cleaned)

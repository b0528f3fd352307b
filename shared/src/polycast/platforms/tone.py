"""Tone: phrases that cost a writer trust, and jargon left unexplained. Every list is a data file.

`words/*.toml` holds a list each; a phrase may end in `*`, which stands for the rest of the word.
"""

from __future__ import annotations

import re
import string
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from polycast.contracts import Finding, Severity
from polycast.platforms.textrules import HOUSE, Rule

WORDS = Path(__file__).with_name("words")


@dataclass(frozen=True)
class Phrasebook:
    """One list of phrases under one rule."""

    rule: Rule
    message: str
    """With places for `{quoted}`, as the text has it, and `{advice}`."""
    advice: Mapping[str, str]
    """By phrase: what to do instead."""
    unless_explained: bool
    """Whether a phrase is found only where it first stands, and only if nothing beside it explains it."""

    @classmethod
    def load(cls, name: str) -> Phrasebook:
        data = tomllib.loads((WORDS / f"{name}.toml").read_text(encoding="utf-8"))
        rule = Rule(name, data["says"], f"{HOUSE}: {data['why']}.", Severity(data["severity"]))
        return cls(rule, data["message"], data["phrases"], data.get("unless_explained", False))


PROMOTION = Phrasebook.load("promotion")
CLICKBAIT = Phrasebook.load("clickbait")
CLICHE = Phrasebook.load("cliche")
JARGON = Phrasebook.load("jargon")
ACRONYM = Rule(
    "acronym",
    "An abbreviation that not everyone knows is explained where it first stands.",
    f"{HOUSE}: a reader who stops to guess stops reading.",
    Severity.INFO,
)
RULES = (PROMOTION.rule, CLICKBAIT.rule, CLICHE.rule, JARGON.rule, ACRONYM)

_abbreviations = tomllib.loads((WORDS / "abbreviations.toml").read_text(encoding="utf-8"))
#: Abbreviations that need no explanation.
FAMILIAR = frozenset[str](_abbreviations["familiar"].split())
#: Abbreviations that are said as a word, not letter by letter.
SPOKEN_AS_WORDS = frozenset[str](_abbreviations["spoken_as_words"].split())
#: Short words that people write in capitals for emphasis.
EMPHASISED = frozenset[str](_abbreviations["emphasised"].split())


def check(text: str) -> list[Finding]:
    return [*_phrases(text), *_acronyms(text)]


def _phrases(text: str) -> Iterator[Finding]:
    seen = set[str]()
    for book, phrase, start, end in _found(text):
        if not book.unless_explained or (phrase not in seen and not _explained(text, start, end)):
            message = book.message.format(quoted=text[start:end], advice=book.advice[phrase])
            yield book.rule.finding(message, start, end)
        seen.add(phrase)


def _found(text: str) -> Iterator[tuple[Phrasebook, str, int, int]]:
    """Every place where a phrase stands: its book, the phrase, start and end."""
    plain = text.translate(_PLAIN)
    at = 0
    for word in _WORD_START.finditer(plain):
        start = word.start()
        entries, pattern = _BY_HEAD.get(plain[start : start + 2], _NONE)
        if start >= at and (match := pattern.match(plain, start)):
            at = match.end()
            yield *entries[(match.lastindex or 1) - 1], start, at


#: ASCII letters in lower case and apostrophes straight, every character at its place.
_PLAIN = str.maketrans(string.ascii_uppercase + "’\n", string.ascii_lowercase + "' ")
_WORD_START = re.compile(r"(?<![\w#@])\w")

Entry = tuple[Phrasebook, str]


def _by_head(books: Iterable[Phrasebook]) -> dict[str, tuple[list[Entry], re.Pattern[str]]]:
    """Phrases by their first two letters, longest first, with one pattern that has a group for each."""
    heads: dict[str, list[Entry]] = {}
    for entry in sorted(
        ((book, phrase) for book in books for phrase in book.advice), key=lambda e: -len(e[1])
    ):
        heads.setdefault(entry[1][:2], []).append(entry)
    return {head: (entries, _any_of(phrase for _, phrase in entries)) for head, entries in heads.items()}


def _any_of(phrases: Iterable[str]) -> re.Pattern[str]:
    alternatives = (re.sub(r"\\[ -]", "[ -]", re.escape(p)).replace(r"\*", r"\w*") for p in phrases)
    return re.compile(rf"(?:{'|'.join(f'({a})' for a in alternatives)})(?!\w)")


_BY_HEAD = _by_head((PROMOTION, CLICKBAIT, CLICHE, JARGON))
_NONE = (list[Entry](), re.compile("(?!)"))


def _acronyms(text: str) -> Iterator[Finding]:
    seen = set[str]()
    for match in _CAPITALS.finditer(text):
        name = match.group(1)
        known = name in FAMILIAR or name.lower() in EMPHASISED
        if name not in seen and not known and not _explained(text, match.start(), match.end()):
            message = f"“{name}” is not known to everyone: say once what it stands for"
            yield ACRONYM.finding(message, match.start(), match.end())
        seen.add(name)


#: Headings (`HOOK:`) and parts of longer names are no abbreviations.
_CAPITALS = re.compile(r"(?<![\w#@./-])([A-Z][A-Z0-9]{1,5})s?(?![\w/-]|:\s|\.\w)")


def _explained(text: str, start: int, end: int) -> bool:
    """Whether the words beside a term tell what it is."""
    return bool(
        _EXPLAINED_AFTER.match(text, end, end + 40)
        or _EXPLAINED_BEFORE.search(text[max(0, start - 40) : start])
    )


_EXPLAINED_AFTER = re.compile(
    r"""
    s?["”’']?(?:
        (?:\s[\w-]+){0,2}\s?[(–—] | \s?[:=] | \s-\s
        | ,?\s(?:or|i\.e\.|that\sis|meaning|means?|is|are|was|were|which|where|when)\b
        | \s(?:stands?\sfor|refers?\sto|lets?)\b
        | ,\s(?:an?|the|your|our)\b
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_EXPLAINED_BEFORE = re.compile(
    r"""
    \w[^.!?\n]*[(–—]["“]?$
    | (?:called|known\sas|named|term(?:\sfor)?|say|i\.e\.),?\s(?:an?\s|the\s)?["“]?$""",
    re.IGNORECASE | re.VERBOSE,
)

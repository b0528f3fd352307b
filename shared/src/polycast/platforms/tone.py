"""Tone: phrases that cost a writer trust, and jargon left unexplained. Every list is a data file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from polycast.contracts import Finding, Severity
from polycast.platforms.phrases import WORDS, Phrases
from polycast.platforms.textrules import HOUSE, Rule


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
    plainly: Mapping[str, str]
    """By phrase, where a plainer one fits wherever it stands: that."""

    @classmethod
    def load(cls, name: str) -> Phrasebook:
        data = tomllib.loads((WORDS / f"{name}.toml").read_text(encoding="utf-8"))
        rule = Rule(name, data["says"], f"{HOUSE}: {data['why']}.", Severity(data["severity"]))
        return cls(
            rule,
            data["message"],
            data["phrases"]
            | {phrase: f"write “{plain}”" for phrase, plain in data.get("plainly", {}).items()},
            data.get("unless_explained", False),
            data.get("plainly", {}),
        )

    def finding(self, phrase: str, quoted: str, start: int) -> Finding:
        message = self.message.format(quoted=quoted, advice=self.advice[phrase])
        fix = self.plainly.get(phrase)
        if fix and quoted[0].isupper():
            fix = fix[0].upper() + fix[1:]
        return self.rule.finding(message, start, start + len(quoted), fix)


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


_PHRASES = Phrases(
    (book, phrase) for book in (PROMOTION, CLICKBAIT, CLICHE, JARGON) for phrase in book.advice
)


def _phrases(text: str) -> Iterator[Finding]:
    seen = set[str]()
    for book, phrase, start, end in _PHRASES.found(text):
        if not book.unless_explained or (phrase not in seen and not _explained(text, start, end)):
            yield book.finding(phrase, text[start:end], start)
        seen.add(phrase)


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

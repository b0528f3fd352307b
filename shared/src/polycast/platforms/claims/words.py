"""Claims made of words: quotations, and whoever is named as the source."""

from __future__ import annotations

import re
from collections.abc import Iterator

from polycast.contracts import ClaimKind
from polycast.platforms.claims.found import WORDS, Found

#: A shorter one is a term or a word in doubt, unless it is said who said it.
MIN_QUOTED_WORDS = 3


def plain(text: str) -> str:
    """Letters and digits in lower case, a space around each word, so that whole words can be looked for.

    Whoever is told of as `Gartner’s` is Gartner.
    """
    bare = _POSSESSIVE.sub("", text).translate(_NO_APOSTROPHES)
    return f" {' '.join(_RUN.findall(bare.casefold()))} "


_RUN = re.compile(r"[^\W_]+")
_POSSESSIVE = re.compile(r"(?<=\w)[’']s\b")
_NO_APOSTROPHES = str.maketrans("", "", "'’")

_QUOTED = re.compile(
    '“([^“”"\n]{2,600})”|"([^“”"\n]{2,600})"|«([^«»\n]{2,600})»|„([^„“”\n]{2,600})[“”]|‘([^‘’\n]{2,600})’(?!\\w)'
)
_SAY = (
    r"(?:said|says|wrote|writes|put\ it|puts\ it|argued|argues|noted|notes|told|tells|claimed|claims"
    r"|warned|warns|predicted|predicts|found|finds|reports|reported|estimates|estimated|tweeted|posted)"
)
_SAID_AFTER = re.compile(rf",?\s(?:[\w.’'-]+\s){{0,3}}{_SAY}\b|,?\s{_SAY}\b|\s*[-–—~]\s?[A-Z]")
_SAID_BEFORE = re.compile(
    rf"\b{_SAY}(?:\s\w+)?[:,]?\s$|\baccording to [^.!?\n]{{1,60}}[:,]\s$", re.IGNORECASE
)


def quotations(text: str) -> Iterator[Found]:
    """What stands in quotation marks and is more than a term, without the marks."""
    for match in _QUOTED.finditer(text):
        start, end = match.span(match.lastindex or 0)
        words = plain(text[start:end])
        attributed = _SAID_AFTER.match(text, match.end()) or _SAID_BEFORE.search(
            text[max(0, match.start() - 80) : match.start()]
        )
        if len(words.split()) >= (1 if attributed else MIN_QUOTED_WORDS):
            yield Found(ClaimKind.QUOTATION, start, end, words=words)


_CAPITAL = r"[A-ZÀ-ÖØ-Þ][\w&]*(?:[’'.-](?!s\b)\w+)*"
_NO_NAME = r"(?!(?:A|An|The|This|That|These|Our|Your|My|Their|In|As|Another|Recent|New|Latest)\b)"
_NAME = rf"{_NO_NAME}{_CAPITAL}(?:\ (?:(?:of|and|for|de|the|&)\ )?{_CAPITAL}){{0,5}}"
_WORK = (
    "study|studies|survey|report|research|researchers|paper|poll|analysis|index|data|scientists|economists"
)
#: What may stand between a name and its work.
_WHICH = r"(?:(?i:recent|new|latest|annual|global|(?:19|20)\d\d)\ )?"
_SHOW = (
    "shows?|showed|shown|found|finds?|suggests?|suggested|reveals?|revealed|confirms?|confirmed|estimates?"
    "|estimated|predicts?|predicted|says?|said|reports?|reported|indicates?|proves?|proved|warns?|warned|agree"
)
#: Verbs that only somebody can do: `Respect shows in small things` names nobody.
_TELL = (
    "says|said|found|finds|estimates|estimated|predicts|predicted|warns|warned|argues|argued|reported"
    "|reports that|wrote|writes|suggests|revealed|calculated|surveyed|announced"
)
_SOURCES = (
    # according to Gartner; a report by the World Bank; source: Eurostat
    re.compile(
        rf"\b(?i:according\ to|(?:reported|published|quoted|cited|shown|measured)\ by|sources?:"
        rf"|(?:{_WORK})\ (?:by|from|at|of))\s(?i:the\ |a\ |an\ )?(?P<name>{_NAME})"
    ),
    # a Stanford study; the 2024 DORA report; Harvard’s researchers
    re.compile(
        rf"\b(?:[Aa]n?|[Tt]he|[Aa]nother|[Rr]ecent|[Nn]ew|[Ll]atest|(?:19|20)\d\d)\ (?P<name>"
        rf"{_NAME}(?:[’']s)?\ {_WHICH}(?i:{_WORK}))\b"
    ),
    # Gartner predicts; Stanford researchers show
    re.compile(rf"\b(?P<name>{_NAME})\ (?:(?:has|have|once|recently)\ )?(?:{_TELL})\b"),
    re.compile(rf"\b(?P<name>{_NAME}(?:[’']s?)?\ {_WHICH}(?i:{_WORK}))\ (?:(?:has|have)\ )?(?:{_SHOW})\b"),
    # studies show; research has found; experts agree: a source that isn't even named
    re.compile(
        rf"\b(?P<name>(?:(?i:studies|research|researchers|scientists|experts|surveys|polls|statistics)"
        rf"|(?i:a|one|another)\ (?:[a-z]+\ )?(?:study|survey|poll))\ (?:(?:has|have|also)\ )?(?:{_SHOW}))\b"
    ),
)
#: “…” — Grace Hopper; “…,” said Grace Hopper
_SIGNED = re.compile(rf"[”\"»’],?\s{{0,2}}(?:[-–—~]\s?|{_SAY}\s)(?P<name>{_NAME})")
#: A line without one of these words names no source.
_CLUES = frozenset(
    word
    for words in (
        _WORK,
        _TELL,
        _SHOW.replace("s?", ""),
        _SHOW.replace("?", ""),
        "according|by|sources|source",
    )
    for word in _RUN.findall(words)
)
_LINE = re.compile(r".+")
_WORK_LAST = re.compile(rf"(?:[’']s)?\ (?:(?:[a-z]+|\d{{4}})\ )?(?i:{_WORK})$")
#: Begin a sentence with a capital, and are nobody's name.
_NOBODY = frozenset[str](WORDS["nobody"].split())


def sources(text: str) -> Iterator[Found]:
    """Whoever is said to have said, found or counted something; the words that name them."""
    taken = 0
    found = [
        match
        for line in _LINE.finditer(text)
        if not _CLUES.isdisjoint(_RUN.findall(line.group().lower()))
        for pattern in _SOURCES
        for match in pattern.finditer(text, *line.span())
    ]
    found += _SIGNED.finditer(text)
    for match in sorted(found, key=lambda match: (match.start("name"), -match.end("name"))):
        start, end = match.span("name")
        words = plain(_WORK_LAST.sub("", match["name"]))
        if start >= taken and not (len(words.split()) == 1 and words.strip() in _NOBODY):
            taken = end
            yield Found(ClaimKind.SOURCE, start, end, words=words)

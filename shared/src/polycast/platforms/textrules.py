"""What every platform's rules are made of: dated rules, and the plain facts of a text.

Offsets are Unicode code points. Everything here takes time linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from polycast.contracts import Finding, Severity

HOUSE = "Polycast's own rule"


@dataclass(frozen=True)
class Rule:
    """One rule of a platform, with the source that it can be explained from."""

    name: str
    says: str
    source: str
    """A document of the network, an observation and whose, or a rule of our own and why."""
    severity: Severity = Severity.ERROR
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    target: tuple[float, float] | None = None
    """What a writer is asked for: well within the bounds."""
    since: str = ""
    """The month (YYYY-MM) since when it holds, where that is known."""
    checked: str = "2026-11"
    """The month in which its source was last looked at."""

    @property
    def least(self) -> int:
        """The minimum of a rule that has one."""
        assert self.minimum is not None
        return int(self.minimum)

    @property
    def most(self) -> int:
        """The maximum of a rule that has one."""
        assert self.maximum is not None
        return int(self.maximum)

    def allows(self, value: float) -> bool:
        return (self.minimum is None or value >= self.minimum) and (
            self.maximum is None or value <= self.maximum
        )

    def finding(
        self, message: str, start: int | None = None, end: int | None = None, fix: str | None = None
    ) -> Finding:
        return Finding(rule=self.name, severity=self.severity, message=message, start=start, end=end, fix=fix)

    def announce(self) -> dict[str, Any]:
        """The rule as JSON values, without its name and without what it doesn't state."""
        stated = {
            "says": self.says,
            "severity": self.severity.value,
            "unit": self.unit,
            "minimum": self.minimum,
            "maximum": self.maximum,
            "target": list(self.target) if self.target else None,
            "source": self.source,
            "since": self.since,
            "checked": self.checked,
        }
        return {key: value for key, value in stated.items() if value not in (None, "")}


def announce(rules: Iterable[Rule]) -> dict[str, dict[str, Any]]:
    """Rules by name, as a platform announces them."""
    return {rule.name: rule.announce() for rule in rules}


class Span(NamedTuple):
    """A place in a text."""

    start: int
    end: int
    text: str


def word_count(text: str) -> int:
    """What stands between white space and holds a letter or digit: `state-of-the-art` is one, `–` none."""
    return len(_WORD.findall(text))


_WORD = re.compile(r"[^\W_]\S*")


def paragraphs(text: str) -> list[str]:
    """Blocks of text between blank lines."""
    return [block.strip() for block in re.split(r"\n\s*\n", text.strip()) if block]


def hashtags(text: str) -> list[Span]:
    """Hashtags as all three networks link them: `#` and word characters, not all of them digits.

    A `#` within a word (`C#`), an address (`/page#top`) or an entity (`&#39;`) begins none.
    """
    return [Span(m.start(), m.end(), m.group()) for m in _HASHTAG.finditer(text)]


#: Looks back after its first character: so `re` need try it only where that stands.
_HASHTAG = re.compile(r"[#＃](?<![\w&/#＃.].)\d*[^\W\d]\w*")


def sentences(text: str) -> list[Span]:
    """Sentences and lines without their surrounding white space. Full stops of abbreviations end none."""
    found: list[Span] = []
    start = 0
    for end in (*_sentence_ends(text), len(text)):
        if sentence := text[start:end].strip():
            begin = start + len(text[start:end]) - len(text[start:end].lstrip())
            found.append(Span(begin, begin + len(sentence), sentence))
        start = end
    return found


def _sentence_ends(text: str) -> Iterator[int]:
    for match in _SENTENCE_END.finditer(text):
        if match.group()[0] != "." or not _ABBREVIATED.search(text, max(0, match.start() - 8), match.end()):
            yield match.end()


_SENTENCE_END = re.compile(r"""(?<![.!?…])[.!?…]++["'”’)\]]*+(?=\s)|\n""")
_ABBREVIATED = re.compile(
    r"\b(?:e\.g|i\.e|etc|vs|cf|mr|mrs|ms|dr|st|no|approx|inc|ltd|[a-z])\.$", re.IGNORECASE
)

_PICTOGRAPH = (
    "[©®‼⁉™ℹ\u2194-\u21aa\u231a-\u23ffⓂ\u25aa-\u25fe\u2600-\u27bf⤴⤵\u2b05-\u2b55〰〽㊗㊙"
    "\U0001f000-\U0001f1e5\U0001f200-\U0001faff]"
)
_STYLE = "(?:\ufe0f|[\U0001f3fb-\U0001f3ff])?"
#: An emoji as a reader sees one, by the grammar of Unicode TS #51 (flag, keycap, or pictographs joined by
#: ZWJ). The grammar knows emoji that were encoded after this was written; a list would not.
EMOJI = re.compile(
    "[\U0001f1e6-\U0001f1ff]{2}|[0-9#*]\ufe0f?\u20e3|"
    f"{_PICTOGRAPH}{_STYLE}[\U000e0020-\U000e007f]*(?:\u200d{_PICTOGRAPH}{_STYLE})*"
)

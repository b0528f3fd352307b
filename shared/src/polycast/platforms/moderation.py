"""What a text must not do to anybody: offend, or give away personal data. Looked for offline, always.

The provider's moderation endpoint, where there is one, is asked by the engine; its categories come under the
same policy. Takes time linear in the text.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from importlib import import_module
from itertools import islice
from typing import NamedTuple

from phonenumbers import Leniency, PhoneNumberMatcher
from stdnum import iban, luhn

from polycast.contracts import Finding, Severity
from polycast.platforms.phrases import WORDS, Phrases
from polycast.platforms.textrules import HOUSE, Rule

OFFENSIVE = Rule(
    "offensive",
    "A text insults, threatens and demeans nobody.",
    f"{HOUSE}: the list words/offensive.toml; the setting POLYCAST_MODERATION says what follows.",
)
PERSONAL_DATA = Rule(
    "personal_data",
    "A text gives away nobody's address, number or account, unless its author gave it.",
    "GDPR, article 4(1): whatever relates to an identifiable person. A number is recognised by its own check "
    "digits (python-stdnum) or numbering plan (Google's libphonenumber).",
)
MODERATION = Rule(
    "moderation",
    "The provider's moderation model finds nothing harmful in a text.",
    "The moderation endpoint of the LLM provider; its categories are explained at "
    "platform.openai.com/docs/guides/moderation.",
)
RULES = (OFFENSIVE, PERSONAL_DATA, MODERATION)


class Action(StrEnum):
    """What becomes of a text in which a category is found."""

    REJECT = "reject"
    FLAG = "flag"
    ALLOW = "allow"


#: Unlisted categories are flagged. One such as `hate/threatening` goes by its part before the slash.
ACTIONS: Mapping[str, Action] = {
    "harassment": Action.REJECT,
    "hate": Action.REJECT,
    "sexual": Action.REJECT,
    "self-harm": Action.REJECT,
    "violence": Action.FLAG,
    "illicit": Action.FLAG,
    "profanity": Action.FLAG,
    "email": Action.REJECT,
    "phone": Action.REJECT,
    "card": Action.REJECT,
    "iban": Action.REJECT,
    "national_id": Action.REJECT,
}
_SEVERITIES = {Action.REJECT: Severity.ERROR, Action.FLAG: Severity.WARNING}


class Hit(NamedTuple):
    """What was found, and where; without a place it is about the text as a whole."""

    category: str
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True)
class Policy:
    actions: Mapping[str, Action] = field(default_factory=dict)
    """Category → action, before the defaults."""
    phone_regions: tuple[str, ...] = ("US", "GB", "FR", "DE")
    """Countries whose numbers are recognised without their `+`."""

    def action(self, category: str) -> Action:
        names = (category, category.partition("/")[0])
        actions = (table[name] for table in (self.actions, ACTIONS) for name in names if name in table)
        return next(actions, Action.FLAG)

    def hits(self, text: str, given: str = "") -> list[Hit]:
        """What isn't allowed. `given` is what the person told: data that they gave themselves are no leak."""
        told = _bare(given)
        leaks = (hit for hit in _personal(text, self.phone_regions) if _telling(hit, text) not in told)
        found = [*_offensive(text), *leaks]
        return self.minded(found)

    def minded(self, hits: Iterable[Hit]) -> list[Hit]:
        return [hit for hit in hits if self.action(hit.category) is not Action.ALLOW]

    def findings(self, hits: Iterable[Hit]) -> Iterator[Finding]:
        """No message repeats what was found: messages are kept, and the data must not be."""
        for hit in hits:
            rule, message = _TOLD.get(hit.category, _BY_MODEL) if hit.start is not None else _BY_MODEL
            yield Finding(
                rule=rule.name,
                severity=_SEVERITIES[self.action(hit.category)],
                message=message.format(category=hit.category.replace("/", ", ")),
                start=hit.start,
                end=hit.end,
            )


def is_moderation(finding: Finding) -> bool:
    return finding.rule in _NAMES


_NAMES = frozenset(rule.name for rule in RULES)
_WORDING = "This is {}: say it without"
_LEAK = "{} stands here, and neither the idea nor its context holds it: leave it out"
#: By category: the rule, and what is said of it.
_TOLD = {
    "harassment": (OFFENSIVE, _WORDING.format("an insult or a threat")),
    "hate": (OFFENSIVE, _WORDING.format("hateful")),
    "sexual": (OFFENSIVE, _WORDING.format("sexual")),
    "self-harm": (OFFENSIVE, _WORDING.format("a call to hurt oneself")),
    "violence": (OFFENSIVE, _WORDING.format("violent")),
    "profanity": (OFFENSIVE, _WORDING.format("coarse")),
    "email": (PERSONAL_DATA, _LEAK.format("An e-mail address")),
    "phone": (PERSONAL_DATA, _LEAK.format("A phone number")),
    "card": (PERSONAL_DATA, _LEAK.format("The number of a payment card")),
    "iban": (PERSONAL_DATA, _LEAK.format("The number of a bank account")),
    "national_id": (PERSONAL_DATA, _LEAK.format("A national identity number")),
}
_BY_MODEL = (MODERATION, "The provider’s moderation model finds {category} in this text: write it without")


# -- offensive language --------------------------------------------------------------------------------------

_LISTS: dict[str, str] = tomllib.loads((WORDS / "offensive.toml").read_text(encoding="utf-8"))
_PHRASES = Phrases(
    (category, " ".join(phrase.split()))
    for category, listed in _LISTS.items()
    for phrase in listed.split(",")
)


def _offensive(text: str) -> Iterator[Hit]:
    for found in _PHRASES.found(text):
        yield Hit(found.label, found.start, found.end)


# -- personal data -------------------------------------------------------------------------------------------

#: Last digits of a phone number, with or without its country's code.
_TELLING = 9

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@(?:[\w-]+\.)+[^\W\d_]{2,}")
#: Set aside for examples by RFC 2606.
_EXAMPLE = re.compile(
    r"@(?:[\w-]+\.)*(?:example\.(?:com|net|org)|example|test|invalid|localhost)$", re.IGNORECASE
)
#: Numbers that are looked at as phone numbers, which takes most of a millisecond each: no post has so many.
MAX_PHONE_LIKE = 100
#: Digits enough for a phone number, and no date such as 2026-11-25 10:30.
_PHONE_LIKE = re.compile(
    r"(?<![\w.#])(?!(?:19|20)\d\d-\d\d-\d\d)[+(]?\d(?:[ ().\u00a0/-]{0,3}\d){6,16}(?!\w)"
)
_CARD = re.compile(r"(?<![\w.-])[2-6]\d(?:[ -]?\d){11,17}(?![\w-])")
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]{4}){2,7}(?:[ ]?[A-Z0-9]{1,3})?(?!\w)")


class _NationalId(NamedTuple):
    pattern: re.Pattern[str]
    """The form in which it is written, strict enough that other numbers hardly have it."""
    is_valid: Callable[[str], bool]


def _national(module: str, pattern: str) -> _NationalId:
    return _NationalId(
        re.compile(rf"(?<![\w.-])(?:{pattern})(?![\w-])"), import_module(f"stdnum.{module}").is_valid
    )


_NATIONAL_IDS = (
    _national("us.ssn", r"\d{3}-\d{2}-\d{4}"),
    _national("fr.nir", r"[12][ ]?\d\d[ ]?[0-3]\d[ ]?[0-9][0-9AB][ ]?\d{3}[ ]?\d{3}[ ]?\d\d"),
    # HMRC, National Insurance Manual NIM39110: the letters that prefix and suffix may have.
    _NationalId(
        re.compile(
            r"(?<!\w)(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]"
            r"[ ]?\d\d[ ]?\d\d[ ]?\d\d[ ]?[A-D](?!\w)"
        ),
        lambda _: True,
    ),
    _national("de.idnr", r"\d\d[ ]?\d{3}[ ]?\d{3}[ ]?\d{3}"),
    _national("it.codicefiscale", r"[A-Z]{6}\d\d[A-Z]\d\d[A-Z]\d{3}[A-Z]"),
    _national("es.dni", r"\d{8}-?[A-Z]"),
    _national("es.nie", r"[XYZ]-?\d{7}-?[A-Z]"),
    _national("be.nn", r"\d\d\.\d\d\.\d\d-\d{3}\.\d\d"),
    _national("ch.ssn", r"756\.\d{4}\.\d{4}\.\d\d"),
    _national("pl.pesel", r"\d{11}"),
    _national("se.personnummer", r"(?:\d\d)?\d{6}[-+]\d{4}"),
    _national("br.cpf", r"\d{3}\.\d{3}\.\d{3}-\d\d"),
    _national("ca.sin", r"\d{3}-\d{3}-\d{3}"),  # with spaces it is any number of nine digits
    _national("in_.aadhaar", r"(?!20\d\d[ ]20\d\d)\d{4}[ ]\d{4}[ ]\d{4}"),  # years aren't one
)


def _personal(text: str, phone_regions: Iterable[str]) -> Iterator[Hit]:
    """Each place once: a card's number isn't a phone's as well."""
    taken = 0
    hits = [*_emails(text), *(_numbers(text, phone_regions) if _DIGITS.search(text) else ())]
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end)):
        if hit.start >= taken:
            taken = hit.end
            yield hit


_DIGITS = re.compile(r"\d(?:\W{0,3}[\dA-Z]){5}")


def _emails(text: str) -> Iterator[Hit]:
    for match in _EMAIL.finditer(text):
        if not _EXAMPLE.search(match.group()):
            yield Hit("email", *match.span())


def _numbers(text: str, phone_regions: Iterable[str]) -> Iterator[Hit]:
    for match in _IBAN.finditer(text):
        if iban.is_valid(match.group()):
            yield Hit("iban", *match.span())
    for match in _CARD.finditer(text):
        if luhn.is_valid(re.sub(r"\D", "", match.group())):
            yield Hit("card", *match.span())
    for national in _NATIONAL_IDS:
        for match in national.pattern.finditer(text):
            if national.is_valid(match.group()):
                yield Hit("national_id", *match.span())
    for match in islice(_PHONE_LIKE.finditer(text), MAX_PHONE_LIKE):
        if any(
            PhoneNumberMatcher(match.group(), region, leniency=Leniency.VALID).has_next()
            for region in phone_regions
        ):
            yield Hit("phone", *match.span())


def _telling(hit: Hit, text: str) -> str:
    """By what a datum is known again: of a phone number, what is left without its country's code."""
    bare = _bare(text[hit.start : hit.end])
    return bare[-_TELLING:] if hit.category == "phone" else bare


def _bare(text: str) -> str:
    return re.sub(r"[\W_]", "", text).casefold()

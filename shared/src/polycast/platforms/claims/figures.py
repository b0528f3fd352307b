"""Claims made of figures: addresses, dates, percentages and other numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal

from polycast.contracts import ClaimKind
from polycast.platforms.claims.found import DIGIT, WORDS, Found, blank, in_lines
from polycast.platforms.phrases import LOWER

Facts = frozenset[str]


def figures(text: str) -> Iterator[Found]:
    """What one finder took is left to none after it: the year of a date is no number."""
    for finder in (_addresses, _dates, _quantities):
        found = list(finder(text))
        yield from found
        text = blank(text, found)


# -- addresses -----------------------------------------------------------------------------------------------

#: With a scheme any address; a bare one only under a common top-level domain, or `node.js` would be one.
_DOT = re.compile(r"\w\.\w|://")
_ADDRESS = re.compile(
    r"(?<![\w@.-])(?:https?://[^\s<>\"“”\0]+|(?:[a-z0-9-]{1,63}\.){1,4}"
    r"(?:com|org|net|edu|gov|info|int|eu|uk|de|fr|es|it|nl|ch|at|us|ca|au|io|ai|co|dev|app|tech|news)\b"
    r"(?!\.\w)(?:/[^\s<>\"“”\0]*)?)",
    re.IGNORECASE,
)


def _addresses(text: str) -> Iterator[Found]:
    for match in in_lines(_DOT, _ADDRESS, text):
        written = match.group().rstrip(".,;:!?'’)]}")
        bare = re.sub(r"^(?:https?://)?(?:www\.)?", "", written.casefold()).rstrip("/")
        yield Found(
            ClaimKind.URL, match.start(), match.start() + len(written), frozenset({f"address {bare}"})
        )


# -- dates ---------------------------------------------------------------------------------------------------

_MONTHS: list[str] = WORDS["months"].split()
_MONTHS_A_YEAR = len(_MONTHS)
_MONTH = (
    r"(?=[A-Z])(?i:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_YEAR = r"(?:19|20)\d\d"
_DAY = r"(?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?"
_DATE = re.compile(
    rf"""(?<![\w.,/$€£¥₹#])(?<!\d[-–])(?:
    (?P<iso>{_YEAR}-\d\d-\d\d)
    | (?P<numeric>(?:[0-3]?\d)[/.](?:[0-3]?\d)[/.](?:{_YEAR}|\d\d))
    | (?P<spelt>{_DAY}[ ](?:of[ ])?{_MONTH}(?:,?[ ]{_YEAR})?
        | {_MONTH}[ ]{_DAY}(?!\w)(?:,?[ ]{_YEAR})?
        | {_MONTH},?[ ](?:of[ ])?{_YEAR})
    | (?P<quarter>[QH][1-4][ ](?:of[ ])?{_YEAR})
    | (?P<decade>(?:19|20)\d0s)
    | (?P<year>{_YEAR}(?:[-–](?:{_YEAR}|\d\d))?)
    )(?![\w%])(?![.,:/-]\d)""",
    re.VERBOSE,
)
#: Before a round figure of four digits these say that it is a quantity and no year.
_QUANTIFIES = re.compile(
    r"\b(?:over|than|about|around|nearly|almost|some|least|most|roughly)\s\Z", re.IGNORECASE
)


def _dates(text: str) -> Iterator[Found]:
    for match in in_lines(DIGIT, _DATE, text):
        if match.lastgroup != "year" or not _is_quantity(match, text):
            yield Found(ClaimKind.DATE, *match.span(), _DATED[match.lastgroup or ""](match.group()))


def _is_quantity(year: re.Match[str], text: str) -> bool:
    is_round = year.group()[2:] == "00" and _QUANTIFIES.search(text, max(0, year.start() - 10), year.start())
    return bool(is_round or _COUNTED.match(text, year.end()))


def _date(year: str, month: int | None, *numbers: int) -> Facts:
    """`numbers` are those of day and month, in any order: of 3/4/2026 nobody knows the month."""
    facts = set[str]()
    if year:
        facts.add(f"year {year if len(year) == 4 else f'20{year}'}")
    if month:
        facts.add(f"month {month}")
    if numbers:
        facts.add(f"day {sorted(numbers)}")
    return frozenset(facts)


def _iso(written: str) -> Facts:
    year, month, day = written.split("-")
    return _date(year, int(month), int(month), int(day))


def _numeric(written: str) -> Facts:
    *numbers, year = re.split(r"[/.]", written)
    one, other = sorted(map(int, numbers))
    return _date(year, one if other > _MONTHS_A_YEAR else None, one, other)


def _spelt(written: str) -> Facts:
    name = next(word for word in re.findall(r"[A-Za-z]{3,}", written) if word[:3].lower() in _MONTHS)
    numbers = re.findall(r"\d+", written)
    year = next((number for number in numbers if len(number) == 4), "")
    days = [int(number) for number in numbers if len(number) < 3]
    month = _MONTHS.index(name[:3].lower()) + 1
    return _date(year, month, *(number for day in days for number in (month, day)))


def _years(written: str) -> Facts:
    first, *last = re.split("[-–]", written)
    return frozenset(f"year {year if len(year) == 4 else first[:2] + year}" for year in (first, *last))


_DATED: dict[str, Callable[[str], Facts]] = {
    "iso": _iso,
    "numeric": _numeric,
    "spelt": _spelt,
    "quarter": lambda written: frozenset({f"part {written[:2]}", f"year {written[-4:]}"}),
    "decade": lambda written: frozenset({f"decade {written}"}),
    "year": _years,
}


# -- percentages and other numbers ---------------------------------------------------------------------------

_ONES: list[str] = WORDS["ones"].split()
_TENS: list[str] = WORDS["tens"].split()
_SPELT_OUT = {word: n for n, word in enumerate(_ONES)} | {word: 10 * n for n, word in enumerate(_TENS, 2)}
_PARTS: dict[str, int] = WORDS["parts"]
_SCALES: dict[str, int] = WORDS["scales"]
_UNIT_OF = {spelling: unit for unit, spellings in WORDS["units"].items() for spelling in spellings.split()}


def _longest_first(spellings: Iterable[str]) -> str:
    return "|".join(
        re.escape(spelling).replace(r"\-", "[ -]?") for spelling in sorted(spellings, key=len, reverse=True)
    )


_WORD = rf"(?:(?:{'|'.join(_TENS)})(?:[ -](?:{'|'.join(_ONES[1:10])}))?|{'|'.join(reversed(_ONES))})"
_DIGITS = r"(?:\d{1,3}(?:[,’'\u00a0\u202f ]\d{3})+(?!\d)(?:\.\d+)?|\d++(?:[.,]\d++)?)"
_SCALE = r"(?:[ -]?(?:hundred|thousand|million|billion|trillion|mn|bn|tn)\b|(?<=\d)[kmb]\b)"
_UNIT = rf"(?:[ -]?(?:{_longest_first(_UNIT_OF)})(?!\w))"
_TO = r"(?:[ ]?[-–—][ ]?|[ ]to[ ])"
_MONEY = "(?:[$€£¥₹][ ]?)?"
_SHARED = rf"[ ](?:in|out[ ]of)[ ](?:every[ ])?(?:\d{{1,3}}|{_WORD})(?![\w%]|[.,]\d)"
_IN_DIGITS = re.compile(
    rf"""(?<![\w@/\\])(?<!\w[-.–,’'])(?<!\d:)(?:
    (?P<time>(?:[01]?\d|2[0-3]):[0-5]\d(?:[ ]?[ap]m)?)(?![\w:])
    | (?P<share>{_DIGITS}{_SHARED})
    | (?P<number>{_MONEY}{_DIGITS}(?:{_TO}{_MONEY}{_DIGITS})?(?:st|nd|rd|th|/\d{{1,3}})?{_SCALE}*\+?{_UNIT}?)
        (?!\w)(?![.,:/]\d)
    )""",
    re.VERBOSE,
)
#: Without one of these no number that is spelt out claims anything.
_SPELT = re.compile(
    r"percent|per cent|hundred|thousand|illion| times | (?:in|out of) |thirds? |quarter|fifth|tenth|half of"
)
_IN_WORDS = re.compile(
    rf"""\b(?:
    (?P<share>{_WORD}{_SHARED})
    | (?P<fraction>(?:an?|one|two|three|four|nine)[ -](?:{"|".join(_PARTS)})s?)(?=[ ]of\b)
    | (?P<half>half)(?=[ ]of[ ]all\b)
    | (?P<number>{_WORD}(?:{_TO}{_WORD})?(?:{_SCALE}+{_UNIT}?
        |[ -]?(?:percent|per[ ]cent|percentage[ ]points?)|[ ]times(?=[ ](?:as|more|less|fewer|\w+er)\b))\b)
    )""",
    re.VERBOSE,
)
_COUNTED = re.compile(rf"{_SCALE}|{_UNIT}|[ ](?:people|users|customers|employees|companies)\b", re.IGNORECASE)
_NUMBER = re.compile(rf"{_DIGITS}|\b{_WORD}\b")
_SMALL = re.compile(rf"\b{_WORD}\b{_UNIT}?")
_TAIL_SCALE = re.compile(rf"[ -]*({_longest_first(_SCALES)})(?![^\W\d])")


def _quantities(text: str) -> Iterator[Found]:
    lower = text.translate(LOWER)
    for match in (*in_lines(DIGIT, _IN_DIGITS, lower), *in_lines(_SPELT, _IN_WORDS, lower)):
        facts = _FACTS[match.lastgroup or ""](match.group())
        is_share = any("percent" in fact for fact in facts)
        yield Found(ClaimKind.PERCENTAGE if is_share else ClaimKind.NUMBER, *match.span(), facts)


def small_numbers(text: str) -> Iterator[Facts]:
    """Numbers spelt out that are no claims of their own, such as `five days`."""
    for match in _SMALL.finditer(text.translate(LOWER)):
        yield _quantity(match.group())


def _quantity(written: str) -> Facts:
    """Each number with what stands once for all: `3–5 million` says 3,000,000 and 5,000,000."""
    if "/" in written:
        return _share(written)
    numbers = [*_NUMBER.finditer(written)]
    tail, scale = written[numbers[-1].end() :], 1
    while found := _TAIL_SCALE.match(tail):
        scale *= _SCALES[found[1]]
        tail = tail[found.end() :]
    unit = _UNIT_OF.get(tail.strip(" -+").replace(" ", "-"), "")
    unit = unit or next((sign for sign in written if sign in "$€£¥₹"), "")
    return frozenset(f"{_plain_number(_value(number.group()) * scale)} {unit}".strip() for number in numbers)


def _share(written: str) -> Facts:
    numbers = [_plain_number(_value(number)) for number in _NUMBER.findall(written)]
    return frozenset({f"{numbers[0]} of {numbers[-1]}"})


def _fraction(written: str) -> Facts:
    number, part = re.split("[ -]", written)
    return frozenset({f"{_SPELT_OUT.get(number, 1)} of {_PARTS[part.rstrip('s')]}"})


def _value(written: str) -> Decimal:
    if written[0].isalpha():
        return Decimal(sum(_SPELT_OUT[word] for word in re.split("[ -]", written)))
    if re.fullmatch(r"\d{1,3}(?:[,’'\u00a0\u202f ]\d{3})+(?:\.\d+)?", written):
        return Decimal(re.sub(r"[^\d.]", "", written))
    return Decimal(written.replace(",", "."))


def _plain_number(value: Decimal) -> str:
    return format(value.normalize(), "f")


_FACTS: dict[str, Callable[[str], Facts]] = {
    "share": _share,
    "fraction": _fraction,
    "half": lambda _: frozenset({"1 of 2"}),
    "number": _quantity,
    "time": lambda written: frozenset({f"time {written.replace(' ', '').lstrip('0')}"}),
}

"""The examples of X's page “Counting characters”, and more in the spirit of twitter-text's own suite."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transform_twitter.weight import fitting, pieces, weigh

LIGHT = st.text(
    st.characters(min_codepoint=0x20, max_codepoint=0x24F, exclude_characters="©®.:/@#*0123456789")
)
WIDE = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF))
EMOJI = st.sampled_from(
    ["👾", "🙋🏽", "👨‍🎤", "👨‍👩‍👧‍👦", "🇫🇷", "1️⃣", "❤️", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🧑‍🧑‍🧒‍🧒", "🏃‍♀️‍➡️", "🐦‍🔥", "🫩", "🫯"]
)


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("", 0),
        ("Hello", 5),
        ("cafe\u0301", 4),
        ("café", 4),
        ("Привет שלום مرحبا สวัสดี", 24),
        ("“Quotes” – dashes — and … more", 31),
        ("a\u200bb\u200dc", 5),
        ("日本語", 6),
        ("한국어", 6),
        ("ｆｕｌｌ", 8),
        ("→ ✓ €", 8),
        ("👾", 2),
        ("🙋🏽", 2),
        ("👨‍🎤", 2),
        ("👨‍👩‍👧‍👦", 2),
        ("🇫🇷🇩🇪", 4),
        ("1️⃣ 2️⃣", 5),
        ("123 #*", 6),
        ("©®™", 6),
        ("https://example.com", 23),
        ("https://example.com/" + "long/" * 60, 23),
        ("a.co", 23),
        ("README.md", 23),
        ("See README.md.", 28),
        ("two https://a.com https://b.org/", 51),
        ("https://example.com🙂", 25),
        ("日本 example.com 🙂", 31),
        ("me@example.com", 14),
        ("line\nbreak", 10),
        ("a" * 280, 280),
        ("日" * 140, 280),
        ("🙂" * 140, 280),
    ],
)
def test_conformance(text: str, weight: int) -> None:
    assert weigh(text) == weight


@given(LIGHT)
def test_common_letters_count_one_in_nfc(text: str) -> None:
    assert weigh(text) == len(unicodedata.normalize("NFC", text))


@given(WIDE)
def test_chinese_counts_two(text: str) -> None:
    assert weigh(text) == 2 * len(text)


@given(st.lists(EMOJI))
def test_an_emoji_counts_two_whatever_its_parts(emoji: list[str]) -> None:
    assert weigh(" ".join(emoji)) == 2 * len(emoji) + max(0, len(emoji) - 1)


@given(
    st.lists(
        st.sampled_from(["https://example.org/some/path?x=1", "http://a.io", "readme.md", "a.b.c.dev/x"])
    )
)
def test_a_link_counts_23_whatever_its_length(written: list[str]) -> None:
    assert weigh(" ".join(written)) == 23 * len(written) + max(0, len(written) - 1)


@given(st.text())
def test_composed_or_not_a_text_counts_the_same(text: str) -> None:
    assert weigh(unicodedata.normalize("NFD", text)) == weigh(unicodedata.normalize("NFC", text))


@given(st.text())
def test_pieces_cover_a_text(text: str) -> None:
    at = 0
    for piece in pieces(text):
        assert piece.start == at < piece.end
        at = piece.end
    assert at == len(text)


@given(LIGHT | WIDE | st.lists(EMOJI).map("".join), st.integers(0, 50))
def test_what_fits_is_the_most_that_fits(text: str, room: int) -> None:
    text = unicodedata.normalize("NFC", text)
    most = fitting(text, room)
    assert weigh(text[:most]) <= room
    assert most == len(text) or weigh(text) > room

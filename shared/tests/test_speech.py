import pytest
from hypothesis import given
from hypothesis import strategies as st

from polycast.platforms.speech import said, seconds


def spoken(text: str) -> str:
    return " ".join(word for piece in said(text) for word in piece.words)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("2026", "twenty twenty six"),
        ("the 1990s", "the nineteen ninety"),
        ("1905", "nineteen oh five"),
        ("2,026", "two thousand and twenty six"),
        ("12%", "twelve percent"),
        ("3.5", "three point five"),
        ("$3.5M", "three point five million dollars"),
        ("€20 thousand", "twenty thousand euros"),
        ("£5bn", "five billion pounds"),
        ("3rd", "third"),
        ("at 10:30 or 9:00", "at ten thirty or nine o clock"),
        ("24/7", "twenty four seven"),
        ("10x", "ten x"),
        ("API", "A P I"),
        ("APIs", "A P I"),
        ("NASA, SaaS", "NASA SaaS"),
        ("STOP NOW", "STOP NOW"),
        ("GPT-4", "G P T four"),
        ("B2B", "B two B"),
        ("R&D", "R and D"),
        ("state-of-the-art", "state of the art"),
        ("don’t", "don’t"),
        ("🙂 … – !", ""),
        ("1234567890123", "1 2 3 4 5 6 7 8 9 0 1 2 3"),
    ],
)
def test_as_it_is_said(written: str, words: str) -> None:
    assert spoken(written) == words


@given(st.lists(st.text("abcdefghij", min_size=1)), st.integers(80, 260))
def test_plain_words_take_their_share_of_a_minute(words: list[str], pace: int) -> None:
    assert seconds(" ".join(words), pace) == round(len(words) * 60 / pace, 1)


@given(st.text())
def test_any_text_can_be_timed(text: str) -> None:
    assert seconds(text, 150) >= 0


@given(st.integers(0, 10**15))
def test_any_number_is_said_in_words(number: int) -> None:
    assert len(spoken(str(number)).split()) >= 1

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from polycast.platforms.repairs import drop_hashtags, in_order, noted, tidy
from polycast.platforms.textrules import hashtags


def letters(text: str) -> str:
    return unicodedata.normalize("NFC", "".join(text.split()))


TEXT = st.text(st.sampled_from("ab #.\n\r\t é🙂e\u0301"), max_size=60)


@given(TEXT)
def test_tidying_twice_changes_nothing_more(text: str) -> None:
    once = tidy(text)
    assert tidy(once.text) == type(once)(once.text)


@given(TEXT)
def test_tidying_leaves_no_loose_space_and_loses_no_letter(text: str) -> None:
    mended = tidy(text).text
    assert unicodedata.is_normalized("NFC", mended)
    assert "\n\n\n" not in mended
    assert "\r" not in mended
    assert all(line == line.rstrip() for line in mended.split("\n"))
    assert letters(mended) == letters(text)


@given(TEXT)
def test_a_note_is_made_if_and_only_if_the_text_changed(text: str) -> None:
    mended = tidy(text)
    assert bool(mended.notes) == (mended.text != text)


@given(st.integers(0, 12), st.integers(0, 6))
def test_only_as_many_hashtags_stay_as_are_allowed(count: int, limit: int) -> None:
    tags = [f"#Tag{n}x" for n in range(count)]
    mended = drop_hashtags(limit)(f"A post.\n\n{' '.join(tags)}")
    assert [tag.text for tag in hashtags(mended.text)] == tags[:limit]
    assert bool(mended.notes) == (count > limit)
    assert all(tag in mended.notes[0] for tag in tags[limit:])
    assert not mended.notes or mended.text == mended.text.rstrip()


def test_within_a_sentence_the_word_stays() -> None:
    mended = drop_hashtags(1)("We love #AI and #Rust here. So do you. #Both #Now\n#More text")
    assert mended.text == "We love #AI and Rust here. So do you.\nMore text"


def test_steps_work_on_what_the_ones_before_left_and_keep_their_notes_in_order() -> None:
    repair = in_order(noted("first", lambda t: t + "a"), noted("never", str), noted("second", str.upper))
    assert (repair("x").text, repair("x").notes) == ("XA", ("first", "second"))

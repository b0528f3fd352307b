from hypothesis import given
from hypothesis import strategies as st

from transform_twitter.output import Thread, Tweet, compose
from transform_twitter.text import join, parse, split_thread
from transform_twitter.weight import weigh

TWEET = st.text(st.sampled_from("abc é日🙂.!?\n"), min_size=1, max_size=60).map(str.strip).filter(bool)
WORDS = st.lists(
    st.sampled_from(["one", "two.", "three!", "a", "日本語。", "🙂", "readme.md", "x" * 90]), min_size=1
)


@given(st.lists(TWEET))
def test_what_is_joined_is_parsed_back(tweets: list[str]) -> None:
    text = join(tweets)
    assert [tweet.text for tweet in parse(text)] == tweets
    assert all(text[tweet.start : tweet.end] == tweet.text for tweet in parse(text))


def test_a_persons_way_with_the_line_is_tolerated() -> None:
    text = "---\none \n--- \n\n  ---\n two\n-- \n—\nthree - four\n\n------\r\n five\n---"
    assert [tweet.text for tweet in parse(text)] == ["one", "two\n--", "three - four", "five"]
    assert parse(" \n---\n\n") == []


@given(st.lists(TWEET, min_size=1))
def test_what_the_model_returns_becomes_the_canonical_text(tweets: list[str]) -> None:
    output = Thread(format="thread", tweets=[Tweet(text=f" {text}\n") for text in tweets])
    assert [tweet.text for tweet in parse(compose(output))] == tweets


@given(WORDS, st.integers(40, 280))
def test_every_tweet_of_a_split_text_fits_and_nothing_is_lost(words: list[str], limit: int) -> None:
    text = " ".join(words)
    tweets = split_thread(text, limit)
    assert all(weigh(tweet) <= limit for tweet in tweets)
    if len(tweets) > 1:
        numbers = [tweet.rpartition(" ")[2] for tweet in tweets]
        assert numbers == [f"{n}/{len(tweets)}" for n in range(1, len(tweets) + 1)]
        tweets = [tweet.rpartition(" ")[0] for tweet in tweets]
    assert "".join("".join(tweets).split()) == "".join(text.split())


def test_a_text_is_broken_after_sentences() -> None:
    text = (
        "A first sentence, e.g. this. " + "Then a second one follows it. " * 3 + "And that is all there is!"
    )
    assert split_thread(text, 70) == [
        "A first sentence, e.g. this. Then a second one follows it. 1/3",
        "Then a second one follows it. Then a second one follows it. 2/3",
        "And that is all there is! 3/3",
    ]


def test_a_sentence_too_long_is_broken_between_words_and_a_word_anywhere() -> None:
    assert split_thread("one two three four five six", 20) == ["one two three 1/2", "four five six 2/2"]
    assert split_thread("x" * 40, 24) == ["x" * 20 + " 1/2", "x" * 20 + " 2/2"]


def test_numbers_of_two_digits_leave_room_for_themselves() -> None:
    tweets = split_thread("word " * 60, 30)
    assert len(tweets) > 9
    assert all(weigh(tweet) <= 30 for tweet in tweets)

from hypothesis import given
from hypothesis import strategies as st

from polycast.contracts import Severity
from polycast.platforms.textrules import (
    EMOJI,
    Rule,
    announce,
    hashtags,
    paragraphs,
    sentences,
    word_count,
)

WORD = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=8)


@given(st.lists(WORD), st.sampled_from([" ", "\n", " – ", " … ", "  ", " 🙂 "]))
def test_words_are_what_stands_between_spaces_and_has_a_letter(words: list[str], gap: str) -> None:
    assert word_count(gap.join(words)) == len(words)


def test_a_compound_is_one_word_and_a_dash_none() -> None:
    assert word_count("state-of-the-art tools – 24/7 … • don’t") == 4


@given(st.lists(WORD, min_size=1), st.sampled_from(["\n\n", "\n \n", "\n\n\n", "\r\n\r\n", "\n\t\n\n"]))
def test_paragraphs_stand_between_blank_lines(blocks: list[str], gap: str) -> None:
    assert paragraphs(f"\n{gap.join(blocks)}\n\n") == blocks


@given(st.lists(WORD.map(lambda word: f"#{word}")))
def test_every_hashtag_is_found_where_it_stands(tags: list[str]) -> None:
    text = "We like 🙂 " + ", ".join(tags)
    found = hashtags(text)
    assert [tag.text for tag in found] == tags
    assert all(text[tag.start : tag.end] == tag.text for tag in found)


def test_what_is_no_hashtag() -> None:
    assert hashtags("C# is #1, see example.com/page#top and &#39; or a#b, ##x, #") == []
    assert [tag.text for tag in hashtags("(#AI) “#5G” #été #2026Goals #日本 ＃全角")] == [
        "#AI",
        "#5G",
        "#été",
        "#2026Goals",
        "#日本",
        "＃全角",
    ]


@given(st.text())
def test_sentences_cover_all_but_white_space(text: str) -> None:
    found = sentences(text)
    assert "".join("".join(s.text.split()) for s in found) == "".join(text.split())
    assert all(text[s.start : s.end] == s.text == s.text.strip() for s in found)


def test_full_stops_of_abbreviations_end_no_sentence() -> None:
    text = "Use tools, e.g. Git, vs. none. It grew 3.5 times! “Why?” Dr. Who knows…\nA title\nEnd"
    assert [s.text for s in sentences(text)] == [
        "Use tools, e.g. Git, vs. none.",
        "It grew 3.5 times!",
        "“Why?”",
        "Dr. Who knows…",
        "A title",
        "End",
    ]


def test_an_emoji_is_one_whatever_its_parts() -> None:
    for emoji in [
        "🙂",
        "🙋🏽",
        "👨‍🎤",
        "👨‍👩‍👧‍👦",
        "👩🏽‍🤝‍👨🏿",
        "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
        "🇫🇷",
        "1️⃣",
        "#⃣",
        "❤️‍🔥",
        "🏃‍♀️‍➡️",
        "👁️‍🗨️",
        "🫩",
        "🧑‍🧑‍🧒‍🧒",
        "©",
    ]:
        assert EMOJI.fullmatch(emoji), emoji
    assert EMOJI.findall("1 # * a → ✗ é 日") == ["✗"]


def test_a_rule_announces_what_it_states_and_nothing_else() -> None:
    rule = Rule("words", "Few words.", "Ours.", Severity.WARNING, maximum=3, unit="words")
    assert announce([rule]) == {
        "words": {
            "says": "Few words.",
            "severity": "warning",
            "unit": "words",
            "maximum": 3,
            "source": "Ours.",
            "checked": rule.checked,
        }
    }
    assert [rule.allows(n) for n in (0, 3, 4)] == [True, True, False]
    assert rule.finding("Too many", 1, 2).severity is Severity.WARNING

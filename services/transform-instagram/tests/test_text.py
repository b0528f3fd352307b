from hypothesis import given
from hypothesis import strategies as st

from transform_instagram.output import Reel, Sections, compose
from transform_instagram.text import SPOKEN, parse, spoken

LINE = st.text(st.sampled_from("abc é🙂.:!"), min_size=1, max_size=40).map(str.strip).filter(bool)


@given(st.tuples(LINE, LINE, LINE), st.lists(LINE.map(lambda line: " ".join(line.split())), min_size=1))
def test_what_the_model_returns_is_parsed_back(texts: tuple[str, str, str], scenes: list[str]) -> None:
    output = Reel(sections=Sections(hook=texts[0], value=texts[1], cta=texts[2]), scene_suggestions=scenes)
    text = compose(output)
    script = parse(text)
    assert tuple(script.sections[name].text for name in SPOKEN) == texts
    assert script.scenes == scenes
    assert script.strays == ()
    assert all(text[s.start : s.end] == s.text for s in script.sections.values())


def test_the_canonical_text() -> None:
    output = Reel(
        sections=Sections(hook=" Look! ", value="One.\n\nTwo.", cta="Try it."),
        scene_suggestions=["A desk", "A\nscreen"],
    )
    assert compose(output) == (
        "HOOK:\nLook!\n\nVALUE:\nOne.\n\nTwo.\n\nCTA:\nTry it.\n\nSCENES:\n- A desk\n- A screen"
    )


def test_a_persons_way_with_headings_is_tolerated() -> None:
    script = parse(
        "A note\n**Hook (0-4s):** Look!\n## VALUE\nOne. What a hook: it works.\n\n"
        "scene:\n1. A desk\n* A screen\n\ncta : Try.\nVALUE:\nTwo."
    )
    assert {name: span.text for name, span in script.sections.items()} == {
        "hook": "Look!",
        "value": "One. What a hook: it works.\nTwo.",
        "scenes": "1. A desk\n* A screen",
        "cta": "Try.",
    }
    assert script.scenes == ["A desk", "A screen"]
    assert [stray.text for stray in script.strays] == ["A note"]


def test_an_empty_section_is_none() -> None:
    assert set(parse("HOOK:\n\nVALUE:\nx\nCTA:").sections) == {"value"}


def test_directions_and_lines_of_hashtags_are_not_spoken() -> None:
    said = spoken("Look [cut to a desk] here #now.\n#One #Two\nBye")
    assert " ".join(said.split()) == "Look here #now. Bye"


@given(st.text())
def test_any_text_can_be_parsed(text: str) -> None:
    assert all(text[s.start : s.start + 1] == s.text[0] for s in parse(text).sections.values())

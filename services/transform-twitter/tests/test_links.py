import pytest
from hypothesis import given
from hypothesis import strategies as st

from transform_twitter.links import TOP_LEVEL, links


def found(text: str) -> list[str]:
    return [text[link.start : link.end] for link in links(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # with a protocol
        ("see https://polycast.example.org/a/b?c=d#e.", ["https://polycast.example.org/a/b?c=d#e"]),
        ("HTTP://EXAMPLE.COM:8080/x", ["HTTP://EXAMPLE.COM:8080/x"]),
        ("(https://example.com/wiki/Foo_(bar))", ["https://example.com/wiki/Foo_(bar)"]),
        ("https://example.com/a_(b_(c)_d), and", ["https://example.com/a_(b_(c)_d)"]),
        ("https://münchen.de and https://日本.jp/道", ["https://münchen.de", "https://日本.jp/"]),
        ("https://example.みんな/x", ["https://example.みんな/x"]),
        ("https://example.com?q=1!", ["https://example.com?q=1"]),
        ("https://sub_domain.example.com", ["https://sub_domain.example.com"]),
        ("https://example.com/über/straße", ["https://example.com/über/straße"]),
        # without
        ("example.com, readme.md; node.js!", ["example.com", "readme.md"]),
        ("README.md counts", ["README.md"]),
        ("a.b.example.co.uk/path.", ["a.b.example.co.uk/path"]),
        ("日本example.com語", ["example.com"]),
        ("example.com中国twitter.com", ["example.com", "twitter.com"]),
        ("example.com?q=1", ["example.com"]),
        ("“example.com”", ["example.com"]),
        ("xn--mnchen-3ya.de", ["xn--mnchen-3ya.de"]),
        ("foo.xn--p1ai", ["foo.xn--p1ai"]),
        # none
        ("me@example.com", []),
        ("@example.com #example.com $example.com", []),
        ("-example.com _example.com .example.com /example.com", []),
        ("日本.com", []),
        ("v1.2.3 e.g. i.e. 3.5 U.S. and so...on", []),
        ("example.comx example.com1 example.com-x example.com@x", []),
        ("https://example", []),
        ("https://-example.com https://example-.com", []),
        ("xhttps://example.com", []),
        ("foo_bar.com", []),
        ("https://a.com/" + "x" * 5000, []),
    ],
)
def test_conformance(text: str, expected: list[str]) -> None:
    assert found(text) == expected


@given(
    st.sampled_from(sorted(t for t in TOP_LEVEL if not t.startswith("xn--"))),
    st.text("abcxyz0189", min_size=1, max_size=20),
    st.sampled_from(["", "http://", "https://"]),
    st.sampled_from(["", "/", "/path", "/a/b?c=d"]),
)
def test_every_top_level_domain_makes_a_link(top: str, name: str, protocol: str, path: str) -> None:
    text = f"{protocol}{name}.{top}{path}"
    (link,) = links(f"Look: {text} – now")
    assert (link.start, link.end) == (6, 6 + len(text))
    assert (link.top_level, link.bare) == (top, not protocol)


@given(st.text())
def test_links_of_any_text_follow_one_another(text: str) -> None:
    at = 0
    for link in links(text):
        assert at <= link.start < link.end <= len(text)
        at = link.end


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    "piece",
    [
        "a.",
        "日.",
        "a-",
        "x.co/(",
        "x.co/((",
        "x.co:",
        "-._",
        "http://",
        "x.co?!",
        "((",
        "日a",
        "xn--",
        "a.日a",
    ],
)
def test_hostile_texts_take_no_longer_than_others(piece: str) -> None:
    text = (piece * 20_000)[:20_000]
    assert sum(link.end - link.start for link in links(text)) <= len(text)

"""Filling any JSON schema with sensible words: for a platform that this writer has never heard of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from polycast_cli.offline_writer.asked import Asked
from polycast_cli.offline_writer.bank import bank
from polycast_cli.offline_writer.material import Beat, Material, gather
from polycast_cli.offline_writer.text import capitalised, ended, shorten, speakable, words

Schema = Mapping[str, Any]

#: What a property's name says about the text it wants: pattern → kind of text.
_KINDS = [
    (re.compile(pattern), kind)
    for pattern, kind in [
        (r"hash_?tag|^tags?$", "tag"),
        (r"scene|shot|visual|image|picture|broll|b_roll", "shot"),
        (r"hook|opening|opener|intro", "hook"),
        (r"cta|call_?to_?action|closing|outro", "call"),
        (r"title|headline|subject|heading", "title"),
        (r"question|prompt", "ask"),
        (r"tone|mood|style", "tone"),
        (r"takeaway|lesson|conclusion|summary", "takeaway"),
        (r"point|caption_line|overlay|on_screen|bullet|step", "line"),
        (
            r"content|text|body|script|value|caption|post|article|description|voice_?over|message|segment",
            "body",
        ),
    ]
]
_WORD_RANGE = re.compile(r"(\d+)\s*(?:-|–|to|and)\s*(\d+)[ -]words?")
_MOST_WORDS = re.compile(r"(?:at most|up to|max(?:imum)?|under|no more than|≤)\s*(\d+)[ -]words?")
#: Depth from which optional things are left out, so that a schema that contains itself ends.
_DEEPEST = 4
_BODY_WORDS = (40, 80)


def fill(asked: Asked, seed: int) -> dict[str, Any]:
    """An object of the request's schema, its texts about the request's idea."""
    material = gather(asked, seed)
    schema = asked.schema or {"type": "object", "properties": {"content_text": {"type": "string"}}}
    value = _Filler(material, schema).value(schema, "content", 0)
    return value if isinstance(value, dict) else {"value": value}


@dataclass
class _Filler:
    material: Material
    root: Schema
    used: set[str] = field(default_factory=set)

    def value(self, schema: Schema, name: str, depth: int) -> Any:
        schema = self._resolved(schema, depth)
        if "const" in schema:
            return schema["const"]
        if schema.get("enum"):
            return self.material.rng.choice(list(schema["enum"]))
        kind = _type(schema)
        if kind == "object":
            return self._object(schema, depth)
        if kind == "array":
            return self._array(schema, name, depth)
        if kind in ("integer", "number"):
            return _number(schema, whole=kind == "integer")
        if kind == "boolean":
            return True
        return None if kind == "null" else self._text(schema, name)

    def _resolved(self, schema: Schema, depth: int) -> Schema:
        for _ in range(_DEEPEST):
            if "$ref" in schema:
                schema = {
                    **self._target(str(schema["$ref"])),
                    **{k: v for k, v in schema.items() if k != "$ref"},
                }
            elif choices := schema.get("anyOf") or schema.get("oneOf"):
                rest = {k: v for k, v in schema.items() if k not in ("anyOf", "oneOf")}
                real = [choice for choice in choices if choice.get("type") != "null"]
                deep = depth > _DEEPEST and len(real) < len(choices)
                schema = {**rest, **({"type": "null"} if deep or not real else real[0])}
            elif parts := schema.get("allOf"):
                schema = {k: v for k, v in schema.items() if k != "allOf"}
                for part in parts:
                    schema = {**part, **schema}
            else:
                break
        return schema

    def _target(self, reference: str) -> Schema:
        target: Any = self.root
        for step in reference.removeprefix("#").strip("/").split("/"):
            step = step.replace("~1", "/").replace("~0", "~")
            target = target.get(step, {}) if isinstance(target, Mapping) and step else target
        return target if isinstance(target, Mapping) else {}

    def _object(self, schema: Schema, depth: int) -> dict[str, Any]:
        properties = schema.get("properties") or {}
        if depth > _DEEPEST:  # a schema that contains itself
            properties = {name: properties[name] for name in schema.get("required", ()) if name in properties}
            if depth > 2 * _DEEPEST:
                return {}
        return {name: self.value(inner, name, depth + 1) for name, inner in properties.items()}

    def _array(self, schema: Schema, name: str, depth: int) -> list[Any]:
        fewest = int(schema.get("minItems", 0))
        most = int(schema.get("maxItems", max(fewest, 4)))
        count = fewest if depth > _DEEPEST else max(fewest, min(3, most))
        items = schema.get("items")
        items = items if isinstance(items, Mapping) else {"type": "string"}
        inner = name.removesuffix("s") or name
        return [self.value(items, inner if inner != "content" else "line", depth + 1) for _ in range(count)]

    def _text(self, schema: Schema, name: str) -> str:
        plain_name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).casefold()
        kind = next((kind for pattern, kind in _KINDS if pattern.search(plain_name)), "line")
        fewest, most = _word_bounds(schema, kind)
        longest = int(schema.get("maxLength", 5000))
        shortest = int(schema.get("minLength", 0))
        text = ""
        for sentence in self._sentences(kind):
            longer = f"{text} {sentence}".strip()
            if text and (words(longer).high > most or len(longer) > longest):
                continue
            text = longer
            self.used.add(sentence)
            if words(text).low >= fewest and len(text) >= shortest:
                break
        if words(text).high > most or len(text) > longest:
            text = _cut(text, most, longest)
        return text.ljust(shortest, ".")

    def _sentences(self, kind: str) -> Iterator[str]:
        """Fresh sentences of the kind first, then any that have not been used."""
        own = self.material
        first: Mapping[str, list[str]] = {
            "tag": [f"#{tag}" for tag in own.tags()],
            "shot": own.shots(),
            "hook": own.statements(),
            "call": own.some(bank().phrases.instagram_ctas),
            "title": [own.title] if own.title else [capitalised(own.statements()[0].rstrip("."))],
            "ask": own.asks(),
            "tone": [own.angle.tone],
            "takeaway": [own.takeaway()],
            "line": [beat.sentences[0] for beat in own.leads()],
            "body": [*own.own[:2], *(s for beat in own.leads() for s in beat.sentences)],
        }
        options = first[kind]
        yield from (option for option in options if option not in self.used)
        if kind in ("tag", "tone", "title"):
            yield from options
        extras: list[Beat] = own.extras()
        yield from (s for beat in extras for s in beat.sentences if s not in self.used)
        yield from (s for beat in extras for s in beat.sentences)


def _type(schema: Schema) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        return str(next((k for k in kind if k != "null"), "null"))
    if kind is None:
        return "object" if "properties" in schema else "array" if "items" in schema else "string"
    return str(kind)


def _word_bounds(schema: Schema, kind: str) -> tuple[int, int]:
    """Fewest and most words, as the description states them, else what suits the kind of text."""
    description = str(schema.get("description", "")).casefold()
    if found := _WORD_RANGE.search(description):
        return int(found[1]), int(found[2])
    if found := _MOST_WORDS.search(description):
        return min(int(found[1]) // 2, _BODY_WORDS[0]), int(found[1])
    return _BODY_WORDS if kind == "body" else (1, 400)


def _cut(text: str, most_words: int, longest: int) -> str:
    cut = shorten(speakable(text) or text, most_words=most_words, most_characters=longest)
    return ended(cut)[:longest]


def _number(schema: Schema, *, whole: bool) -> float:
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    if low is None and high is None:
        middle: float = 1
    elif low is None or high is None:
        middle = high if low is None else low + (1 if "exclusiveMinimum" in schema else 0)
        middle -= 1 if low is None and "exclusiveMaximum" in schema else 0
    else:
        middle = (low + high) / 2
    step = schema.get("multipleOf")
    if step:
        middle = round(middle / step) * step
    return round(middle) if whole else middle

"""Every PromQL query of the rules and dashboards, and which series with which labels each asks for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import generate
import promql_parser
import yaml

RULES: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((generate.HERE / "alerts.yml").read_text())["groups"]
    for rule in group["rules"]
]
#: Labels that Prometheus adds to every series.
TARGET_LABELS = frozenset({"job", "instance"})


@dataclass(frozen=True)
class Query:
    place: str
    """Where it stands, for a person."""
    text: str

    def asked(self) -> list[Asked]:
        return list(_asked(promql_parser.parse(self.text), frozenset()))


@dataclass(frozen=True)
class Asked:
    series: str
    labels: frozenset[str]
    """What it selects and groups by, target labels left out."""


def queries() -> Iterator[Query]:
    for rule in RULES:
        yield Query(rule.get("alert") or rule["record"], rule["expr"])
    for uid, _, panels in generate.dashboards():
        for panel in panels:
            for query in panel.queries.values():
                yield Query(f"dashboard {uid}, {panel.title}", query.replace("$__rate_interval", "1m"))


def _asked(node: Any, grouped: frozenset[str]) -> Iterator[Asked]:
    match node:
        case promql_parser.VectorSelector():
            matched = {matcher.name for matcher in node.matchers.matchers}
            yield Asked(node.name, (matched | grouped) - TARGET_LABELS)
        case promql_parser.MatrixSelector():
            yield from _asked(node.vector_selector, grouped)
        case promql_parser.AggregateExpr():
            by = frozenset(node.modifier.labels) if node.modifier else frozenset()
            yield from _asked(node.expr, grouped | by)
        case promql_parser.Call():
            for argument in node.args:
                yield from _asked(argument, grouped)
        case promql_parser.BinaryExpr():
            yield from _asked(node.lhs, grouped)
            yield from _asked(node.rhs, grouped)
        case promql_parser.NumberLiteral() | promql_parser.StringLiteral():
            return
        case _:  # parentheses, sign, subquery
            yield from _asked(node.expr, grouped)

"""Alerts and dashboards: valid, up to date, tested, explained, and about metrics that exist."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from .manifests import DEPLOY, ROOT

HERE = DEPLOY / "observability"
RUNBOOKS = ROOT / "docs" / "runbooks"
SUFFIXES = {
    "Counter": ("",),
    "Gauge": ("",),
    "Histogram": ("_bucket", "_count", "_sum"),
    "Summary": ("_count", "_sum"),
}


sys.path.insert(0, str(HERE))
import generate  # noqa: E402
from queries import RULES, queries  # noqa: E402

ALERTS = [rule for rule in RULES if "alert" in rule]
RECORDED = {rule["record"] for rule in RULES if "record" in rule}


def exported() -> dict[str, set[str]]:
    """The series of every metric that the services' sources declare, with their labels."""
    series: dict[str, set[str]] = {}
    for folder in (ROOT / "shared" / "src", ROOT / "services"):
        for path in folder.rglob("src/**/*.py" if folder.name == "services" else "*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if declared := _declaration(node):
                    kind, name, labels = declared
                    series |= {name + suffix: labels for suffix in SUFFIXES[kind]}
    return series


def _declaration(node: ast.AST) -> tuple[str, str, set[str]] | None:
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SUFFIXES):
        return None
    literals = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
    if not literals or not str(literals[0]).startswith("polycast_"):
        return None
    lists = [*node.args[2:3], *(keyword.value for keyword in node.keywords if keyword.arg == "labelnames")]
    return node.func.id, str(literals[0]), {str(label) for one in lists for label in ast.literal_eval(one)}


def used() -> set[str]:
    return {asked.series for query in queries() for asked in query.asked()}


def test_queries_are_about_metrics_that_exist() -> None:
    ours, foreign = exported(), yaml.safe_load((HERE / "foreign_metrics.yml").read_text())
    assert used() - ours.keys() - foreign.keys() - RECORDED == set()
    assert foreign.keys() - used() == set(), "no longer used"
    assert RECORDED - used() == set(), "no longer used"
    assert [name for name in foreign if name.startswith("polycast_")] == []


def test_queries_select_and_group_by_labels_that_exist() -> None:
    ours = exported()
    for query in queries():
        for asked in query.asked():
            if asked.series in ours:
                assert asked.labels <= ours[asked.series] | {"le"}, query.place


def test_every_metric_of_ours_is_shown() -> None:
    bases = {re.sub("_(bucket|count|sum)$", "", name) for name in used()}
    assert {re.sub("_(bucket|count|sum)$", "", name) for name in exported()} <= bases


def test_metrics_are_named_by_the_conventions_and_know_no_person() -> None:
    """Source: Prometheus, Metric and label naming. Base units; `_total` for counters."""
    for name, labels in exported().items():
        base = re.sub("_(bucket|count|sum)$", "", name)
        assert re.fullmatch(r"polycast_[a-z_]+", base)
        assert not re.search("_(ms|milliseconds|minutes|kb|mb)(_|$)", base)
        assert not labels & {
            "user_id",
            "email",
            "execution_id",
            "content_id",
            "idea_id",
            "request_id",
            "path",
        }


def test_generated_files_are_up_to_date() -> None:
    outputs = generate.outputs()
    stale = [path.name for path, content in outputs.items() if path.read_text() != content]
    assert stale == [], "run deploy/generate.py"
    assert set(generate.DASHBOARDS.glob("*.json")) == {p for p in outputs if p.suffix == ".json"}


def test_every_process_has_a_dashboard() -> None:
    names = {uid for uid, _, _ in generate.dashboards()}
    assert {"overview", "llm", *generate.processes()} == names


def test_every_alert_has_a_page_and_every_page_an_alert() -> None:
    pages = {path.stem for path in RUNBOOKS.glob("*.md")}
    assert pages == {rule["alert"] for rule in ALERTS}
    for rule in ALERTS:
        page = RUNBOOKS / f"{rule['alert']}.md"
        assert rule["annotations"]["runbook"] == str(page.relative_to(ROOT))
        text = page.read_text()
        assert text.startswith(f"# {rule['alert']}\n")
        assert "\n## Look\n" in text and "\n## Mend\n" in text
        for link in re.findall(r"\]\((\w+\.md)\)", text):
            assert (RUNBOOKS / link).exists(), f"{page.name}: {link}"


def test_every_alert_is_tested_firing_and_quiet() -> None:
    tests = yaml.safe_load((HERE / "alerts.test.yml").read_text())["tests"]
    cases = [case for test in tests for case in test["alert_rule_test"]]
    for rule in ALERTS:
        own = [case for case in cases if case["alertname"] == rule["alert"]]
        assert any(case["exp_alerts"] for case in own), f"{rule['alert']} never fires"
        assert any(not case["exp_alerts"] for case in own), f"{rule['alert']} is never quiet"


@pytest.mark.parametrize(
    "command",
    [
        ("promtool", "test", "rules", HERE / "alerts.test.yml"),
        ("promtool", "check", "rules", HERE / "alerts.yml"),
        ("promtool", "check", "config", "--syntax-only", HERE / "prometheus.yml"),
        ("amtool", "check-config", HERE / "alertmanager.yml"),
    ],
    ids=lambda command: " ".join(str(getattr(word, "name", word)) for word in command),
)
def test_prometheus_own_tools_agree(command: tuple[str | Path, ...]) -> None:
    if shutil.which(command[0]) is None:
        advice = f"{command[0]} is not installed (apt install prometheus prometheus-alertmanager)"
        pytest.fail(advice) if "CI" in os.environ else pytest.skip(advice)
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_collector_uses_what_it_declares() -> None:
    config = yaml.safe_load((HERE / "otel-collector.yml").read_text())
    for pipeline in config["service"]["pipelines"].values():
        for part in ("receivers", "processors", "exporters"):
            assert set(pipeline[part]) <= set(config[part])


def test_dashboards_ask_a_data_source_that_is_provisioned() -> None:
    path = HERE / "grafana" / "provisioning" / "datasources" / "datasources.yml"
    assert generate.PROMETHEUS["uid"] in {d["uid"] for d in yaml.safe_load(path.read_text())["datasources"]}

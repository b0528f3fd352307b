"""What is derived for seeing: Grafana's dashboards, alerts as a Kubernetes resource, whom Prometheus asks.

`deploy/generate.py` runs this.
"""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from packaging.requirements import Requirement

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
DASHBOARDS = HERE / "grafana" / "dashboards"
PROMETHEUS = {"type": "prometheus", "uid": "prometheus"}
WIDTH, HEIGHT, A_ROW = 8, 8, 3


@dataclass(frozen=True)
class Panel:
    title: str
    queries: Mapping[str, str]
    """Legend → PromQL."""
    unit: str = "short"
    """Grafana's name: s, percentunit, reqps, …"""
    kind: str = "timeseries"


def quantiles(metric: str, selector: str = "", by: str = "") -> dict[str, str]:
    """The median and the 95th percentile of a histogram, as legend → PromQL."""
    grouping = f"le, {by}" if by else "le"
    legend = f" {{{{{by}}}}}" if by else ""
    return {
        f"p{quantile:.0%}"[:-1] + legend: (
            f"histogram_quantile({quantile}, sum by ({grouping}) "
            f"(rate({metric}_bucket{selector}[$__rate_interval])))"
        )
        for quantile in (0.5, 0.95)
    }


def share(part: str, whole: str, window: str) -> str:
    """How much of `whole` was `part`, over a window."""
    return f"sum(increase({part}[{window}])) / sum(increase({whole}[{window}]))"


def hourly(metric: str, by: str) -> str:
    return f"sum by ({by}) (increase({metric}[1h]))"


def rate(metric: str, by: str, selector: str = "") -> dict[str, str]:
    return {f"{{{{{by}}}}}": f"sum by ({by}) (rate({metric}{selector}[$__rate_interval]))"}


OVERVIEW = [
    Panel(
        "Workflows that succeed, 30 days (objective: 99 %)",
        {
            "succeed": share(
                'polycast_workflow_outcomes_total{status="completed"}',
                "polycast_workflow_outcomes_total",
                "30d",
            )
        },
        unit="percentunit",
        kind="stat",
    ),
    Panel(
        "Workflows over within 5 minutes, 30 days (objective: 99 %)",
        {
            "in time": share(
                'polycast_workflow_duration_seconds_bucket{le="300.0"}',
                "polycast_workflow_duration_seconds_count",
                "30d",
            )
        },
        unit="percentunit",
        kind="stat",
    ),
    Panel(
        "Requests answered, 30 days (objective: 99.9 %)",
        {
            "answered": "1 - ("
            'sum(increase(polycast_http_request_duration_seconds_count{status=~"5.."}[30d])) or vector(0))'
            " / sum(increase(polycast_http_request_duration_seconds_count[30d]))"
        },
        unit="percentunit",
        kind="stat",
    ),
    Panel("Dead letters", {"in DLQ": 'max(jetstream_stream_total_messages{stream_name="DLQ"})'}, kind="stat"),
    Panel(
        "Budgets burn (1: used up in just 30 days), one hour",
        {
            "workflows fail": "polycast:workflow_failed:ratio_rate1h / 0.01",
            "workflows take over 5 minutes": "polycast:workflow_slow:ratio_rate1h / 0.01",
            "requests fail": "polycast:http_request_failed:ratio_rate1h / 0.001",
        },
    ),
    Panel("Workflows over, a second", rate("polycast_workflow_outcomes_total", "status"), "reqps"),
    Panel("From a workflow's start to its end", quantiles("polycast_workflow_duration_seconds"), "s"),
    Panel(
        "A step: handling a message, by process",
        quantiles("polycast_message_duration_seconds", by="consumer"),
        "s",
    ),
    Panel("A step: waiting for a process", quantiles("polycast_message_wait_seconds", by="consumer"), "s"),
    Panel(
        "Backlog",
        {
            "{{consumer_name}}": "max by (consumer_name) (jetstream_consumer_num_pending"
            '{stream_name="EVENTS", is_consumer_leader="true"})'
        },
    ),
    Panel("Read model behind the event", quantiles("polycast_projection_lag_seconds"), "s"),
    Panel("Scheduled runs late by", quantiles("polycast_scheduler_lateness_seconds"), "s"),
    Panel("Messages by what became of them", rate("polycast_messages_total", "outcome"), "reqps"),
    Panel("Given up, an hour", {"{{consumer}}": hourly("polycast_dead_letters_total", "consumer")}),
    Panel(
        "Delivered again, an hour",
        {"{{consumer}}": hourly("polycast_message_redeliveries_total", "consumer")},
    ),
    Panel("Waiting for a database connection", quantiles("polycast_db_pool_wait_seconds", by="job"), "s"),
    Panel(
        "Waiting for PgBouncer",
        {"{{database}}": "max by (database) (cnpg_pgbouncer_pools_maxwait)"},
        "s",
    ),
]

API = [
    Panel("Requests", rate("polycast_http_request_duration_seconds_count", "status"), "reqps"),
    Panel("In flight", {"{{instance}}": "polycast_http_requests_in_flight"}),
    Panel("Pages that follow events", {"{{instance}}": "polycast_sse_connections"}),
    Panel("Slowest operations", quantiles("polycast_http_request_duration_seconds", by="operation"), "s"),
    Panel(
        "Errors",
        rate("polycast_http_request_duration_seconds_count", "operation", '{status=~"5.."}'),
        "reqps",
    ),
    Panel("Events that left the outbox", rate("polycast_outbox_events_total", "subject"), "reqps"),
    Panel("Oldest event in the outbox", {"{{instance}}": "polycast_outbox_age_seconds"}, "s"),
    Panel("Sign-ins", rate("polycast_sign_ins_total", "outcome"), "reqps"),
    Panel(
        "Unusual at the way in, in an hour",
        {"{{kind}}": "sum by (kind) (increase(polycast_auth_unusual_total[1h]))"},
    ),
    Panel("E-mails", rate("polycast_mails_total", "outcome"), "reqps"),
]

LLM = [
    Panel("Requests by outcome", rate("polycast_llm_requests_total", "outcome"), "reqps"),
    Panel("Requests by what for", rate("polycast_llm_requests_total", "operation"), "reqps"),
    Panel(
        "Refused as too many",
        rate("polycast_llm_requests_total", "model", '{outcome="rate_limited"}'),
        "reqps",
    ),
    Panel("In flight", {"{{model}}": "sum by (model) (polycast_llm_requests_in_flight)"}),
    Panel("Time to answer", quantiles("polycast_llm_request_duration_seconds", by="model"), "s"),
    Panel(
        "Time to answer, by what for", quantiles("polycast_llm_request_duration_seconds", by="operation"), "s"
    ),
    Panel(
        "Cost a day, by what for (models whose price is set)",
        {"{{operation}}": "sum by (operation) (increase(polycast_llm_cost_usd_total[1d]))"},
        "currencyUSD",
    ),
    Panel(
        "Cost a day, by model (models whose price is set)",
        {"{{model}}": "sum by (model) (increase(polycast_llm_cost_usd_total[1d]))"},
        "currencyUSD",
    ),
    Panel(
        "Cost of a workflow, on average of a day",
        {
            "of one": "sum(increase(polycast_llm_cost_usd_total[1d])) "
            "/ sum(increase(polycast_workflow_outcomes_total[1d]))"
        },
        "currencyUSD",
    ),
    Panel(
        "Tokens an hour, by what for",
        {
            "{{operation}} {{direction}}": "sum by (operation, direction) "
            "(increase(polycast_llm_tokens_total[1h]))"
        },
    ),
    Panel(
        "Tokens a day, by model",
        {"{{model}} {{direction}}": "sum by (model, direction) (increase(polycast_llm_tokens_total[1d]))"},
    ),
]

SPECIAL: Mapping[str, Sequence[Panel]] = {
    "api": API,
    "projector": [
        Panel("Read model behind the event", quantiles("polycast_projection_lag_seconds"), "s"),
        Panel(
            "Messages removed because their person left",
            {"in an hour": "sum(increase(polycast_purged_messages_total[1h]))"},
        ),
    ],
    "scheduler": [
        Panel("Runs late by", quantiles("polycast_scheduler_lateness_seconds"), "s"),
        Panel("Runs skipped", {"skipped": "sum(increase(polycast_scheduler_missed_runs_total[1h]))"}),
    ],
    "aggregator": [
        Panel("Outcomes", rate("polycast_workflow_outcomes_total", "status"), "reqps"),
        Panel("From a workflow's start to its end", quantiles("polycast_workflow_duration_seconds"), "s"),
    ],
}
WITHOUT_CONSUMER = {"api"}


def of_process(name: str) -> list[Panel]:
    """A process's own dashboard: what it consumes, how long that takes, what it weighs."""
    consumer, job = f'{{consumer="{name}"}}', f'{{job="{name}"}}'
    consuming = [
        Panel("Messages", rate("polycast_messages_total", "outcome", consumer), "reqps"),
        Panel("Handling one", quantiles("polycast_message_duration_seconds", consumer, by="subject"), "s"),
        Panel("Waiting before", quantiles("polycast_message_wait_seconds", consumer, by="subject"), "s"),
        Panel(
            "Backlog",
            {
                "waiting": f"max(polycast_consumer_backlog_messages{consumer})",
                "unsettled": f"max(polycast_consumer_unsettled_messages{consumer})",
                "in hand, {{instance}}": f"polycast_messages_in_hand{consumer}",
            },
        ),
        Panel(
            "Delivered again, given up; an hour",
            {
                "again": f"sum(increase(polycast_message_redeliveries_total{consumer}[1h]))",
                "given up": f"sum(increase(polycast_dead_letters_total{consumer}[1h]))",
            },
        ),
    ]
    asking = [
        Panel("LLM requests", rate("polycast_llm_requests_total", "outcome", job), "reqps"),
        Panel("LLM time to answer", quantiles("polycast_llm_request_duration_seconds", job, by="model"), "s"),
    ]
    storing = [
        Panel("Statements", quantiles("polycast_db_query_duration_seconds", job, by="operation"), "s"),
        Panel(
            "Connections",
            {
                "{{instance}} {{pool}} {{state}}": f"polycast_db_pool_connections{job}",
                "limit of {{pool}}": f"max by (pool) (polycast_db_pool_max_connections{job})",
            },
        ),
        Panel("Waiting for a connection", quantiles("polycast_db_pool_wait_seconds", job), "s"),
    ]
    weighing = [
        Panel("Memory", {"{{instance}}": f'process_resident_memory_bytes{{job="{name}"}}'}, "bytes"),
        Panel(
            "CPU",
            {"{{instance}}": f'rate(process_cpu_seconds_total{{job="{name}"}}[$__rate_interval])'},
            "percentunit",
        ),
    ]
    return [
        *([] if name in WITHOUT_CONSUMER else consuming),
        *SPECIAL.get(name, ()),
        *(asking if name in uses("llm") else []),
        *(storing if name in uses("db") else []),
        *weighing,
    ]


def processes(services: Path = ROOT / "services") -> list[str]:
    """Every process that some service folder declares."""
    return sorted(name for project in _projects(services) for name in _started_by(project))


def uses(extra: str, services: Path = ROOT / "services") -> set[str]:
    """The processes of services that depend on a part of `polycast`: `db` or `llm`."""
    return {
        name
        for project in _projects(services)
        if any(extra in Requirement(text).extras for text in project["dependencies"])
        for name in _started_by(project)
    }


def _projects(services: Path) -> list[dict[str, Any]]:
    return [tomllib.loads(path.read_text())["project"] for path in services.glob("*/pyproject.toml")]


def _started_by(project: Mapping[str, Any]) -> list[str]:
    return list(project["entry-points"]["polycast.services"])


def dashboards() -> Iterator[tuple[str, str, Sequence[Panel]]]:
    """Each dashboard's file name, title and panels."""
    yield "overview", "Polycast", OVERVIEW
    yield "llm", "Polycast: LLM", LLM
    for name in processes():
        yield name, f"Polycast: {name}", of_process(name)


def dashboard(uid: str, title: str, panels: Sequence[Panel]) -> dict[str, Any]:
    return {
        "uid": f"polycast-{uid}",
        "title": title,
        "tags": ["polycast"],
        "schemaVersion": 41,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "panels": [_panel(number, panel) for number, panel in enumerate(panels)],
    }


def _panel(number: int, panel: Panel) -> dict[str, Any]:
    return {
        "id": number + 1,
        "title": panel.title,
        "type": panel.kind,
        "datasource": PROMETHEUS,
        "gridPos": {"x": number % A_ROW * WIDTH, "y": number // A_ROW * HEIGHT, "w": WIDTH, "h": HEIGHT},
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "targets": [
            {"refId": chr(ord("A") + index), "datasource": PROMETHEUS, "expr": query, "legendFormat": legend}
            for index, (legend, query) in enumerate(panel.queries.items())
        ],
    }


def prometheus_rule() -> dict[str, Any]:
    """The alerts as the Prometheus operator takes them."""
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "polycast"},
        "spec": yaml.safe_load((HERE / "alerts.yml").read_text()),
    }


def prometheus() -> dict[str, Any]:
    """Its configuration for docker-compose.yml; for Kubernetes, deploy/k8s/monitoring says the same."""
    by_name = {"type": "A", "port": 8080, "names": processes()}  # each replica has an address of its own
    others = {
        "nats": ["nats-exporter:7777"],
        "observability": ["alertmanager:9093", "grafana:3000", "loki:3100", "tempo:3200"],
    }
    return {
        "global": {"scrape_interval": "15s", "evaluation_interval": "15s"},
        "rule_files": ["/etc/polycast/alerts.yml"],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": ["alertmanager:9093"]}]}]},
        "scrape_configs": [
            {
                "job_name": "processes",
                "dns_sd_configs": [by_name],
                "relabel_configs": [{"source_labels": ["__meta_dns_name"], "target_label": "job"}],
            },
            *({"job_name": job, "static_configs": [{"targets": targets}]} for job, targets in others.items()),
        ],
    }


def outputs() -> dict[Path, str]:
    """Every derived file with its content."""
    files = {
        DASHBOARDS / f"{uid}.json": json.dumps(dashboard(uid, title, panels), indent=1) + "\n"
        for uid, title, panels in dashboards()
    }
    names = "".join(f"      - grafana/dashboards/{path.name}\n" for path in sorted(files))
    files[HERE / "prometheus-rule.yaml"] = "# Written by generate.py from alerts.yml.\n" + yaml.safe_dump(
        prometheus_rule(), sort_keys=False, width=110
    )
    files[HERE / "prometheus.yml"] = "# Written by generate.py.\n" + yaml.safe_dump(
        prometheus(), sort_keys=False
    )
    files[HERE / "kustomization.yaml"] = (
        "# Written by generate.py.\n"
        "apiVersion: kustomize.config.k8s.io/v1beta1\n"
        "kind: Kustomization\n"
        "resources: [prometheus-rule.yaml]\n"
        "configMapGenerator:\n"
        "  - name: dashboards\n"
        f"    files:\n{names}"
        '    options: {labels: {grafana_dashboard: "1"}}\n'
    )
    return files


if __name__ == "__main__":
    for stale in DASHBOARDS.glob("*.json"):
        stale.unlink()
    for path, content in outputs().items():
        path.write_text(content)
        sys.stderr.write(f"wrote {path.relative_to(ROOT)}\n")

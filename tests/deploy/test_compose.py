"""docker-compose.yml, as Docker Compose itself understands it."""

from __future__ import annotations

import json
import os
import subprocess
from functools import cache
from typing import Any

import yaml

from .manifests import ROOT, SCRIPTS
from .services import OPENTELEMETRY, environment_variables, platforms, processes

#: What has its own user or needs one that isn't ours, and why.
ROOTS = {
    "volumes": "gives a new volume to the server's user, then ends",
    "otel-collector": "reads Docker's log files, which are root's",
}
JOBS = {"migrate", "streams"}


@cache
def compose() -> dict[str, Any]:
    done = subprocess.run(
        [SCRIPTS / "docker-compose", "--profile", "*", "config", "--format", "json"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def services() -> dict[str, Any]:
    found: dict[str, Any] = compose()["services"]
    return found


def test_every_process_has_a_stanza_with_its_image_and_its_secrets() -> None:
    for process in processes():
        stanza = services()[process.name]
        assert stanza["image"].startswith(f"polycast/{process.folder}:")
        assert stanza["command"] in (None, [process.name])
        secrets = [v for v in stanza["volumes"] if v["target"] == "/run/secrets"]
        assert [v["source"] for v in secrets] == [str(ROOT / "deploy" / "secrets" / process.name)]
        assert secrets[0]["read_only"]
        assert int(stanza["stop_grace_period"].removesuffix("s")) > 20
        if "build" in stanza:
            assert stanza["build"]["args"] == {"SERVICE": process.folder}


def test_nobody_runs_with_more_than_needed() -> None:
    for name, stanza in services().items():
        assert stanza["read_only"] is True, name
        assert stanza["cap_drop"] == ["ALL"], name
        assert stanza["security_opt"] == ["no-new-privileges:true"], name
        assert (stanza.get("user") == "0:0") == (name in ROOTS), name
        assert not stanza.get("privileged"), name


def test_images_have_a_version() -> None:
    for name, stanza in services().items():
        tag = stanza["image"].rpartition(":")[2]
        assert tag and tag != "latest", name


def test_what_is_published_is_published_here_alone() -> None:
    published = {port["host_ip"] for stanza in services().values() for port in stanza.get("ports", ())}
    assert published == {"127.0.0.1"}


def test_processes_start_after_streams_and_migrations() -> None:
    for process in processes():
        before = services()[process.name]["depends_on"]
        assert before["streams"]["condition"] == "service_completed_successfully"
        assert ("migrate" in before) == process.has_schema


def test_a_process_is_on_the_networks_of_its_arrows() -> None:
    for process in processes():
        networks = set(services()[process.name]["networks"])
        assert ("database" in networks) == process.has_schema
        assert "bus" in networks
        asks_llm = process.name == "ideas" or process.name.removeprefix("transform-") in platforms()
        assert ("outside" in networks) == (asks_llm or process.name == "api")
    assert compose()["networks"]["bus"]["internal"] and compose()["networks"]["database"]["internal"]


def test_what_watches_reaches_no_further_than_what_it_watches() -> None:
    for watcher in ("prometheus", "otel-collector"):
        assert set(services()[watcher]["networks"]) == {"bus", "observability"}


def test_every_variable_is_a_setting() -> None:
    for process in processes():
        variables = set(services()[process.name].get("environment") or ())
        assert variables <= environment_variables() | OPENTELEMETRY, process.name


def test_no_secret_stands_in_the_environment() -> None:
    for name, stanza in services().items():
        for variable, value in (stanza.get("environment") or {}).items():
            secret = any(word in variable for word in ("PASSWORD", "SECRET", "API_KEY"))
            assert not secret or value.startswith("/run/secrets/"), f"{name}: {variable}"


def test_data_outlives_the_containers() -> None:
    for name, target in (("nats", "/data"), ("postgres", "/var/lib/postgresql")):
        assert [v["type"] for v in services()[name]["volumes"] if v["target"] == target] == ["volume"]


def test_profiles_are_the_documented_ones() -> None:
    by_profile: dict[str, set[str]] = {}
    for name, stanza in services().items():
        for profile in stanza.get("profiles", ["default"]):
            by_profile.setdefault(profile, set()).add(name)
    own = {process.name for process in processes()}
    assert by_profile["default"] == own | JOBS | {"mailpit", "nats", "postgres", "volumes"}
    assert by_profile["offline"] == {"offline-writer"}
    assert by_profile["operator"] == {"console"}
    assert by_profile["observability"] == {
        "alertmanager",
        "grafana",
        "loki",
        "nats-exporter",
        "otel-collector",
        "prometheus",
        "tempo",
    }


def test_mounted_files_exist() -> None:
    for name, stanza in services().items():
        for volume in stanza.get("volumes", ()):
            source = volume.get("source", "")
            if volume["type"] == "bind" and source.startswith(str(ROOT)) and "/secrets/" not in source:
                assert os.path.exists(source), f"{name}: {source}"  # noqa: PTH110


def test_prometheus_reads_every_process() -> None:
    config = yaml.safe_load((ROOT / "deploy" / "observability" / "prometheus.yml").read_text())
    job = next(job for job in config["scrape_configs"] if job["job_name"] == "processes")
    assert job["dns_sd_configs"][0]["names"] == sorted(process.name for process in processes())

"""The whole stack as containers, where a Docker engine answers (`--stack compose`)."""

from __future__ import annotations

import json
import os
import subprocess
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .stack import ROOT, Stack

FILES = (ROOT / "docker-compose.yml", Path(__file__).with_name("compose.yml"))
SECRETS = ROOT / "deploy" / "secrets"
COMPOSE = os.environ.get("POLYCAST_COMPOSE", "docker compose").split()
PROJECT = "polycast-e2e"
SERVICE, NUMBER = "com.docker.compose.service", "com.docker.compose.container-number"


class ComposeStack(Stack):
    """A project of its own, so that it touches no installation of this machine.

    Secrets and images come first: `deploy/make_secrets.py` and `docker compose build`.
    """

    @property
    def _environment(self) -> dict[str, str]:
        return super()._environment | {
            "NATS_URL": self.addresses["nats_url"],
            "DATABASE_URL": self.addresses["database_url"],
        }

    def compose(self, *arguments: str) -> str:
        files = [part for file in FILES for part in ("--file", str(file))]
        command = [*COMPOSE, "--project-name", PROJECT, *files, "--profile", "offline", *arguments]
        environment = os.environ | {"POLYCAST_PORT": str(self.port), "POLYCAST_MAIL_PORT": ""}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600)
        assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stderr}"
        return done.stdout

    def up(self, *arguments: str) -> str:
        return self.compose("up", "--detach", "--wait", "--no-build", *arguments)

    def down(self) -> None:
        self.compose("down", "--volumes")

    def status(self) -> dict[str, Any]:
        """What `./polycast status --json` says of a local stack."""
        inspected = subprocess.check_output(["docker", "inspect", *self.compose("ps", "--quiet").split()])
        return {**self.addresses, "processes": [_process(one) for one in json.loads(inspected)]}

    @cached_property
    def addresses(self) -> dict[str, str]:
        return {
            "api_url": f"http://127.0.0.1:{self.port}",
            "nats_url": self._published("nats", 4222, "NATS_URL"),
            "database_url": self._published("postgres", 5432, "DATABASE_URL"),
            "llm_url": f"http://{self._port('offline-writer', 8399)}/v1",
        }

    def _published(self, service: str, port: int, secret: str) -> str:
        """The operator's address, as it is seen from outside."""
        url = urlsplit((SECRETS / "operator" / secret).read_text())
        credentials = url.netloc.rpartition("@")[0]
        return url._replace(netloc=f"{credentials}@{self._port(service, port)}").geturl()

    def _port(self, service: str, port: int) -> str:
        return self.compose("port", service, str(port)).strip()


def _process(inspected: dict[str, Any]) -> dict[str, Any]:
    labels, state = inspected["Config"]["Labels"], inspected["State"]
    number = "" if labels[NUMBER] == "1" else f"-{labels[NUMBER]}"
    return {
        "name": labels[SERVICE] + number,
        "pid": state["Pid"],
        "health": state.get("Health", {}).get("Status", state["Status"]),
        "restarts": inspected["RestartCount"],
    }

"""deploy/nats/cluster.conf runs: three servers, TLS between and towards them, streams on all three."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import ssl
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

import nats
import nats.errors
import pytest

from polycast.testing.servers import free_port, listens, wait_until

from .manifests import DEPLOY

NATS = DEPLOY / "nats"
SERVERS = ("nats-0", "nats-1", "nats-2")


def make_certificates(home: Path) -> None:
    """An authority and a certificate for 127.0.0.1, as cert-manager puts them into the secret nats-tls."""

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=home, check=True, capture_output=True)

    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.crt", "-subj", "/CN=polycast-authority")
    openssl("req", *key, "-keyout", "tls.key", "-out", "tls.csr", "-subj", "/CN=nats")
    (home / "extensions").write_text("subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n")
    signing = ("-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "extensions")
    openssl("x509", "-req", "-in", "tls.csr", "-out", "tls.crt", *signing)


def adapted(home: Path, name: str, client: int, monitor: int, routes: dict[str, int]) -> str:
    """cluster.conf with this machine's addresses and places instead of the cluster's, and nothing else."""
    config = (NATS / "cluster.conf").read_text()
    places = {
        "0.0.0.0:4222": f"127.0.0.1:{client}",
        "0.0.0.0:8222": f"127.0.0.1:{monitor}",
        "0.0.0.0:6222": f"127.0.0.1:{routes[name]}",
        "/etc/nats/tls": str(home),
        "/run/nats": str(home / name),
        '"/data"': f'"{home / name}"',
    }
    places |= {f"{s}.nats.polycast.svc.cluster.local:6222": f"127.0.0.1:{p}" for s, p in routes.items()}
    for theirs, ours in places.items():
        assert theirs in config, theirs
        config = config.replace(theirs, ours)
    return config


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[list[int], list[int]]]:
    """The servers' client and monitoring ports."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    make_certificates(tmp_path)
    (tmp_path / "users.conf").write_text((NATS / "users.conf").read_text())
    variables = re.findall(r"password: \$(\w+)", (NATS / "users.conf").read_text())
    passwords = dict.fromkeys(variables, "pw")
    routes, clients, monitors = {s: free_port() for s in SERVERS}, [], []
    with ExitStack() as stack:
        for name in SERVERS:
            (tmp_path / name).mkdir()
            client, monitor = free_port(), free_port()
            config = tmp_path / f"{name}.conf"
            config.write_text(adapted(tmp_path, name, client, monitor, routes))
            output = stack.enter_context((tmp_path / f"{name}.log").open("wb"))
            process = subprocess.Popen(
                [Path(sysconfig.get_path("scripts")) / "nats-server", "-c", config],
                env=os.environ | passwords | {"POD_NAME": name},
                stdout=output,
                stderr=output,
            )
            stack.callback(process.wait, 15)
            stack.callback(process.terminate)
            wait_until(lambda p=client: listens(p), process, tmp_path / f"{name}.log", seconds=20)  # type: ignore[misc]
            clients.append(client)
            monitors.append(monitor)
        yield clients, monitors


def apply_streams(url: str, authority: Path) -> None:
    """As the prod overlay's job does."""
    environment = {"NATS_URL": url, "POLYCAST_STREAM_REPLICAS": "3", "SSL_CERT_FILE": str(authority)}
    command = [sys.executable, str(DEPLOY / "docker" / "start.py"), "-m", "jobs", "streams"]
    done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


async def test_three_servers_hold_the_streams(cluster: tuple[list[int], list[int]], tmp_path: Path) -> None:
    clients, monitors = cluster
    urls = [f"tls://operator:pw@127.0.0.1:{port}" for port in clients]
    await asyncio.to_thread(apply_streams, urls[0], tmp_path / "ca.crt")
    trust = ssl.create_default_context(cafile=str(tmp_path / "ca.crt"))
    client = await nats.connect(urls[1], tls=trust)
    streams = {s.config.name: s for s in await client.jetstream(timeout=10).streams_info()}
    await client.close()
    assert {name: streams[name].config.num_replicas for name in ("EVENTS", "DLQ", "KV_drafts")} == {
        "EVENTS": 3,
        "DLQ": 3,
        "KV_drafts": 3,
    }
    _as_keda_finds_it(monitors)


def _as_keda_finds_it(monitors: list[int]) -> None:
    """By server names: so the servers must have their pods' names, and advertise no addresses."""
    opener = build_opener(ProxyHandler({}))
    found = [json.load(opener.open(f"http://127.0.0.1:{port}/varz", timeout=5)) for port in monitors]
    assert [one["server_name"] for one in found] == list(SERVERS)
    assert [one.get("connect_urls", []) for one in found] == [[], [], []]


async def test_without_the_authority_nobody_connects(cluster: tuple[list[int], list[int]]) -> None:
    with pytest.raises((OSError, nats.errors.Error)):
        await nats.connect(
            f"tls://operator:pw@127.0.0.1:{cluster[0][0]}",
            tls=ssl.create_default_context(),
            allow_reconnect=False,
            connect_timeout=3,
            error_cb=_ignore,
        )


async def _ignore(_: Exception) -> None:
    """What goes wrong is raised by the call."""

"""The Dockerfile, what goes into its context, and how a container starts."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path
from threading import Thread
from zipfile import ZipFile

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from .manifests import DEPLOY, ROOT, SCRIPTS, script

DOCKER = DEPLOY / "docker"
DOCKERFILE = (DOCKER / "Dockerfile").read_text()


def test_hadolint_finds_nothing() -> None:
    """What is ignored: DL3006, the base's version is in its argument; DL3013, versions are in the lock."""
    done = subprocess.run([SCRIPTS / "hadolint", DOCKER / "Dockerfile"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")
    assert set(re.findall(r"ignore=(\w+)", DOCKERFILE)) == {"DL3006", "DL3013"}


def test_the_base_has_a_version() -> None:
    assert re.search(r"^ARG PYTHON_IMAGE=python:3\.\d+-slim-\w+$", DOCKERFILE, re.MULTILINE)


def test_requirements_are_checked_against_hashes_and_nothing_else_is_downloaded() -> None:
    logical = DOCKERFILE.replace("\\\n", " ")
    downloading = [
        c
        for c in re.findall(r"\bpip (?:--python \S+ )?(?:wheel|install) [^&\n]+", logical)
        if "--no-index" not in c
    ]
    assert len(downloading) == 1
    assert "--require-hashes" in downloading[0] and "--no-deps" in downloading[0]


def test_images_run_as_nobody_in_particular() -> None:
    runtime = DOCKERFILE.partition("AS runtime")[2]
    users = re.findall(r"^USER (\S+)$", runtime, re.MULTILINE)
    assert users == ["10001:10001"]


def test_the_context_holds_what_is_copied_and_no_secret() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    sources = {source.partition("/${")[0] for line in copied for source in line.split()}
    let_in = {line[1:] for line in lines if line.startswith("!")}
    assert "*" in lines
    assert let_in <= sources
    assert all(any(source == one or source.startswith(f"{one}/") for one in let_in) for source in sources)


def test_every_service_can_be_built() -> None:
    for path in (ROOT / "services").glob("*/pyproject.toml"):
        project = tomllib.loads(path.read_text())["project"]
        assert project["name"] == f"polycast-{path.parent.name}"
        # The image's process is its folder's name, unless told otherwise.
        assert path.parent.name in project["entry-points"]["polycast.services"]


def test_the_lock_has_what_the_members_need() -> None:
    """The images install from it alone."""
    locked = set(re.findall(r"^([\w.-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
    for path in (*ROOT.glob("services/*/pyproject.toml"), ROOT / "shared" / "pyproject.toml"):
        project = tomllib.loads(path.read_text())["project"]
        groups = [project["dependencies"], *project.get("optional-dependencies", {}).values()]
        wanted = [one for group in groups for one in group]
        names = {Requirement(one).name.lower() for one in wanted} - {"polycast"}
        assert names <= {name.lower() for name in locked}, f"{path.parent.name}: run tools/lock"


def wheel(directory: Path, name: str, *requires: str) -> Path:
    path = directory / f"{name.replace('-', '_')}-1-py3-none-any.whl"
    lines = [f"Name: {name}", "Version: 1", *(f"Requires-Dist: {one}" for one in requires)]
    with ZipFile(path, "w") as archive:
        archive.writestr(f"{name}-1.dist-info/METADATA", "\n".join(lines))
    return path


def test_an_image_holds_what_its_service_needs_and_no_more(tmp_path: Path) -> None:
    (locked := tmp_path / "locked").mkdir()
    for name, needs in {
        "Driver": ["typing"],
        "typing": [],
        "winapi": [],
        "client": ["left-out-of-the-lock", "winapi; sys_platform == 'win32'", "client[fast]"],
        "fast": ["client"],
    }.items():
        extra = ["fast; extra == 'fast'"] if name == "client" else []
        wheel(locked, name, *needs, *extra)
    shared = wheel(tmp_path, "polycast", "driver; extra == 'db'", "client; extra == 'llm'")
    service = wheel(tmp_path, "polycast-transform-x", "polycast[llm]")
    found = script(DOCKER / "needed.py").needed([shared, service], locked)
    assert [path.name.partition("-")[0] for path in found] == ["client", "fast"]


def test_only_what_the_lock_says_is_left_out() -> None:
    """Whatever else a member needs, directly or not, is locked."""
    left_out = set(re.findall(r"--no-emit-package ([\w-]+)", (ROOT / "tools" / "lock").read_text()))
    locked = set(re.findall(r"^([\w.-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
    known = {canonicalize_name(name) for name in locked | left_out}
    here = default_environment() | {"extra": ""}
    for name in locked:
        with suppress(PackageNotFoundError):  # for another system
            for requirement in map(Requirement, requires(name) or ()):
                if requirement.marker is None or requirement.marker.evaluate(here):
                    assert canonicalize_name(requirement.name) in known, name


# -- starting ----------------------------------------------------------------------------------------


def test_secrets_are_files(tmp_path: Path) -> None:
    (tmp_path / "..data").mkdir()
    (tmp_path / "..2026").write_text("kubernetes' own")
    (tmp_path / "notes.txt").write_text("no variable")
    (tmp_path / "NATS_URL").write_text("nats://a:b@c\n")
    assert script(DOCKER / "start.py").read_secrets(tmp_path) == {"NATS_URL": "nats://a:b@c"}
    assert script(DOCKER / "start.py").read_secrets(tmp_path / "none") == {}


def test_a_module_starts_with_its_arguments(tmp_path: Path) -> None:
    (tmp_path / "shown.py").write_text("import sys; print(sys.argv[1:], __name__)")
    done = subprocess.run(
        [sys.executable, DOCKER / "start.py", "-m", "shown", "a", "--b"],
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.stdout == "['a', '--b'] __main__\n", done.stderr


def test_an_unknown_process_is_named_with_those_there_are() -> None:
    done = subprocess.run([sys.executable, DOCKER / "start.py", "nobody"], capture_output=True, text=True)
    assert done.returncode == 1
    assert "no process 'nobody'" in done.stderr
    assert "ideas" in done.stderr


@pytest.mark.parametrize(("status", "ready"), [(200, True), (503, False)])
def test_the_probe_tells_whether_the_process_is_ready(status: int, ready: bool) -> None:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/readyz" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Not on the test's output."""

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        Thread(target=server.handle_request, daemon=True).start()
        assert script(DOCKER / "probe.py").is_ready(str(server.server_port)) is ready


def test_the_probe_is_red_when_nothing_answers() -> None:
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        port = server.server_port
    assert script(DOCKER / "probe.py").is_ready(str(port)) is False

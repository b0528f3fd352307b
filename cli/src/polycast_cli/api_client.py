"""The stack's own HTTP API, as the operator's commands use it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Any, Self

import httpx2

from polycast_cli.failure import Failure

Json = dict[str, Any]

RUNNING = "running"
_EAGER_SECONDS = 6
_EAGER_PAUSE = 0.25
_PATIENT_PAUSE = 2.0
"""A long run is asked about seldom enough for the rate limit of 100 requests a minute."""


class Api:
    """One account's view of one stack. Every error answer is a `Failure` that says what the API said."""

    def __init__(self, url: str) -> None:
        # Never through a proxy: the stack is on this machine.
        self._http = httpx2.Client(base_url=f"{url}/api/v1", timeout=15, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def sign_in(self, email: str, password: str) -> bool:
        """False if the account doesn't exist or has another password."""
        answer = self._send("POST", "/auth/login", {"email": email, "password": password}, accept=(200, 401))
        if answer.status_code == 401:
            return False
        self._http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        return True

    def register(self, email: str, password: str) -> bool:
        """False: the address is taken."""
        credentials = {"email": email, "password": password}
        return self._send("POST", "/auth/register", credentials, accept=(201, 409)).status_code == 201

    def has_workflows(self) -> bool:
        return bool(self._get("/workflows?limit=1")["total"])

    def execute(self, ideas: int | None = None, platforms: Sequence[str] = ()) -> str:
        """Start a workflow; returns its id. Empty `platforms`: the account's usual ones."""
        body: Json = {"trigger_type": "manual", "platforms": list(platforms), "force": True}
        if ideas is not None:
            body["idea_count"] = ideas
        answer = self._send("POST", "/workflows/execute", body, accept=(202,))
        return str(answer.json()["workflow_id"])

    def follow(self, workflow_id: str, tell: Callable[[Json], None], timeout: float = 1800) -> Json:
        """Ask until the workflow is over, telling each answer; returns the last.

        Raises:
            Failure: it isn't over after `timeout` seconds.
        """
        started = time.monotonic()
        while True:
            workflow = self._get(f"/workflows/{workflow_id}")
            tell(workflow)
            if workflow["status"] != RUNNING:
                return workflow
            elapsed = time.monotonic() - started
            if elapsed > timeout:
                raise Failure(f"workflow {workflow_id} is still running after {timeout:.0f} s")
            time.sleep(_EAGER_PAUSE if elapsed < _EAGER_SECONDS else _PATIENT_PAUSE)

    def content(self, workflow_id: str) -> list[Json]:
        return list(self._pages(f"/content?workflow_id={workflow_id}&limit=100", "content"))

    def _pages(self, path: str | None, name: str) -> Iterator[Json]:
        while path:
            page = self._get(path.removeprefix("/api/v1"))
            yield from page[name]
            path = page["next"]

    def _get(self, path: str) -> Json:
        body: Json = self._send("GET", path).json()
        return body

    def _send(
        self, method: str, path: str, body: Json | None = None, accept: tuple[int, ...] = (200,)
    ) -> httpx2.Response:
        try:
            answer = self._http.request(method, path, json=body)
            while answer.status_code == 429:
                time.sleep(float(answer.headers.get("Retry-After", 1)))
                answer = self._http.request(method, path, json=body)
        except httpx2.HTTPError as error:
            raise Failure(f"the API at {self._http.base_url} doesn't answer: {error}") from error
        if answer.status_code not in accept:
            raise Failure(f"the API refused {method} {path.partition('?')[0]}: {_reason(answer)}")
        return answer


def _reason(answer: httpx2.Response) -> str:
    """What a problem document (RFC 9457) says, as one line."""
    try:
        problem = answer.json()
        reason = problem.get("detail") or problem.get("title") or ""
    except (ValueError, AttributeError):
        reason = ""
    return f"{answer.status_code} {reason or answer.reason_phrase}".strip()

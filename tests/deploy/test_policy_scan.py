"""Checkov's policies for manifests and Dockerfiles: what they find is mended, or explained here."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from .manifests import DEPLOY, OVERLAYS, SCRIPTS

EXPLAINED = {
    "CKV_K8S_11": "no limit of CPU: it would slow handlers down while the node has CPU to spare",
    "CKV_K8S_15": "versions are never pushed twice, so an image that is there is the right one",
    "CKV_K8S_43": "digests are known once images are built; kustomize's `images` pins them at a release",
    "CKV_DOCKER_7": "the base's version is in its argument: `test_the_base_has_a_version`",
}


def test_a_policy_scan_finds_only_what_is_explained(tmp_path: Path) -> None:
    if (checkov := shutil.which("checkov")) is None:
        pytest.skip("checkov is not installed (its pins fit no other's environment: pipx install checkov)")
    for where in OVERLAYS:
        command = [SCRIPTS / "kubectl", "kustomize", DEPLOY / "k8s" / "overlays" / where]
        with (tmp_path / f"{where}.yaml").open("wb") as rendered:
            subprocess.run(command, check=True, stdout=rendered)
    shutil.copy(DEPLOY / "docker" / "Dockerfile", tmp_path)
    scan = subprocess.run(
        [checkov, "--directory", tmp_path, "--framework", "kubernetes", "dockerfile", "--skip-download",
         "--compact", "--quiet", "--output", "json"],
        env=os.environ | {"LOG_LEVEL": "CRITICAL"}, capture_output=True, text=True,
    )  # fmt: skip
    reports = json.loads(scan.stdout)
    assert all(report["summary"]["passed"] > 100 for report in reports)
    found = {check["check_id"] for report in reports for check in report["results"]["failed_checks"]}
    assert found == set(EXPLAINED)

"""The manifests as the cluster would get them, rendered by kustomize itself (it is in kubectl)."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
OVERLAYS = ("dev", "prod")
SCRIPTS = Path(sysconfig.get_path("scripts"))

Manifest = dict[str, Any]


def script(path: Path) -> ModuleType:
    """A file of deploy/, which lies in no package, as a module."""
    spec = spec_from_file_location(f"{path.parent.name}_{path.stem}", path)
    assert spec and spec.loader
    module = sys.modules[spec.name] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def render(folder: Path) -> list[Manifest]:
    """What the folder becomes; don't change it, others look at the same."""
    command = [str(SCRIPTS / "kubectl"), "kustomize", str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return list(yaml.load_all(done.stdout, yaml.CSafeLoader))


def overlay(name: str) -> list[Manifest]:
    return render(DEPLOY / "k8s" / "overlays" / name)


def of_kind(manifests: Iterable[Manifest], *kinds: str) -> list[Manifest]:
    return [one for one in manifests if one["kind"] in kinds]


def name(manifest: Manifest) -> str:
    return f"{manifest['kind']}/{manifest['metadata']['name']}"


def pod_template(manifest: Manifest) -> Manifest | None:
    """What a workload's pods are made of; None for what is none."""
    match manifest["kind"]:
        case "Deployment" | "StatefulSet" | "Job":
            template: Manifest = manifest["spec"]["template"]
        case "CronJob":
            template = manifest["spec"]["jobTemplate"]["spec"]["template"]
        case _:
            return None
    return template


def pods(manifests: Iterable[Manifest]) -> Iterator[tuple[str, Manifest]]:
    """Each workload's name and pod template."""
    for manifest in manifests:
        if template := pod_template(manifest):
            yield name(manifest), template


def containers(template: Manifest) -> list[Manifest]:
    spec = template["spec"]
    return [*spec.get("initContainers", ()), *spec["containers"]]


def labels(template: Manifest) -> dict[str, str]:
    found: dict[str, str] = template["metadata"]["labels"]
    return found


def selects(selector: Manifest, candidates: dict[str, str]) -> bool:
    """Whether a Kubernetes label selector matches these labels."""
    if any(candidates.get(key) != value for key, value in selector.get("matchLabels", {}).items()):
        return False
    for expression in selector.get("matchExpressions", ()):
        value, values = candidates.get(expression["key"]), expression["values"]
        if (value in values) != (expression["operator"] == "In"):
            return False
    return True


def port_names(template: Manifest) -> dict[str, int]:
    return {p["name"]: p["containerPort"] for c in containers(template) for p in c.get("ports", ())}

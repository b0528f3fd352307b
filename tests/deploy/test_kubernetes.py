"""The manifests are valid, safe and true to the code."""

from __future__ import annotations

import shutil
from itertools import product
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import kubernetes_validate  # type: ignore[import-untyped]
import pytest
import yaml

from .manifests import (
    DEPLOY,
    OVERLAYS,
    ROOT,
    Manifest,
    containers,
    labels,
    name,
    of_kind,
    overlay,
    pods,
    port_names,
    render,
    script,
    selects,
)
from .services import OPENTELEMETRY, environment_variables, platforms, processes

KUBERNETES = "1.34"
"""The oldest version that the manifests are for."""
SCHEMAS: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("custom_resources.yml").read_text())
#: Pods that operators make and label, which our policies name.
FOREIGN_PODS = [
    {"cnpg.io/poolerName": "database-pooler"},
    {"cnpg.io/cluster": "database"},
    {"cnpg.io/poolerName": "database-pooler-ro"},
    {"k8s-app": "kube-dns"},
]
#: Pods in other namespaces that may come in.
FOREIGN_NAMESPACES = {"cnpg-system", "ingress-nginx", "keda", "kube-system", "monitoring"}
#: Read by deploy/docker/jobs.py, OpenSSL, the NATS server's configuration, uvicorn and OpenTelemetry.
NO_SERVICE_SETTINGS = {
    "POLYCAST_STREAM_REPLICAS",
    "SSL_CERT_FILE",
    "POD_NAME",
    "FORWARDED_ALLOW_IPS",
} | OPENTELEMETRY


def every_pod() -> list[Any]:
    return [
        pytest.param(template, id=f"{where}-{owner}")
        for where in OVERLAYS
        for owner, template in pods(overlay(where))
    ]


@pytest.mark.parametrize("where", OVERLAYS)
def test_every_manifest_has_only_fields_that_its_kind_has(where: str) -> None:
    for manifest in overlay(where):
        kind = f"{manifest['apiVersion']}/{manifest['kind']}"
        if kind in SCHEMAS:
            schema = {"$defs": SCHEMAS["$defs"], **SCHEMAS[kind]}
            jsonschema.validate(manifest["spec"], schema)
            assert set(manifest) == {"apiVersion", "kind", "metadata", "spec"}, name(manifest)
        else:  # raises for a kind that it doesn't know
            kubernetes_validate.validate(manifest, KUBERNETES, strict=True)


@pytest.mark.parametrize("where", OVERLAYS)
def test_everything_is_in_the_namespace_and_in_one_stage(where: str) -> None:
    for manifest in overlay(where):
        metadata = manifest["metadata"]
        assert metadata.get("namespace", metadata["name"] if manifest["kind"] == "Namespace" else None) in (
            ("polycast", None) if manifest["kind"] == "Bundle" else ("polycast",)
        )
        stages = {"foundation", "jobs", "services", "monitoring"}
        assert metadata["labels"]["polycast/stage"] in stages, name(manifest)


# -- safe ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("template", every_pod())
def test_pods_can_do_little(template: Manifest) -> None:
    spec = template["spec"]
    assert spec["automountServiceAccountToken"] is False
    assert spec["enableServiceLinks"] is False
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(spec)
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["runAsUser"] >= 10_000
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert all(not {"hostPath"} & set(volume) for volume in spec.get("volumes", ()))
    for container in containers(template):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }


@pytest.mark.parametrize("template", every_pod())
def test_pods_say_what_they_need(template: Manifest) -> None:
    """No limit of CPU: it would slow handlers down while the node has CPU to spare."""
    for container in containers(template):
        resources = container["resources"]
        assert {"cpu", "memory", "ephemeral-storage"} <= set(resources["requests"])
        assert set(resources["limits"]) == {"memory", "ephemeral-storage"}


@pytest.mark.parametrize("template", every_pod())
def test_images_have_a_version(template: Manifest) -> None:
    for container in containers(template):
        tag = container["image"].rpartition(":")[2]
        assert tag and tag != "latest" and "/" not in tag


@pytest.mark.parametrize("where", OVERLAYS)
def test_no_secret_is_in_the_manifests(where: str) -> None:
    assert not of_kind(overlay(where), "Secret")
    for _, template in pods(overlay(where)):
        for container in containers(template):
            for variable in container.get("env", ()):
                assert "PASSWORD" not in variable["name"] and "KEY" not in variable["name"]


@pytest.mark.parametrize("where", OVERLAYS)
def test_what_serves_has_probes_and_a_disruption_budget(where: str) -> None:
    manifests = overlay(where)
    budgets = of_kind(manifests, "PodDisruptionBudget")
    for manifest in of_kind(manifests, "Deployment", "StatefulSet"):
        template = manifest["spec"]["template"]
        for container in containers(template):
            assert {"readinessProbe", "livenessProbe"} <= set(container), name(manifest)
        if manifest["metadata"]["name"] != "offline-writer":
            found = [b for b in budgets if selects(b["spec"]["selector"], labels(template))]
            assert len(found) == 1, name(manifest)


@pytest.mark.parametrize("where", OVERLAYS)
def test_a_pod_may_live_as_long_as_its_handlers(where: str) -> None:
    grace = next(
        float(config["data"]["POLYCAST_GRACE_SECONDS"])
        for config in of_kind(overlay(where), "ConfigMap")
        if "POLYCAST_GRACE_SECONDS" in config["data"]
    )
    for owner, template in pods(overlay(where)):
        if labels(template).get("polycast/uses-bus") and owner.startswith("Deployment"):
            pause = sum(
                c.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
                for c in containers(template)
            )
            assert template["spec"]["terminationGracePeriodSeconds"] >= grace + 15 + pause


# -- true to itself ----------------------------------------------------------------------------------


@pytest.mark.parametrize("where", OVERLAYS)
def test_selectors_select(where: str) -> None:
    manifests = overlay(where)
    templates = [template for _, template in pods(manifests)]
    for manifest in of_kind(manifests, "Deployment", "StatefulSet"):
        assert selects(manifest["spec"]["selector"], labels(manifest["spec"]["template"]))
    for service in of_kind(manifests, "Service"):
        chosen = [t for t in templates if selects({"matchLabels": service["spec"]["selector"]}, labels(t))]
        assert len(chosen) == 1, name(service)
        for port in service["spec"]["ports"]:
            assert port["targetPort"] in port_names(chosen[0]), name(service)
    for budget in of_kind(manifests, "PodDisruptionBudget"):
        assert sum(selects(budget["spec"]["selector"], labels(t)) for t in templates) == 1, name(budget)


@pytest.mark.parametrize("where", OVERLAYS)
def test_probes_ask_ports_that_exist(where: str) -> None:
    for owner, template in pods(overlay(where)):
        ports = port_names(template)
        for container in containers(template):
            for kind in ("startupProbe", "readinessProbe", "livenessProbe"):
                probe = container.get(kind, {})
                asked = probe.get("httpGet", probe.get("tcpSocket", {})).get("port")
                assert asked is None or asked in ports, owner


@pytest.mark.parametrize("where", OVERLAYS)
def test_what_is_mentioned_exists(where: str) -> None:
    manifests = overlay(where)
    names = {(m["kind"], m["metadata"]["name"]) for m in manifests}
    secrets = {m["spec"]["target"]["name"] for m in of_kind(manifests, "ExternalSecret")}
    secrets |= {m["spec"]["secretName"] for m in of_kind(manifests, "Certificate")}
    bundles = {m["metadata"]["name"] for m in of_kind(manifests, "Bundle")}
    for owner, template in pods(manifests):
        spec = template["spec"]
        account = spec.get("serviceAccountName")
        assert account is None or ("ServiceAccount", account) in names, owner
        for container in containers(template):
            for source in container.get("envFrom", ()):
                assert ("ConfigMap", source["configMapRef"]["name"]) in names, owner
            mounted = {mount["name"] for mount in container.get("volumeMounts", ())}
            claims = {"data"} if owner == "StatefulSet/nats" else set()
            assert mounted <= {volume["name"] for volume in spec.get("volumes", ())} | claims, owner
        for volume in spec.get("volumes", ()):
            if "configMap" in volume and volume["configMap"]["name"] not in bundles:
                assert ("ConfigMap", volume["configMap"]["name"]) in names, owner
            if "secret" in volume and where == "prod":
                assert volume["secret"]["secretName"] in secrets, owner
    for scaled in of_kind(manifests, "ScaledObject", "HorizontalPodAutoscaler"):
        assert ("Deployment", scaled["spec"]["scaleTargetRef"]["name"]) in names
    for ingress in of_kind(manifests, "Ingress"):
        for rule in ingress["spec"]["rules"]:
            for path in rule["http"]["paths"]:
                assert ("Service", path["backend"]["service"]["name"]) in names


@pytest.mark.parametrize("where", OVERLAYS)
def test_nobody_but_the_autoscaler_sets_the_replicas_of_what_it_scales(where: str) -> None:
    manifests = overlay(where)
    scaled = {
        m["spec"]["scaleTargetRef"]["name"]
        for m in of_kind(manifests, "ScaledObject", "HorizontalPodAutoscaler")
    }
    for deployment in of_kind(manifests, "Deployment"):
        assert ("replicas" in deployment["spec"]) != (deployment["metadata"]["name"] in scaled)


# -- true to the code ----------------------------------------------------------------------------------


@pytest.mark.parametrize("where", OVERLAYS)
def test_every_process_is_deployed_from_its_image(where: str) -> None:
    deployed = {m["metadata"]["name"]: m for m in of_kind(overlay(where), "Deployment")}
    deployed.pop("offline-writer", None)
    assert set(deployed) == {process.name for process in processes()}
    for process in processes():
        container = containers(deployed[process.name]["spec"]["template"])[0]
        assert container["args"] == [process.name]
        assert container["image"].rpartition(":")[0].rpartition("/")[2] == process.folder


@pytest.mark.parametrize("where", OVERLAYS)
def test_every_variable_is_a_setting(where: str) -> None:
    known = environment_variables() | NO_SERVICE_SETTINGS
    for config in of_kind(overlay(where), "ConfigMap"):
        if config["metadata"]["name"].startswith(("settings", "llm", "job-settings")):
            assert set(config["data"]) <= known, name(config)
    for owner, template in pods(overlay(where)):
        for container in containers(template):
            assert {variable["name"] for variable in container.get("env", ())} <= known, owner


@pytest.mark.parametrize("where", OVERLAYS)
def test_backlogs_are_those_of_the_services_own_consumers(where: str) -> None:
    scaled = {m["metadata"]["name"]: m["spec"] for m in of_kind(overlay(where), "ScaledObject")}
    assert set(scaled) == {"ideas", *(f"transform-{slug}" for slug in platforms())}
    for process, spec in scaled.items():
        assert spec["triggers"][0]["metadata"] == {
            "natsServerMonitoringEndpoint": "nats.polycast.svc.cluster.local:8222",
            "account": "POLYCAST",
            "stream": "EVENTS",
            "consumer": process,
            "lagThreshold": "50",
        }
        assert spec["minReplicaCount"] == (0 if process == "ideas" else 1)


def allowed(manifests: list[Manifest], source: dict[str, str], target: dict[str, str], port: int) -> bool:
    """Whether the policies let a pod with labels `source` reach `port` of one with labels `target`."""
    templates = [t for _, t in pods(manifests) if labels(t) == target]
    names = port_names(templates[0]) if templates else {}

    def matches(rule: Manifest, peers: str, peer: dict[str, str]) -> bool:
        ports = {names.get(p["port"], p["port"]) for p in rule["ports"]}
        return port in ports and any(
            selects(one["podSelector"], peer)
            for one in rule.get(peers, ())
            if "podSelector" in one and "namespaceSelector" not in one
        )

    policies = [policy["spec"] for policy in of_kind(manifests, "NetworkPolicy")]
    out = any(
        matches(rule, "to", target)
        for policy in policies
        if selects(policy["podSelector"], source)
        for rule in policy.get("egress", ())
    )
    into = any(
        matches(rule, "from", source)
        for policy in policies
        if selects(policy["podSelector"], target)
        for rule in policy.get("ingress", ())
    )
    return out and into


def test_pods_reach_what_the_design_has_arrows_to_and_nothing_else() -> None:
    manifests = overlay("prod")
    has_schema = {process.name: process.has_schema for process in processes()}
    pod_labels = {owner.partition("/")[2]: labels(template) for owner, template in pods(manifests)}
    pod_labels["pooler"], pod_labels["postgres"], pod_labels["reading pooler"] = FOREIGN_PODS[:3]
    poolers = ("pooler", "reading pooler")
    ports = {"nats": (4222, 6222, 8222, 7777), "postgres": (5432,), "api": (8080,)}
    ports |= dict.fromkeys(poolers, (5432,))
    expected = {("nats", "nats", 6222), ("postgres", "postgres", 5432)}
    expected |= {(pooler, "postgres", 5432) for pooler in poolers}
    expected |= {(process, "nats", 4222) for process in has_schema}
    expected |= {(process, pooler, 5432) for process, has in has_schema.items() if has for pooler in poolers}
    expected |= {("streams", "nats", 4222), ("upkeep", "nats", 4222)}
    expected |= {("migrate", "postgres", 5432), ("backup", "postgres", 5432)}
    expected |= {("console", "nats", 4222), ("console", "postgres", 5432)}
    found = {
        (source, target, port)
        for source, target in product(pod_labels, ports)
        for port in ports[target]
        if allowed(manifests, pod_labels[source], pod_labels[target], port)
    }
    assert found == expected


def test_only_those_who_ask_the_llm_or_send_mail_reach_the_internet() -> None:
    manifests = overlay("prod")
    ways_out = [
        (policy["spec"]["podSelector"], {port["port"] for port in rule["ports"]})
        for policy in of_kind(manifests, "NetworkPolicy")
        for rule in policy["spec"].get("egress", ())
        for peer in rule.get("to", ())
        if "ipBlock" in peer
    ]
    reaching = {
        (owner.partition("/")[2], port)
        for owner, template in pods(manifests)
        for selector, ports in ways_out
        if selects(selector, labels(template))
        for port in ports
    }
    asking = {"ideas", *(f"transform-{slug}" for slug in platforms())}
    assert reaching == {("api", 465), ("api", 587), *((process, 443) for process in asking)}


def test_what_cloudnativepg_runs_reaches_the_kubernetes_api_and_nothing_else_does() -> None:
    """Its pods, PgBouncer's too, read their configuration there before they start."""
    manifests = overlay("prod")
    anywhere = [
        (policy["spec"]["podSelector"], {port["port"] for port in rule["ports"]})
        for policy in of_kind(manifests, "NetworkPolicy")
        for rule in policy["spec"].get("egress", ())
        if "to" not in rule
    ]
    ours = [labels(template) for _, template in pods(manifests)]
    reaching = [pod for pod in FOREIGN_PODS + ours if any(selects(selector, pod) for selector, _ in anywhere)]
    assert reaching == [pod for pod in FOREIGN_PODS if any(key.startswith("cnpg.io/") for key in pod)]
    assert all(ports == {443, 6443} for _, ports in anywhere)


def test_from_other_namespaces_only_the_known_come_in() -> None:
    peers = [
        peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"]
        for policy in of_kind(overlay("prod"), "NetworkPolicy")
        for rules, side in (("ingress", "from"), ("egress", "to"))
        for rule in policy["spec"].get(rules, ())
        for peer in rule.get(side, ())
        if "namespaceSelector" in peer
    ]
    assert set(peers) == FOREIGN_NAMESPACES


def test_a_platform_is_one_small_folder(tmp_path: Path) -> None:
    generate = script(DEPLOY / "generate.py")
    copy = tmp_path / "deploy"
    shutil.copytree(DEPLOY, copy, ignore=shutil.ignore_patterns("secrets"))
    platforms_folder = copy / "k8s" / "platforms"
    source = (platforms_folder / "linkedin" / "kustomization.yaml").read_text()
    assert len(source.splitlines()) <= 10
    (platforms_folder / "tiktok").mkdir()
    (platforms_folder / "tiktok" / "kustomization.yaml").write_text(source.replace("linkedin", "tiktok"))
    listing = platforms_folder / "kustomization.yaml"
    assert listing.read_text() == generate.platforms(), "run deploy/generate.py"
    listing.write_text(generate.platforms(platforms_folder))

    before, after = overlay("prod"), render(copy / "k8s" / "overlays" / "prod")
    added = [manifest for manifest in after if manifest not in before]
    assert [manifest for manifest in before if manifest not in after] == []
    linkedin = [m for m in before if m["metadata"]["name"] == "transform-linkedin"]
    assert sorted(map(name, added)) == sorted(name(m).replace("linkedin", "tiktok") for m in linkedin)
    assert yaml.safe_dump(added) == yaml.safe_dump(linkedin).replace("linkedin", "tiktok")


def test_the_migrator_makes_no_use_of_being_superuser() -> None:
    """The cluster's owner may create roles and schemas; `test_migrate_as_owner` runs it so."""
    cluster = of_kind(overlay("prod"), "Cluster")[0]["spec"]
    migrator = next(role for role in cluster["managed"]["roles"] if role["name"] == "migrator")
    assert cluster["enableSuperuserAccess"] is False
    assert migrator["createrole"] and not migrator.get("superuser")
    assert cluster["postgresql"]["parameters"]["createrole_self_grant"] == "set, inherit"


def test_the_declared_version_is_documented() -> None:
    assert f"Kubernetes {KUBERNETES}" in (ROOT / "docs" / "operations.md").read_text()

"""What a stack will be made of, before anything starts."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from polycast_cli.failure import Failure
from polycast_cli.stack import plan as planning
from polycast_cli.stack.data_dir import DataDir
from polycast_cli.stack.embedded import USERS, bus_users
from polycast_cli.stack.plan import Options, Plan, role_url
from polycast_cli.stack.process import ProcessSpec
from polycast_cli.stack.services import ServiceEntry, discover, parse_scale, replica_names, schema_names

SERVICES = [
    ServiceEntry("api", "polycast-api", "api"),
    ServiceEntry("projector", "polycast-api", "api"),
    ServiceEntry("ideas", "polycast-ideas", "ideas"),
    ServiceEntry("transform-tiktok", "polycast-transform-tiktok", None),
]


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NATS_URL", "DATABASE_URL", "OPENAI_API_KEY", "OPENAI_BASE_URL", "POLYCAST_JWT_SECRET"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(planning, "schema_names", lambda: ["api", "ideas"])


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Plan]:
    data = DataDir(tmp_path / "data")
    data.make()
    return lambda **options: planning.make(data, Options(**options), SERVICES)


def spec(plan: Plan, name: str) -> ProcessSpec:
    return next(spec for spec in plan.services if spec.name == name)


def test_a_replica_has_a_name_and_a_port_of_its_own(make: Callable[..., Plan]) -> None:
    plan = make(scale={"transform-tiktok": 3, "ideas": 0})
    names = [spec.name for spec in plan.services]
    assert names == ["api", "projector", "transform-tiktok", "transform-tiktok-2", "transform-tiktok-3"]
    assert len({spec.health_url for spec in plan.services}) == len(names)
    assert spec(plan, "transform-tiktok-3").command[-1] == "transform-tiktok"


def test_the_gateway_has_the_port_asked_for(make: Callable[..., Plan]) -> None:
    plan = make(port=8123)
    assert plan.addresses.api_url == "http://127.0.0.1:8123"
    assert spec(plan, "api").environment["POLYCAST_HTTP_PORT"] == "8123"


def test_each_service_sees_its_own_role_and_one_without_a_schema_none(make: Callable[..., Plan]) -> None:
    plan = make()
    assert plan.postgres is not None
    urls = {
        name: spec(plan, name).environment["DATABASE_URL"]
        for name in ("ideas", "projector", "transform-tiktok")
    }
    password = plan.credentials.role_passwords["ideas"]
    assert urls["ideas"].startswith(f"postgresql://ideas:{password}@127.0.0.1:")
    assert urls["projector"].startswith("postgresql://api:")
    assert urls["transform-tiktok"] == ""
    assert plan.credentials.postgres_password not in "".join(urls.values())


def test_each_service_is_a_user_of_the_bus_and_people_are_the_operator(make: Callable[..., Plan]) -> None:
    plan = make(scale={"ideas": 2})
    users = {spec.name: urlsplit(spec.environment["NATS_URL"]).username for spec in plan.services}
    assert users["ideas"] == users["ideas-2"] == "ideas"
    assert users["transform-tiktok"] == "transform-tiktok"
    assert urlsplit(plan.addresses.nats_url).username == "operator"


def test_the_buss_users_are_the_declared_ones_and_who_is_new_may_do_all() -> None:
    declared = USERS.read_text()
    passwords = {name: f"pw of {name}" for name in ("operator", "ideas", "transform-linkedin", "newcomer")}
    made = bus_users(declared, passwords)
    assert "$NATS_" not in made
    assert [made.count(json.dumps(password)) for password in passwords.values()] == [1, 1, 1, 1]
    assert '{ user: newcomer, password: "pw of newcomer" }\n' in made
    assert made.count("permissions") == declared.count("permissions")


def test_only_the_gateways_package_has_the_signing_secret(make: Callable[..., Plan]) -> None:
    plan = make()
    having = {spec.name for spec in plan.services if "POLYCAST_JWT_SECRET" in spec.environment}
    assert having == {"api", "projector"}


def test_servers_that_are_given_are_not_started(
    make: Callable[..., Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NATS_URL", "nats://bus:4222")
    monkeypatch.setenv("DATABASE_URL", "postgresql://admin:pw@db/polycast?sslmode=require")
    plan = make()
    assert (plan.nats, plan.postgres, plan.servers) == (None, None, [])
    ideas = spec(plan, "ideas").environment
    password = plan.credentials.role_passwords["ideas"]
    assert ideas["NATS_URL"] == "nats://bus:4222"
    assert ideas["DATABASE_URL"] == f"postgresql://ideas:{password}@db/polycast?sslmode=require"


@pytest.mark.parametrize("name", ["OPENAI_API_KEY", "OPENAI_BASE_URL"])
def test_a_real_llm_takes_the_offline_writers_place(
    make: Callable[..., Plan], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    offline = make(llm_latency=0.25)
    assert offline.offline_writer is not None
    assert offline.offline_writer.command[-2:] == ["--latency", "0.25"]
    assert spec(offline, "ideas").environment["OPENAI_BASE_URL"] == offline.addresses.llm_url

    monkeypatch.setenv(name, "http://llm/v1")
    real = make()
    assert real.offline_writer is None
    assert not [key for key in spec(real, "ideas").environment if key.startswith("OPENAI")]


def test_a_role_url_escapes_what_a_password_may_hold() -> None:
    assert role_url("postgresql://a:b@h:1/d", "ideas", "p@s/s:") == "postgresql://ideas:p%40s%2Fs%3A@h:1/d"


def test_specs_survive_the_way_to_the_supervisor(make: Callable[..., Plan]) -> None:
    plan = make()
    for each in (*plan.servers, *plan.services):
        assert ProcessSpec.from_json(each.to_json()) == each


def test_scale_is_read() -> None:
    assert parse_scale(["ideas=2", "transform-tiktok=0"], SERVICES) == {"ideas": 2, "transform-tiktok": 0}
    assert replica_names("ideas", 3) == ["ideas", "ideas-2", "ideas-3"]
    assert replica_names("ideas", 0) == []


@pytest.mark.parametrize(
    "wrong", ["idea=2", "ideas", "ideas=", "ideas=-1", "ideas=two", "ideas=51", "api=2", "api=0"]
)
def test_a_wrong_scale_is_a_usage_error(wrong: str) -> None:
    with pytest.raises(Failure, match="--scale") as failure:
        parse_scale([wrong], SERVICES)
    assert failure.value.code == 2


def test_services_are_those_that_the_installed_packages_declare() -> None:
    found = {service.name: service for service in discover()}
    assert found["api"].schema == found["projector"].schema == "api"
    assert found["transform-linkedin"].schema is None
    assert {service.schema for service in found.values()} - {None} == set(schema_names())

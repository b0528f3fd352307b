"""Which data directory a command means, and who may use it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from polycast_cli.failure import Failure
from polycast_cli.stack import data_dir
from polycast_cli.stack.credentials import ensure
from polycast_cli.stack.data_dir import Addresses, DataDir, find
from polycast_cli.stack.data_dir import data_dir as chosen
from polycast_cli.stack.process import birth_mark

ADDRESSES = Addresses("http://127.0.0.1:8000", "nats://x", "postgresql://x", "http://x/v1")


def running(root: Path) -> DataDir:
    """A directory whose recorded supervisor is alive: this process."""
    data = DataDir(root)
    data.make()
    own = {"pid": os.getpid(), "birth": birth_mark(os.getpid())}
    (root / "processes.json").write_text(json.dumps({"supervisor": own, "processes": []}))
    data.write_addresses(ADDRESSES)
    return data


def stopped(root: Path) -> DataDir:
    data = running(root)
    gone = {"pid": os.getpid(), "birth": "an earlier process with this id"}
    (root / "processes.json").write_text(json.dumps({"supervisor": gone, "processes": []}))
    return data


def test_the_given_one_is_meant_whatever_runs(tmp_path: Path) -> None:
    running(tmp_path / "other")
    assert find(tmp_path / "mine").root == tmp_path / "mine"


def test_the_checkouts_own_is_meant_if_it_runs(tmp_path: Path) -> None:
    own = running(data_dir.DEFAULT)
    running(tmp_path / "other")
    assert find(None) == own


def test_else_the_only_one_that_runs(tmp_path: Path) -> None:
    stopped(data_dir.DEFAULT)
    stopped(tmp_path / "stopped")
    other = running(tmp_path / "other")
    assert find(None) == other


def test_else_the_checkouts_own_at_rest(tmp_path: Path) -> None:
    stopped(tmp_path / "stopped")
    assert find(None).root == data_dir.DEFAULT


def test_several_are_an_error_that_lists_them(tmp_path: Path) -> None:
    several = [running(tmp_path / name) for name in ("one", "two")]
    with pytest.raises(Failure) as failure:
        find(None)
    assert all(str(data.root) in str(failure.value) for data in several)


def test_up_means_the_checkouts_own_whatever_runs(tmp_path: Path) -> None:
    running(tmp_path / "other")
    assert chosen(None).root == data_dir.DEFAULT


def test_a_directory_that_cannot_be_made_is_one_message(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Failure, match=r"cannot write to the data directory .*/file/data: Not a directory"):
        DataDir(tmp_path / "file" / "data").make()


def test_it_and_its_secrets_are_their_owners_alone(tmp_path: Path) -> None:
    data = running(tmp_path / "data")
    ensure(data, ["ideas"])
    modes = {path.name: path.stat().st_mode & 0o777 for path in (data.root, *data.root.glob("*.json"))}
    assert modes["data"] == 0o700
    assert modes["credentials.json"] == modes["addresses.json"] == 0o600


def test_credentials_stay_and_new_services_get_theirs(tmp_path: Path) -> None:
    data = DataDir(tmp_path / "data")
    data.make()
    first = ensure(data, ["ideas"])
    second = ensure(data, ["ideas", "api"])
    assert second.role_passwords["ideas"] == first.role_passwords["ideas"]
    assert second.role_passwords["api"] not in ("", first.role_passwords["ideas"])
    assert (second.jwt_secret, second.demo_password) == (first.jwt_secret, first.demo_password)

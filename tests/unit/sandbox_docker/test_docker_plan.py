"""The Docker stand-in's plans, without a daemon: what is unknown, what changes, what replaces."""

from collections.abc import Mapping
from typing import Any

import pytest

from sandbox.docker.plan import in_order
from sandbox.docker.properties import type_of
from sandbox.docker.resources.durations import duration_text, nanoseconds
from sandbox.docker.resources.fields import request_of, state_of
from sandbox.provider.protocol import Kind, Stored
from sandbox.provider.values import UNKNOWN, Secret
from tests.kit.docker_provider import IMAGE_ID, Engine


@pytest.fixture
def engine() -> Engine:
    return Engine()


def state(engine: Engine, found: Mapping[str, Any] | None = None, **news: Any) -> Stored:
    """A container as the state holds it after its creation; `found` is what the daemon filled in."""
    inputs = engine.inputs("Container", image=IMAGE_ID, **news)
    filled = {"hostname": "3f1c", "command": ["/serve"], "shmSize": 64, "logDriver": "json-file", "init": False}
    return Stored("3f1c", inputs, {**filled, **inputs, **(found or {})})


def test_a_preview_knows_what_the_program_says_and_nothing_else(engine: Engine) -> None:
    planned = engine.planned("Container", image=IMAGE_ID, memory=64, ports=[{"internal": 80}])
    assert (planned["memory"], planned["image"]) == (64, IMAGE_ID)
    assert planned["ports"] == [{"internal": 80, "ip": "0.0.0.0", "protocol": "tcp"}]
    assert {name for name, value in planned.items() if value is UNKNOWN} >= {
        "networkDatas", "bridge", "exitCode", "hostname", "command", "entrypoints", "logDriver",
    }  # fmt: skip
    assert engine.planned("Network")["driver"] is UNKNOWN
    assert engine.planned("Volume")["mountpoint"] is UNKNOWN
    remote = engine.planned("RemoteImage", name="alpine:3")
    assert (remote["name"], remote["imageId"]) == ("alpine:3", UNKNOWN)


def test_secrets_stay_secrets_in_plans(engine: Engine) -> None:
    assert engine.planned("Container", image=IMAGE_ID, envs=Secret(["TOKEN=x"]))["envs"] == Secret(["TOKEN=x"])


def test_nothing_changes_when_the_program_says_the_same(engine: Engine) -> None:
    said: dict[str, Any] = {"ports": [{"internal": 80}], "envs": ["B=2", "A=1"], "healthcheck": {"tests": ["CMD", "x"]}}
    old = state(engine, {"envs": ["A=1", "B=2"], "ports": [{"internal": 80, "external": 32768, "ip": "0.0.0.0",
                                                           "protocol": "tcp"}]}, **said)  # fmt: skip
    assert engine.diff("Container", old, image=IMAGE_ID, **said).changes == {}


@pytest.mark.parametrize(
    ("before", "after", "path", "kind"),
    [
        ({"envs": ["A=1"]}, {"envs": ["A=2"]}, "envs[0]", Kind.UPDATE_REPLACE),
        ({"envs": ["A=1"]}, {"envs": ["A=1", "B=2"]}, "envs[1]", Kind.ADD_REPLACE),
        ({"memory": 64}, {"memory": 96}, "memory", Kind.UPDATE),
        ({"memory": 64}, {}, "memory", Kind.DELETE),
        ({}, {"cpuShares": 512}, "cpuShares", Kind.ADD),
        ({"restart": "always"}, {"restart": "no"}, "restart", Kind.UPDATE),
        ({"wait": True}, {"wait": False}, "wait", Kind.UPDATE),
        ({"cpus": "0.5"}, {"cpus": "1"}, "cpus", Kind.UPDATE_REPLACE),
        ({"readOnly": True}, {}, "readOnly", Kind.UPDATE_REPLACE),
        ({"user": "1:1"}, {"user": "2:2"}, "user", Kind.UPDATE_REPLACE),
        ({"tmpfs": {"/tmp": ""}}, {"tmpfs": {"/run": ""}}, 'tmpfs["/run"]', Kind.ADD_REPLACE),
        ({"capabilities": {"drops": ["ALL"]}}, {}, "capabilities", Kind.DELETE_REPLACE),
        (
            {"healthcheck": {"tests": ["CMD", "a"], "interval": "1s"}},
            {"healthcheck": {"tests": ["CMD", "a"], "interval": "2s"}},
            "healthcheck.interval",
            Kind.UPDATE_REPLACE,
        ),
        ({"ports": [{"internal": 80}]}, {"ports": [{"internal": 81}]}, "ports[0]", Kind.UPDATE_REPLACE),
    ],
)
def test_a_change_replaces_unless_the_daemon_can_make_it(
    engine: Engine, before: Any, after: Any, path: str, kind: Kind
) -> None:
    answer = engine.diff("Container", state(engine, **before), image=IMAGE_ID, **after)
    assert answer.changes[path] is kind
    assert answer.delete_before_replace is kind.replaces  # ports and names are taken while the old one is there


def test_memory_without_swap_shows_a_difference_at_every_preview(engine: Engine) -> None:
    old = state(engine, {"memorySwap": 256}, memory=128)  # the daemon doubles it
    assert engine.diff("Container", old, image=IMAGE_ID, memory=128).changes == {"memorySwap": Kind.DELETE}
    assert engine.diff("Container", old, image=IMAGE_ID, memory=128, memorySwap=256).changes == {}


def test_an_image_named_by_its_tag_replaces_the_container_at_every_preview(engine: Engine) -> None:
    answer = engine.diff("Container", state(engine), image="app:latest")  # the daemon answers with the image's id
    assert answer.changes == {"image": Kind.UPDATE_REPLACE}


def test_what_the_daemon_filled_in_is_no_difference(engine: Engine) -> None:
    filled = {"user": "app", "workingDir": "/srv", "entrypoints": ["/bin/sh"], "ipcMode": "private", "runtime": "runc"}
    assert engine.diff("Container", state(engine, filled), image=IMAGE_ID).changes == {}


def test_unknown_values_differ_and_ignored_ones_do_not(engine: Engine) -> None:
    old = state(engine, memory=64)
    assert engine.diff("Container", old, image=UNKNOWN, memory=64).changes == {"image": Kind.UPDATE_REPLACE}
    assert engine.diff("Container", old, ["memory"], image=IMAGE_ID, memory=96).changes == {}


def test_a_given_name_that_stays_makes_the_old_one_go_first(engine: Engine) -> None:
    def network(**news: Any) -> Stored:
        inputs = engine.inputs("Network", **news)
        return Stored("1", inputs, inputs)

    given = engine.diff("Network", network(name="mine"), name="mine", internal=True)
    made = engine.diff("Network", network(), internal=True)
    assert given.changes == made.changes == {"internal": Kind.ADD_REPLACE}
    assert (given.delete_before_replace, made.delete_before_replace) == (True, False)


def test_an_update_keeps_what_is_known_and_shows_what_it_changes(engine: Engine) -> None:
    old = state(engine, {"networkDatas": [{"ipAddress": "172.17.0.2"}]}, memory=64)
    news = engine.check("Container", {"image": IMAGE_ID, "memory": 96}, old.inputs).inputs
    planned = engine.provider.update(engine.resource("Container"), old, news, preview=True)
    assert (planned["memory"], planned["hostname"]) == (96, "3f1c")
    assert planned["networkDatas"] == [{"ipAddress": "172.17.0.2"}]


@pytest.mark.parametrize(
    ("text", "value", "written"),
    [("0s", 0, "0s"), ("30s", 30 * 10**9, "30s"), ("1m", 60 * 10**9, "1m0s"), ("1h5s", 3605 * 10**9, "1h0m5s"),
     ("500ms", 5 * 10**8, "500ms"), ("1.5s", 15 * 10**8, "1.5s"), ("2us", 2000, "2µs")],
)  # fmt: skip
def test_durations_are_written_as_the_daemon_writes_them(text: str, value: int, written: str) -> None:
    assert nanoseconds(text) == value
    assert duration_text(value) == written


def test_what_is_asked_for_comes_back_as_it_was(engine: Engine) -> None:
    asked: dict[str, Any] = {
        "memory": 64, "memorySwap": -1, "shmSize": 32, "cpus": "0.25", "cpuSet": "0-1", "hosts": [
            {"host": "db", "ip": "::1"}], "ulimits": [{"name": "nofile", "soft": 10, "hard": 20}],
        "devices": [{"hostPath": "/dev/null", "containerPath": "/dev/null", "permissions": "rwm"}], "init": True,
        "restart": "on-failure", "maxRetryCount": 3, "logDriver": "json-file", "logOpts": {"max-size": "1m"},
        "mounts": [{"type": "volume", "target": "/v", "source": "data", "readOnly": True}], "readOnly": True,
        "healthcheck": {"tests": ["CMD", "/ok"], "interval": "5s", "timeout": "0s", "startPeriod": "0s",
                        "startInterval": "0s", "retries": 2},
    }  # fmt: skip
    found = state_of(request_of(asked))
    assert {name: found[name] for name in asked} == asked


def test_the_order_of_sets_means_nothing_at_any_depth_and_that_of_lists_does(engine: Engine) -> None:
    old = state(engine, networksAdvanced=[{"name": "n", "aliases": ["a", "b"]}], command=["/serve", "1"])
    turned = [{"name": "n", "aliases": ["b", "a"]}]
    assert engine.diff("Container", old, image=IMAGE_ID, networksAdvanced=turned, command=["/serve", "1"]).changes == {}
    answer = engine.diff("Container", old, image=IMAGE_ID, networksAdvanced=turned, command=["1", "/serve"])
    assert answer.changes == {"command[0]": Kind.UPDATE_REPLACE, "command[1]": Kind.UPDATE_REPLACE}


def test_what_was_found_keeps_the_order_of_the_program() -> None:
    type_ = type_of("docker:index/container:Container")
    assert type_ is not None
    wanted = {"ports": [{"internal": 90}, {"internal": 80}], "capabilities": {"drops": ["B", "A"]}}
    found = {
        "ports": [{"internal": 80, "external": 1}, {"internal": 90, "external": 2}, {"internal": 70}],
        "capabilities": {"drops": ["A", "B", "C"]},
    }
    assert in_order(type_, wanted, found) == {
        "ports": [{"internal": 90, "external": 2}, {"internal": 80, "external": 1}, {"internal": 70}],
        "capabilities": {"drops": ["B", "A", "C"]},
    }

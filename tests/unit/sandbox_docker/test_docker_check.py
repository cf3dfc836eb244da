"""The Docker stand-in's check: mistakes are told all at once, right inputs get defaults and a name."""

import re
from typing import Any

import pytest

from sandbox.provider.protocol import CheckQuestion, Naming
from sandbox.provider.values import UNKNOWN, Secret
from tests.kit.docker_provider import IMAGE_ID, Engine

PORT = {"internal": 8080}


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"imge": "x"}, "imge: no such property; did you mean image?"),
        ({"ports": [{**PORT, "externl": 1}]}, "ports[0].externl: no such property; did you mean external?"),
        ({"ports": [{"ip": "127.0.0.1"}]}, "ports[0].internal: got nothing, expected a whole number; it is required"),
        ({"ports": [{"internal": 70000}]}, "ports[0].internal: got 70000, expected a number of at most 65535"),
        ({"ports": "8080"}, 'ports: got "8080", expected a list'),
        ({"memory": True}, "memory: got true, expected a whole number"),
        ({"memory": "much"}, 'memory: got "much", expected a whole number'),
        ({"memory": -1}, "memory: got -1, expected a number of at least 0"),
        ({"cpus": "half"}, 'cpus: got "half", expected something like 1.5'),
        ({"readOnly": "yes"}, 'readOnly: got "yes", expected true or false'),
        ({"restart": "sometimes"}, "expected one of no, on-failure, always, unless-stopped"),
        ({"healthcheck": {"interval": "soon"}}, 'healthcheck.interval: got "soon", expected something like 30s'),
        ({"logOpts": ["max-size=1m"]}, 'logOpts: got ["max-size=1m"], expected an object'),
        ({"envs": [["A=1"]]}, 'envs[0]: got ["A=1"], expected a string'),
        ({"start": False}, "start: got false, expected true for a container that must run; or set mustRun to false"),
    ],
)
def test_a_mistake_is_told_with_property_value_and_expectation(engine: Engine, wrong: Any, said: str) -> None:
    (mistake,) = engine.mistakes("Container", image=IMAGE_ID, **wrong)
    assert said in mistake


def test_all_mistakes_are_told_at_once(engine: Engine) -> None:
    said = engine.mistakes("Container", memory="much", restart="sometimes", tty=3)
    assert len(said) == 4
    assert said[-1] == "image: got nothing, expected a string; it is required"


def test_a_secret_is_never_shown_in_a_mistake(engine: Engine) -> None:
    (mistake,) = engine.mistakes("Container", image=IMAGE_ID, memory=Secret("hunter2"))
    assert mistake == "memory: got a secret value, expected a whole number"
    (nested,) = engine.mistakes("Container", image=IMAGE_ID, envs=Secret([["hunter2"]]))
    assert "hunter2" not in nested


def test_unknown_values_are_never_mistakes(engine: Engine) -> None:
    assert engine.mistakes("Container", image=UNKNOWN, ports=[UNKNOWN], memory=UNKNOWN, healthcheck=UNKNOWN) == []


def test_a_type_that_the_stand_in_lacks_is_told_with_what_it_has(engine: Engine) -> None:
    (mistake,) = engine.mistakes("Service")
    assert mistake.startswith("docker:index/service:Service: the stand-in offers Container, Image, Network, ")


def test_defaults_are_those_of_the_official_provider(engine: Engine) -> None:
    inputs = engine.inputs("Container", image=IMAGE_ID, ports=[PORT])
    assert inputs["ports"] == [{"internal": 8080, "ip": "0.0.0.0", "protocol": "tcp", "__defaults": ["ip", "protocol"]}]
    kept = ("mustRun", "start", "restart", "networkMode", "readOnly", "removeVolumes", "waitTimeout", "wait")
    assert [inputs[name] for name in kept] == [True, True, "no", "bridge", False, True, 60, False]


def test_text_that_reads_as_a_number_or_truth_value_counts_as_one(engine: Engine) -> None:
    inputs = engine.inputs("Container", image=IMAGE_ID, memory="128", readOnly="true", hostname=7)
    assert (inputs["memory"], inputs["readOnly"], inputs["hostname"]) == (128, True, "7")


@pytest.mark.parametrize("type_", ["Network", "Volume", "Container"])
def test_a_name_is_made_of_the_programs_name_and_seven_digits(engine: Engine, type_: str) -> None:
    given = {"image": IMAGE_ID} if type_ == "Container" else {}
    first = engine.inputs(type_, **given)
    assert re.fullmatch(r"it-[0-9a-f]{7}", first["name"])
    assert engine.inputs(type_, **given)["name"] == first["name"]  # the same in preview and update: the same seed
    assert engine.check(type_, given, None, b"other").inputs["name"] != first["name"]
    assert engine.check(type_, given, first, b"other").inputs["name"] == first["name"]  # kept while the resource lives


def test_a_name_of_the_program_replaces_a_made_one_and_back(engine: Engine) -> None:
    made = engine.inputs("Volume")
    given = engine.check("Volume", {"name": "mine"}, made).inputs
    assert given["name"] == "mine"
    assert engine.check("Volume", {}, given).inputs["name"] == made["name"]


def test_the_projects_own_naming_rule_is_followed(engine: Engine) -> None:
    resource = engine.resource("Volume")
    proposed = engine.provider.check(CheckQuestion(resource, {}, None, b"", Naming.ENFORCE, "fixed"))
    assert proposed.inputs["name"] == "fixed"
    (refused,) = engine.provider.check(CheckQuestion(resource, {}, None, b"", Naming.DISABLE)).failures
    assert refused.reason == ("name: got nothing, expected a name; automatic naming is switched off for this project")


def test_a_name_too_long_for_its_digits_is_refused(engine: Engine) -> None:
    resource = engine.resource("Volume", "v" * 250)
    (refused,) = engine.provider.check(CheckQuestion(resource, {}, None, b"seed")).failures
    assert "got 258 characters, expected at most 255; shorten the resource's name" in refused.reason


def test_configuration_that_cannot_be_used_is_told(engine: Engine) -> None:
    failures = engine.provider.check_config({"hosst": "x", "certPath": "/c", "host": "unix:///x"}).failures
    assert [failure.reason for failure in failures] == [
        "docker:hosst: no such configuration; did you mean docker:host?",
        "docker:certPath: the stand-in has no use for it, expected docker:host; install the official provider",
    ]


def test_the_version_says_that_this_is_a_stand_in(engine: Engine) -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+\+standin", engine.provider.version)

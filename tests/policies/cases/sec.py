"""Cases of the SEC rules. All keys are made up."""

import base64
import gzip
import json
from typing import Any

from assistant_policies.facts.values import UNKNOWN
from assistant_policies.verdict import Answer
from tests.policies.kit.case import boundary, fails, not_applicable, of, passes, with_edge, without_edge
from tests.policies.kit.resources import R

PASS, FAIL = Answer.PASS, Answer.FAIL
AWS_KEY = "AKIA" + "Z3MGQ7TT5XAMPL3K"
RANDOM = "q8Zr2LmX0vT5nB7w"  # 16 characters, 4 bits each


def function(**variables: Any) -> R:
    return R("lambda/Function", "worker", {"environment": {"variables": variables}})


def packed(text: str, *, compressed: bool = False) -> str:
    data = text.encode()
    return base64.b64encode(gzip.compress(data, mtime=0) if compressed else data).decode()


def container(**entry: Any) -> str:
    return json.dumps(
        [{"name": "app", "environment": [entry], "secrets": [{"name": "TOKEN", "valueFrom": "arn:aws:x"}]}]
    )


CASES = [
    *of(
        "ASSIST-SEC-001",
        passes("references and words", function(
            API_KEY_REF="secretsmanager:" + RANDOM, TOKEN="arn:aws:secretsmanager:us-east-1:1:secret:" + RANDOM,
            PASSWORD_FILE="/run/secrets/" + RANDOM, MAX_TOKENS="4096", MODE="test")),
        passes("a container with a reference", R("ecs/TaskDefinition", "t", {"containerDefinitions": container(
            name="MODE", value="test")})),
        passes("a function without an environment", R("lambda/Function", "worker")),
        passes("a script without secrets", R("ec2/Instance", "i", {"userData": "#!/bin/sh\necho hello\n"})),
        fails("a key of AWS under any name", function(NOTE="my " + AWS_KEY), says="environment.variables.NOTE"),
        fails("random text under a secret's name", function(DB_PASSWORD=RANDOM)),
        fails("a key inside a JSON value", function(CONFIG=json.dumps({"model": {"apiKey": RANDOM}}))),
        fails("a container", R("ecs/TaskDefinition", "t", {"containerDefinitions": container(
            name="API_TOKEN", value=RANDOM)}), says="API_TOKEN"),
        fails("a script", R("ec2/Instance", "i", {"userData": f"export DB_PASSWORD='{RANDOM}'\n"})),
        fails("a script in base64", R("ec2/LaunchTemplate", "t", {"userData": packed(f"TOKEN={RANDOM}")})),
        fails("a compressed script", R("ec2/Instance", "i", {"userDataBase64": packed(AWS_KEY, compressed=True)})),
        fails("build arguments", R("docker:index/image:Image", "i", {"build": {"args": {"NPM_TOKEN": RANDOM}}})),
        fails("a container's envs", R("docker:index/container:Container", "c", {"envs": ["A=b", f"SECRET={RANDOM}"]})),
        fails("an agent runtime", R("bedrock/AgentcoreAgentRuntime", "a", {"environmentVariables": {"TOKEN": RANDOM}})),
        fails("a secret next to one that is not known", function(TOKEN=RANDOM, QUEUE_URL=UNKNOWN)),
        boundary("one character less", PASS, function(TOKEN=RANDOM[:-1])),
        boundary("as long, and not random", PASS, function(TOKEN="aaaaaaaabbbbbbbb")),
        boundary("random text under another name", PASS, function(BUILD=RANDOM)),
        boundary("a word that only begins like a key", PASS, function(NOTE="task-" + "a" * 30)),
        boundary("random text that begins with a slash", FAIL, function(TOKEN="/" + RANDOM * 2)),
        with_edge("a variable from another resource", Answer.UNKNOWN, R(
            "lambda/Function", "worker",
            {"environment": {"variables": {"QUEUE_URL": UNKNOWN}}}, {"environment": ["main"]}),
            R("sqs/Queue", "main")),
        without_edge("a variable that is not known", function(TOKEN=UNKNOWN)),
        without_edge("an environment that is not known", R("lambda/Function", "worker", {"environment": UNKNOWN})),
        without_edge("an environment that is a text", R("lambda/Function", "worker", {"environment": "A=b"})),
        without_edge("a container that is no JSON", R("ecs/TaskDefinition", "t", {"containerDefinitions": "[{"})),
        without_edge("a script that is no base64", R("ec2/LaunchTemplate", "t", {"userData": "#!/bin/sh"})),
        not_applicable("a queue", R("sqs/Queue", "main")),
    )
]  # fmt: skip

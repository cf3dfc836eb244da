"""Importing the library costs a program little: no service of the AWS SDK is loaded before a component uses it."""

import json
import subprocess
import sys

PROGRAM = """
import json, sys
import assistant_components
services = {"sqs.queue", "dynamodb.table", "lambda_.function", "iam.role", "cloudwatch.log_group", "sns.topic"}
heavy = {"boto3", "botocore", "networkx", "stacks", "sandbox", "assistant", "assistant_policies"}
print(json.dumps(sorted(m for m in sys.modules if m.removeprefix("pulumi_aws.") in services or m in heavy)))
"""


def test_importing_the_library_loads_no_aws_service_and_nothing_else_of_ours() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []


def test_all_public_names_exist_and_are_sorted() -> None:
    import assistant_components

    names = assistant_components.__all__
    assert names == sorted(names)
    assert all(hasattr(assistant_components, name) for name in names)

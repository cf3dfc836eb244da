"""What AWS would answer, for recorded programs: ids, ARNs and names in the right shape, or nothing in a preview."""

import hashlib
from typing import Any

from pulumi.runtime.mocks import MockCallArgs, MockResourceArgs, Mocks

REGIONS = {"aws": "eu-west-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}
SUFFIXES = {"aws": "amazonaws.com", "aws-cn": "amazonaws.com.cn", "aws-us-gov": "amazonaws.com"}
ACCOUNT = "123456789012"


class AwsMocks(Mocks):
    """Outputs of the resource types that the components use, in any partition."""

    def __init__(self, preview: bool, partition: str = "aws") -> None:
        self.preview, self.partition, self.region = preview, partition, REGIONS[partition]
        self.calls: list[str] = []

    def arn(self, service: str, rest: str, *, region: str | None = None, account: str = ACCOUNT) -> str:
        """An ARN in this partition, region and account."""
        return f"arn:{self.partition}:{service}:{self.region if region is None else region}:{account}:{rest}"

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        """Inputs only in a preview; with id, name and computed outputs in an update."""
        inputs = dict(args.inputs)
        if self.preview or not args.typ.startswith("aws:"):
            return (None if self.preview else f"{args.name}-id"), inputs
        mark = hashlib.sha256(args.name.encode()).hexdigest()
        made = getattr(self, f"_{args.typ.split(':')[1].partition('/')[0].lower()}")
        name = inputs.get("name") or f"{args.name}-{mark[:7]}"
        return made(args.typ.rpartition(":")[2], name, mark, inputs)

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        """The lookups that tell where a program runs."""
        self.calls.append(args.token)
        answers: dict[str, dict[str, Any]] = {
            "aws:index/getPartition:getPartition": {
                "partition": self.partition, "dnsSuffix": SUFFIXES[self.partition], "id": self.partition,
            },
            "aws:index/getRegion:getRegion": {"region": self.region, "name": self.region, "id": self.region},
            "aws:index/getCallerIdentity:getCallerIdentity": {"accountId": ACCOUNT, "id": ACCOUNT},
        }  # fmt: skip
        return answers[args.token], []

    def _sqs(self, kind: str, name: str, mark: str, inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        if kind != "Queue":
            return inputs["queueUrl"], inputs
        name = name if name.endswith(".fifo") or not inputs.get("fifoQueue") else f"{name}.fifo"
        url = f"https://sqs.{self.region}.{SUFFIXES[self.partition]}/{ACCOUNT}/{name}"
        return url, {**inputs, "name": name, "url": url, "arn": self.arn("sqs", name)}

    def _dynamodb(self, kind: str, name: str, mark: str, inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        return name, {**inputs, "name": name, "arn": self.arn("dynamodb", f"table/{name}")}

    def _lambda(self, kind: str, name: str, mark: str, inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        if kind == "Function":
            arn = self.arn("lambda", f"function:{name}")
            return name, {**inputs, "name": name, "arn": arn, "version": "1", "qualifiedArn": f"{arn}:1"}
        if kind == "Alias":
            arn = self.arn("lambda", f"function:{inputs['functionName']}:{name}")
            path = f"path/2015-03-31/functions/{arn}/invocations"
            return arn, {**inputs, "arn": arn, "invokeArn": self.arn("apigateway", path, account="lambda")}
        if kind == "EventSourceMapping":
            uuid = f"{mark[:8]}-{mark[8:12]}-4{mark[13:16]}-8{mark[17:20]}-{mark[20:32]}"
            return uuid, {**inputs, "uuid": uuid, "arn": self.arn("lambda", f"event-source-mapping:{uuid}")}
        return f"terraform-{mark[:26]}", inputs

    def _iam(self, kind: str, name: str, mark: str, inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        if kind == "Role":
            return name, {**inputs, "name": name, "arn": self.arn("iam", f"role/{name}", region="")}
        return f"{inputs['role']}:{name}", {**inputs, "name": name}

    def _cloudwatch(self, kind: str, name: str, mark: str, inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        if kind == "LogGroup":
            return name, {**inputs, "name": name, "arn": self.arn("logs", f"log-group:{name}")}
        return name, {**inputs, "name": name, "arn": self.arn("cloudwatch", f"alarm:{name}")}

    def _sns(self, kind: str, name: str, mark: str, inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        if kind == "Topic":
            arn = self.arn("sns", name)
            return arn, {**inputs, "name": name, "arn": arn}
        return f"{inputs.get('topic') or inputs['arn']}:{mark[:8]}", inputs

    def _kms(self, kind: str, name: str, mark: str, inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        if kind == "Key":
            uuid = f"{mark[:8]}-{mark[8:12]}-4{mark[13:16]}-8{mark[17:20]}-{mark[20:32]}"
            return uuid, {**inputs, "keyId": uuid, "arn": self.arn("kms", f"key/{uuid}")}
        return f"alias/{name}", {**inputs, "name": f"alias/{name}", "arn": self.arn("kms", f"alias/{name}")}

    def _secretsmanager(self, kind: str, name: str, mark: str, inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        arn = self.arn("secretsmanager", f"secret:{name}-{mark[:6]}")
        return arn, {**inputs, "name": name, "arn": arn}

    def _apigatewayv2(self, kind: str, name: str, mark: str, inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        if kind == "Api":
            host = f"{mark[:10]}.execute-api.{self.region}.{SUFFIXES[self.partition]}"
            execution = self.arn("execute-api", mark[:10])
            endpoint = f"{'wss' if inputs['protocolType'] == 'WEBSOCKET' else 'https'}://{host}"
            return mark[:10], {**inputs, "name": name, "apiEndpoint": endpoint, "executionArn": execution}
        if kind == "Stage":
            host = f"{inputs['apiId']}.execute-api.{self.region}.{SUFFIXES[self.partition]}"
            return name, {**inputs, "invokeUrl": f"https://{host}/"}
        return mark[:7], inputs

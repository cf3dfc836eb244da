"""Cases of the SRV rules."""

from typing import Any

from assistant_policies.facts.values import UNKNOWN
from assistant_policies.verdict import Answer
from tests.policies.kit.case import boundary, fails, not_applicable, of, passes, with_edge, without_edge
from tests.policies.kit.resources import R

PASS, FAIL = Answer.PASS, Answer.FAIL
DAY = 86_400
QUEUE_ARN = "arn:aws:sqs:us-east-1:123456789012:main"


def function(**inputs: Any) -> R:
    return R("lambda/Function", "worker", inputs)


def permission(**inputs: Any) -> R:
    return R("lambda/Permission", "call", inputs)


def variables(**names: Any) -> R:
    return function(environment={"variables": names})


def source(edge: str | None = "main", **inputs: Any) -> R:
    edges = {"eventSourceArn": [edge]} if edge else {}
    said = {"eventSourceArn": UNKNOWN, "functionResponseTypes": ["ReportBatchItemFailures"], **inputs}
    return R("lambda/EventSourceMapping", "feed", {"scalingConfig": {"maximumConcurrency": 20}, **said}, edges)


def queue(name: str, days: Any, wait: Any = 20, **more: Any) -> R:
    return R("sqs/Queue", name, {"messageRetentionSeconds": days, "receiveWaitTimeSeconds": wait, **more})


def redriven(days: Any, *dead: str) -> R:
    inputs = {"messageRetentionSeconds": days, "receiveWaitTimeSeconds": 20, "redrivePolicy": UNKNOWN}
    return R("sqs/Queue", "main", inputs, {"redrivePolicy": list(dead)})


MAIN = R("sqs/Queue", "main")

CASES = [
    *of(
        "ASSIST-SRV-001",
        passes("a runtime of today", function(runtime="python3.13")),
        passes("a container image", function(packageType="Image")),
        fails("a runtime of the past", function(runtime="python3.9"), says="python3.9"),
        boundary("the last one that is deprecated", FAIL, function(runtime="nodejs20.x")),
        boundary("the first one that is not", PASS, function(runtime="nodejs22.x")),
        boundary("a package that is not known, with a runtime of today", PASS,
                 function(runtime="python3.13", packageType=UNKNOWN)),
        without_edge("a runtime that is not known", function(runtime=UNKNOWN)),
        without_edge("no runtime", function()),
        without_edge("an old runtime in a package that is not known",
                     function(runtime="python3.9", packageType=UNKNOWN)),
        without_edge("a runtime that is a number", function(runtime=3.13)),
        not_applicable("a queue", MAIN),
    ),
    *of(
        "ASSIST-SRV-004",
        passes("a URL with sign-in", R("lambda/FunctionUrl", "url", {"authorizationType": "AWS_IAM"})),
        passes("a service with a source",
               permission(principal="apigateway.amazonaws.com", sourceArn="arn:aws:x:y:z:1:a")),
        passes("an account", permission(principal="123456789012")),
        fails("a URL for everybody", R("lambda/FunctionUrl", "url", {"authorizationType": "NONE"})),
        fails("everybody", permission(principal="*")),
        fails("a service on behalf of anybody", permission(principal="s3.amazonaws.com"), says="s3.amazonaws.com"),
        boundary("a source that is anything", FAIL, permission(principal="s3.amazonaws.com", sourceArn="*")),
        boundary("an empty source", FAIL, permission(principal="s3.amazonaws.com", sourceArn="")),
        boundary("everybody of an organisation", PASS, permission(principal="*", principalOrgId="o-a1b2c3d4e5")),
        boundary("a service in China", FAIL, permission(principal="s3.amazonaws.com.cn")),
        with_edge(
            "a source of this stack that is not known yet", PASS,
            R("lambda/Permission",
              "call", {"principal": "s3.amazonaws.com", "sourceArn": UNKNOWN}, {"sourceArn": ["files"]}),
            R("s3/Bucket", "files"),
        ),
        without_edge("a source that is not known", permission(principal="s3.amazonaws.com", sourceArn=UNKNOWN)),
        without_edge("a principal that is not known", permission(principal=UNKNOWN)),
        without_edge("no principal", permission()),
        without_edge("a URL of a kind that is not known",
                     R("lambda/FunctionUrl", "url", {"authorizationType": UNKNOWN})),
        without_edge("a URL of a kind that there is not",
                     R("lambda/FunctionUrl", "url", {"authorizationType": "none"})),
        not_applicable("a function", function()),
    ),
    *of(
        "ASSIST-SRV-005",
        passes("failures by message and a limit", source(), MAIN),
        passes("a stream", source("stream"), R("kinesis/Stream", "stream")),
        passes("a queue by its ARN", source(None, eventSourceArn=QUEUE_ARN)),
        passes("pollers of its own", source(scalingConfig=None, provisionedPollerConfig={"maximumPollers": 2}), MAIN),
        fails("batches that repeat", source(functionResponseTypes=None), MAIN, says="ReportBatchItemFailures"),
        fails("no limit", source(scalingConfig=None), MAIN, says="maximumConcurrency"),
        boundary("a batch of one", PASS, source(functionResponseTypes=None, batchSize=1), MAIN),
        boundary("a batch of two", FAIL, source(functionResponseTypes=[], batchSize=2), MAIN),
        with_edge("a limit that is not known", Answer.UNKNOWN, source(scalingConfig=UNKNOWN), MAIN),
        with_edge("a batch that is not known", Answer.UNKNOWN,
                  source(functionResponseTypes=[], batchSize=UNKNOWN), MAIN),
        with_edge("response types that are a number", Answer.UNKNOWN, source(functionResponseTypes=7), MAIN),
        with_edge(
            "a queue of another stack", Answer.UNKNOWN, source("other"),
            R("pulumi:pulumi:StackReference", "other"),
        ),
        without_edge("a source that is not known", source(None), MAIN),
        without_edge("a source that is not known, and no queue", source(None)),
        not_applicable("a function", function()),
    ),
    *of(
        "ASSIST-SRV-006",
        passes("names of one's own", variables(ASSISTANT_TENANT="a")),
        passes("no names", function()),
        fails("the region", variables(AWS_REGION="us-east-1"), says="AWS_REGION"),
        fails("a reserved name with a value that is not known", variables(AWS_ACCESS_KEY_ID=UNKNOWN)),
        boundary("nearly the region", PASS, variables(AWS_REGIONS="us-east-1", aws_region="us-east-1")),
        boundary("a name that is known, with a value that is not", PASS, variables(QUEUE_URL=UNKNOWN)),
        without_edge("names that are not known", function(environment={"variables": UNKNOWN})),
        without_edge("names that are a list", function(environment={"variables": ["AWS_REGION=x"]})),
        not_applicable("a queue", MAIN),
    ),
    *of(
        "ASSIST-SRV-007",
        passes("four days, and longer for dead letters", redriven(4 * DAY, "dead"), queue("dead", 14 * DAY)),
        fails("an hour", queue("main", 3600), says="messageRetentionSeconds"),
        fails("short polls", queue("main", 4 * DAY, None), says="receiveWaitTimeSeconds"),
        fails("dead letters that go first", redriven(14 * DAY, "dead"), queue("dead", 4 * DAY)),
        boundary("one second below four days", FAIL, queue("main", 4 * DAY - 1)),
        boundary("as long as its dead letters", FAIL, redriven(14 * DAY, "dead"), queue("dead", 14 * DAY)),
        boundary("one second less than its dead letters", PASS,
                 redriven(14 * DAY - 1, "dead"), queue("dead", 14 * DAY)),
        boundary("what SQS keeps by itself", PASS, queue("main", None)),
        boundary("a wait of one second", PASS, queue("main", None, 1)),
        boundary("an hour, next to a wait that is not known", FAIL, queue("main", 3600, UNKNOWN)),
        with_edge("dead letters of which the time is not known", Answer.UNKNOWN,
                  redriven(4 * DAY, "dead"), queue("dead", UNKNOWN)),
        with_edge(
            "one of two dead-letter queues", Answer.UNKNOWN,
            redriven(4 * DAY, "dead", "other"), queue("dead", 14 * DAY), queue("other", 14 * DAY),
        ),
        without_edge("a time that is not known", queue("main", UNKNOWN)),
        without_edge("a wait that is a text", queue("main", 4 * DAY, "long")),
        without_edge("a redrive policy that is not known", redriven(4 * DAY), queue("dead", 14 * DAY)),
        not_applicable("a topic", R("sns/Topic", "alarms")),
    ),
]  # fmt: skip

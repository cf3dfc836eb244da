"""Cases of the GOV rules that judge resources."""

import json
from typing import Any

from assistant_policies.facts.values import UNKNOWN
from assistant_policies.verdict import Answer
from tests.policies.kit.case import boundary, fails, not_applicable, of, passes, without_edge
from tests.policies.kit.resources import STACK, R

TAGS = {"Project": "p", "Environment": "staging", "Owner": "o", "CostCenter": "c", "DataClass": "internal"}
FEWER = {name: value for name, value in TAGS.items() if name != "Owner"}


def queue(tags: Any, /, **default: Any) -> R:
    return R("sqs/Queue", "main", {"tags": tags}, provider={"defaultTags": json.dumps(default)} if default else {})


CASES = [
    *of(
        "ASSIST-GOV-001",
        passes("a queue with all tags", queue(TAGS)),
        passes("tags of the provider", queue(None, tags=TAGS)),
        passes("tags of both", queue(FEWER, tags={"Owner": "o"})),
        passes("the stack's name as environment", queue({**TAGS, "Environment": STACK})),
        passes("values that are not known", queue({**TAGS, "Owner": UNKNOWN})),
        fails("a queue without tags", queue(None), says="Project, Environment, Owner, CostCenter, DataClass"),
        fails("a queue of another environment", queue({**TAGS, "Environment": "prod"}), says="Environment is not"),
        boundary("one tag less", Answer.FAIL, queue(FEWER)),
        boundary("a tag in other letters", Answer.FAIL, queue({**FEWER, "owner": "o"})),
        boundary("any other type that has tags", Answer.FAIL, R("new/Thing", "thing", {"tags": {"a": "b"}})),
        without_edge("tags that are not known", queue(UNKNOWN)),
        without_edge("an environment that is not known", queue({**TAGS, "Environment": UNKNOWN})),
        without_edge(
            "tags of a provider that are not known",
            R("sqs/Queue", "main", {"tags": FEWER}, provider={"defaultTags": UNKNOWN}),
        ),
        without_edge("tags that are a list", queue(["Owner"])),
        not_applicable("a type that takes no tags", R("sqs/QueuePolicy", "access", {"policy": "{}"})),
        not_applicable("a type of another provider", R("random:index/randomId:RandomId", "id")),
    )
]

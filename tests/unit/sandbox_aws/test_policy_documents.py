"""Policy documents are rendered and compared as the real provider does."""

from __future__ import annotations

import json

import pytest

from sandbox.aws.plan.documents import canonical, same_policy
from sandbox.aws.sources.policy_document import policy_document

RENDERED = """{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "Read",
      "Effect": "Allow",
      "Action": [
        "sqs:ReceiveMessage",
        "sqs:DeleteMessage"
      ],
      "Resource": "arn:aws:s3:::home/${aws:username}",
      "Principal": {
        "Service": "lambda.amazonaws.com"
      },
      "Condition": {
        "StringLike": {
          "aws:x": [
            "a",
            "b \\u003c c"
          ]
        }
      }
    }
  ]
}"""


def test_a_document_is_rendered_byte_for_byte() -> None:
    statement = {
        "sid": "Read",
        "actions": ["sqs:DeleteMessage", "sqs:ReceiveMessage"],
        "resources": ["arn:aws:s3:::home/&{aws:username}"],
        "principals": [{"type": "Service", "identifiers": ["lambda.amazonaws.com"]}],
        "conditions": [{"test": "StringLike", "variable": "aws:x", "values": ["a", "b < c"]}],
    }
    result = policy_document({"statements": [statement]})
    assert result["json"] == RENDERED
    assert json.loads(result["minifiedJson"]) == json.loads(RENDERED)
    assert " " not in result["minifiedJson"].replace("b \\u003c c", "")


def test_everybody_is_a_star() -> None:
    everybody = {"principals": [{"type": "*", "identifiers": ["*"]}], "effect": "Deny"}
    assert json.loads(policy_document({"statements": [everybody]})["json"])["Statement"] == [
        {"Effect": "Deny", "Principal": "*"}
    ]


def test_documents_are_laid_over_each_other_by_sid() -> None:
    source = json.dumps({"Statement": [{"Sid": "a", "Effect": "Allow"}, {"Effect": "Allow", "Action": "x"}]})
    over = json.dumps({"Id": "over", "Statement": {"Sid": "a", "Effect": "Deny", "Action": "y"}})
    result = policy_document(
        {"sourcePolicyDocuments": [source], "overridePolicyDocuments": [over], "statements": [{"actions": ["z"]}]}
    )
    document = json.loads(result["json"])
    assert document["Id"] == "over"
    assert [statement.get("Action") for statement in document["Statement"]] == ["y", "x", "z"]
    assert document["Statement"][0]["Effect"] == "Deny"


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"sourceJson": "{"}, "got text that is not JSON"),
        ({"overridePolicyDocuments": ["[]"]}, "got list, expected a JSON object"),
        ({"statements": [{"sid": "a"}, {"sid": "a"}]}, "got sid 'a' twice"),
    ],
)
def test_what_is_no_document_is_refused(args: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        policy_document(args)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"Action": "a", "Resource": "r"}, {"Resource": ["r"], "Action": ["A"]}, True),
        ({"Action": ["a", "b"]}, {"Action": ["b", "a"]}, True),
        ({"Principal": "*"}, {"Principal": {"AWS": "*"}}, True),
        ({"Condition": {"Bool": {"aws:SecureTransport": False}}},
         {"Condition": {"Bool": {"aws:securetransport": "false"}}}, True),
        ({"Resource": "r"}, {"Resource": "R"}, False),
        ({"Effect": "Allow"}, {"Effect": "Deny"}, False),
        ({"Condition": {"Bool": {"a": "1"}}}, {"Condition": {"StringEquals": {"a": "1"}}}, False),
    ],
)  # fmt: skip
def test_policies_that_grant_the_same_are_the_same(one: object, other: object, same: bool) -> None:
    first, second = (json.dumps({"Statement": [statement]}) for statement in (one, other))
    assert same_policy(first, second) is same


def test_a_canonical_text_has_one_spelling() -> None:
    assert canonical('{"b": 1,\n "a": [ ]}') == '{"a":[],"b":1}'
    assert canonical("not json") == "not json"

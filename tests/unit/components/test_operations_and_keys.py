"""AlarmTopic, QueueAlarms and OwnKey: alarms reach people, and the key lets them."""

from typing import Any

import pytest

from assistant_components import AlarmTopic, InputError, OwnKey, QueueAlarms
from tests.kit.catalogue import KEY, LEAST, TOPIC, making
from tests.kit.recording import record

ALARMS = LEAST["QueueAlarms"]


@pytest.mark.parametrize(("partition", "region"), [("aws", "eu-west-1"), ("aws-cn", "cn-north-1")])
def test_alarms_of_this_account_may_publish_and_nobody_without_tls(partition: str, region: str) -> None:
    graph = record(making("AlarmTopic", {}), partition=partition)
    arn = graph.output("chat")["topicArn"]
    assert graph.one("chat-policy").document()["Statement"] == [
        {
            "Sid": "Alarms", "Effect": "Allow", "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Action": "sns:Publish", "Resource": arn,
            "Condition": {
                "StringEquals": {"aws:SourceAccount": "123456789012"},
                "ArnLike": {"aws:SourceArn": f"arn:{partition}:cloudwatch:{region}:123456789012:alarm:*"},
            },
        },
        {
            "Sid": "OnlyEncryptedConnections", "Effect": "Deny", "Principal": "*", "Action": "sns:Publish",
            "Resource": arn, "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
    ]  # fmt: skip


def test_the_topic_never_has_the_key_of_sns_with_which_alarms_are_lost(preview: bool) -> None:
    assert "kmsMasterKeyId" not in record(making("AlarmTopic", {}), preview=preview).one("chat-topic").inputs
    graph = record(making("AlarmTopic", {"kms_key_arn": KEY}), preview=preview)
    assert graph.one("chat-topic").inputs["kmsMasterKeyId"] == KEY


def test_each_address_is_subscribed_under_its_own_name(preview: bool) -> None:
    graph = record(making("AlarmTopic", {"emails": ["b@example.com", "a@example.com"]}), preview=preview)
    for address in ("a@example.com", "b@example.com"):
        subscription = graph.one(f"chat-email-{address}")
        assert (subscription.inputs["protocol"], subscription.inputs["endpoint"]) == ("email", address)
        assert graph.points(subscription.name, "topic", "chat-topic")


@pytest.mark.parametrize(
    ("emails", "line"),
    [
        (["ops"], "emails[0]: got 'ops', expected"),
        (["a@b.co", "a@b.co"], "emails: got a list of 2 items, expected each address once"),
        (["a::b@c.de"], "emails[0]: got 'a::b@c.de', expected"),
    ],
)
def test_a_wrong_address_is_told(emails: list[str], line: str) -> None:
    with pytest.raises(InputError) as caught:
        AlarmTopic("chat", {"emails": emails})
    assert line in str(caught.value)


@pytest.mark.parametrize("suffix", ["dead-letters", "oldest-message"])
def test_an_alarm_tells_the_topic_when_it_begins_and_when_it_ends(suffix: str, preview: bool) -> None:
    alarm = record(making("QueueAlarms", ALARMS), preview=preview).one(f"chat-{suffix}").inputs
    assert alarm["alarmActions"] == alarm["okActions"] == [TOPIC]
    assert alarm["actionsEnabled"] is True
    assert alarm["treatMissingData"] == "notBreaching"
    assert alarm["namespace"] == "AWS/SQS"


def test_one_dead_letter_is_an_alarm(preview: bool) -> None:
    alarm = record(making("QueueAlarms", ALARMS), preview=preview).one("chat-dead-letters").inputs
    assert alarm["metricName"] == "ApproximateNumberOfMessagesVisible"
    assert alarm["dimensions"] == {"QueueName": "d.fifo"}
    assert (alarm["threshold"], alarm["comparisonOperator"]) == (0, "GreaterThanThreshold")
    assert (alarm["evaluationPeriods"], alarm["statistic"]) == (1, "Maximum")


def test_messages_that_wait_too_long_are_an_alarm(preview: bool) -> None:
    args = {**ALARMS, "oldest_message_s": 600}
    alarm = record(making("QueueAlarms", args), preview=preview).one("chat-oldest-message").inputs
    assert alarm["metricName"] == "ApproximateAgeOfOldestMessage"
    assert alarm["dimensions"] == {"QueueName": "q.fifo"}
    assert alarm["threshold"] == 600


def test_an_alarm_without_a_topic_is_refused() -> None:
    args: Any = {key: value for key, value in ALARMS.items() if key != "topic_arn"}
    with pytest.raises(InputError, match="topic_arn: got nothing, expected a text"):
        QueueAlarms("chat", args)


def test_the_key_rotates_every_year_and_takes_thirty_days_to_go(preview: bool) -> None:
    graph = record(making("OwnKey", {}), preview=preview)
    key = graph.one("chat-key").inputs
    assert (key["enableKeyRotation"], key["rotationPeriodInDays"], key["deletionWindowInDays"]) == (True, 365, 30)
    assert graph.points("chat-alias", "targetKeyId", "chat-key")


@pytest.mark.parametrize(
    ("partition", "region", "logs"),
    [
        ("aws", "eu-west-1", "logs.eu-west-1.amazonaws.com"),
        ("aws-cn", "cn-north-1", "logs.cn-north-1.amazonaws.com.cn"),
        ("aws-us-gov", "us-gov-west-1", "logs.us-gov-west-1.amazonaws.com"),
    ],
)
def test_the_key_serves_the_account_and_what_is_named_like_the_stack(partition: str, region: str, logs: str) -> None:
    graph = record(making("OwnKey", {"resource_prefix": "desk"}), partition=partition)
    statements = graph.one("chat-key").statements()
    assert set(statements) == {"Account", "Logs", "Alarms"}
    assert statements["Account"]["Principal"] == {"AWS": f"arn:{partition}:iam::123456789012:root"}
    assert statements["Logs"]["Principal"] == {"Service": logs}
    assert statements["Logs"]["Condition"] == {
        "ArnLike": {
            "kms:EncryptionContext:aws:logs:arn": f"arn:{partition}:logs:{region}:123456789012:log-group:*desk-*"
        }
    }
    assert statements["Alarms"]["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert statements["Alarms"]["Action"] == ["kms:Decrypt", "kms:GenerateDataKey*"]
    assert statements["Alarms"]["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "123456789012"},
        "ArnLike": {"aws:SourceArn": f"arn:{partition}:cloudwatch:{region}:123456789012:alarm:*desk-*"},
    }


def test_a_prefix_that_would_open_the_key_to_everything_is_refused() -> None:
    with pytest.raises(InputError, match=r"resource_prefix: got '\*', expected"):
        OwnKey("chat", {"resource_prefix": "*"})

"""MessageQueue and SessionTable: what they keep, for how long, how safely."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant_components import InputError, MessageQueue
from tests.kit.catalogue import KEY, making
from tests.kit.recording import record

DAY = 86_400


def test_a_message_nobody_can_process_reaches_the_dead_letter_queue(preview: bool) -> None:
    graph = record(making("MessageQueue", {"max_receives": 4}), preview=preview)
    assert graph.points("chat-main", "redrivePolicy", "chat-dead")
    assert graph.points("chat-redrive", "queueUrl", "chat-dead")
    assert graph.points("chat-redrive", "redriveAllowPolicy", "chat-main")
    if not preview:
        dead, main = graph.output("chat")["deadLetterQueueArn"], graph.output("chat")["queueArn"]
        redrive = graph.one("chat-main").document("redrivePolicy")
        assert redrive == {"deadLetterTargetArn": dead, "maxReceiveCount": 4}
        allowed = graph.one("chat-redrive").document("redriveAllowPolicy")
        assert allowed == {"redrivePermission": "byQueue", "sourceQueueArns": [main]}


def test_the_dead_letter_queue_keeps_messages_longer_than_any_queue_may(preview: bool) -> None:
    graph = record(making("MessageQueue", {"retention_days": 13}), preview=preview)
    assert graph.one("chat-main").inputs["messageRetentionSeconds"] == 13 * DAY
    assert graph.one("chat-dead").inputs["messageRetentionSeconds"] == 14 * DAY
    with pytest.raises(InputError, match=r"retention_days: got 14, expected less than or equal to 13"):
        MessageQueue("chat", {"retention_days": 14})


def test_messages_of_a_conversation_stay_in_order_and_conversations_run_side_by_side(preview: bool) -> None:
    for name in ("chat-main", "chat-dead"):
        inputs = record(making("MessageQueue", {}), preview=preview).one(name).inputs
        assert inputs["fifoQueue"] is True
        assert inputs["contentBasedDeduplication"] is False
        assert inputs["deduplicationScope"] == "messageGroup"
        assert inputs["fifoThroughputLimit"] == "perMessageGroupId"
        assert inputs["receiveWaitTimeSeconds"] > 0


@pytest.mark.parametrize("suffix", ["main", "dead"])
def test_a_queue_refuses_everybody_who_comes_without_tls(suffix: str) -> None:
    graph = record(making("MessageQueue", {}))
    policy = graph.one(f"chat-{suffix}-policy")
    assert graph.points(policy.name, "queueUrl", f"chat-{suffix}")
    assert policy.document() == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "OnlyEncryptedConnections", "Effect": "Deny", "Principal": "*", "Action": "sqs:*",
                "Resource": graph.one(f"chat-{suffix}-policy").document()["Statement"][0]["Resource"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ],
    }  # fmt: skip
    arn = graph.output("chat")["queueArn" if suffix == "main" else "deadLetterQueueArn"]
    assert policy.document()["Statement"][0]["Resource"] == arn


def test_queues_are_encrypted_with_the_callers_key_or_else_by_sqs(preview: bool) -> None:
    for name in ("chat-main", "chat-dead"):
        own = record(making("MessageQueue", {}), preview=preview).one(name).inputs
        assert own["sqsManagedSseEnabled"] is True
        assert "kmsMasterKeyId" not in own
        theirs = record(making("MessageQueue", {"kms_key_arn": KEY}), preview=preview).one(name).inputs
        assert theirs["kmsMasterKeyId"] == KEY
        assert "sqsManagedSseEnabled" not in theirs


@pytest.mark.parametrize("kind", ["MessageQueue", "SessionTable", "OwnKey"])
@pytest.mark.parametrize("protection", [True, False])
def test_deletion_protection_covers_what_holds_data_and_nothing_else(kind: str, protection: bool) -> None:
    graph = record(making(kind, {"deletion_protection": protection}))
    protected = {node.type.rpartition(":")[2] for node in graph.nodes.values() if node.protect}
    assert protected == ({"Queue", "Table", "Key"} & {n.type.rpartition(":")[2] for n in graph.nodes.values()}
                         if protection else set())  # fmt: skip
    for table in graph.of_type(":Table"):
        assert table.inputs["deletionProtectionEnabled"] is protection


def test_a_protected_parent_is_not_undone_by_switching_deletion_protection_off() -> None:
    graph = record(making("SessionTable", {"deletion_protection": False}, protect=True))
    assert graph.one("chat").protect


def test_the_table_has_the_keys_that_the_application_reads_and_writes(preview: bool) -> None:
    table = record(making("SessionTable", {}), preview=preview).one("chat-table").inputs
    assert (table["hashKey"], table["rangeKey"]) == ("pk", "sk")
    assert {(a["name"], a["type"]) for a in table["attributes"]} == {("pk", "S"), ("sk", "S")}


def test_sessions_expire_can_be_restored_and_are_paid_by_request(preview: bool) -> None:
    table = record(making("SessionTable", {}), preview=preview).one("chat-table").inputs
    assert table["ttl"] == {"enabled": True, "attributeName": "expires_at"}
    assert table["pointInTimeRecovery"] == {"enabled": True}
    assert table["billingMode"] == "PAY_PER_REQUEST"
    assert table["tags"]["data"] == "conversation"


def test_the_table_is_encrypted_with_the_callers_key_or_else_the_accounts(preview: bool) -> None:
    own = record(making("SessionTable", {}), preview=preview).one("chat-table").inputs
    assert own["serverSideEncryption"] == {"enabled": True}
    theirs = record(making("SessionTable", {"kms_key_arn": KEY}), preview=preview).one("chat-table").inputs
    assert theirs["serverSideEncryption"] == {"enabled": True, "kmsKeyArn": KEY}


def test_records_expire_and_can_be_lost_without_losing_a_conversation(preview: bool) -> None:
    table = record(making("RecordsTable", {"kms_key_arn": KEY}), preview=preview).one("chat-table")
    assert (table.inputs["hashKey"], table.inputs["rangeKey"]) == ("pk", "sk")
    assert table.inputs["ttl"] == {"enabled": True, "attributeName": "expires_at"}
    assert table.inputs["serverSideEncryption"] == {"enabled": True, "kmsKeyArn": KEY}
    assert table.inputs["tags"]["data"] == "temporary"
    assert not table.protect
    assert "pointInTimeRecovery" not in table.inputs


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "retention_days": st.integers(1, 13),
            "visibility_timeout_s": st.integers(1, 43_200),
            "max_receives": st.integers(3, 1_000),
            "deletion_protection": st.booleans(),
        },
    )
)
def test_any_allowed_queue_outlives_its_messages_in_the_dead_letter_queue(args: Any) -> None:
    graph = record(making("MessageQueue", args))
    main, dead = graph.one("chat-main").inputs, graph.one("chat-dead").inputs
    assert dead["messageRetentionSeconds"] > main["messageRetentionSeconds"]
    assert main["visibilityTimeoutSeconds"] == args.get("visibility_timeout_s", 360)
    assert graph.one("chat-main").document("redrivePolicy")["maxReceiveCount"] == args.get("max_receives", 5)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    st.sampled_from([("retention_days", 1, 13), ("visibility_timeout_s", 1, 43_200), ("max_receives", 3, 1_000)]),
    st.integers(-(10**6), 10**6),
)
def test_what_lies_outside_the_bounds_is_refused(field: tuple[str, int, int], value: int) -> None:
    name, least, most = field
    if not least <= value <= most:
        args: Any = {name: value}
        with pytest.raises(InputError, match=f"{name}: got {value}, expected"):
            MessageQueue("chat", args)

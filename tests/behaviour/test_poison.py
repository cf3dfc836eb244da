"""A message that cannot be answered ends in the dead-letter queue with its reason, and blocks nobody else."""

import json
import time

import pytest

from tests.kit.chat import Conversation
from tests.kit.deployment import Deployment

pytestmark = pytest.mark.behaviour


def dead_letters(deployed: Deployment) -> list[str]:
    """Bodies of the messages in the dead-letter queue; they stay there."""
    received = deployed.client("sqs").receive_message(
        QueueUrl=deployed.outputs()["dead_letter_queue_url"], MaxNumberOfMessages=10, VisibilityTimeout=0
    )
    return [message["Body"] for message in received.get("Messages", [])]


def test_a_message_that_is_no_message_reaches_the_dead_letter_queue_and_others_are_answered(
    deployed: Deployment,
) -> None:
    url, queue = deployed.outputs()["url"], deployed.outputs()["queue_url"]
    deployed.client("sqs").send_message(
        QueueUrl=queue, MessageBody="{broken", MessageGroupId="poison", MessageDeduplicationId="poison-1"
    )
    conversation = Conversation(url, "conversation-beside-poison")
    conversation.post("message-beside-poison", "still here?")
    assert "still here?" in conversation.wait(1)[0]["reply"]
    deadline = time.monotonic() + 120
    while not (found := dead_letters(deployed)):
        assert time.monotonic() < deadline, "the broken message did not reach the dead-letter queue"
        time.sleep(0.5)
    assert found == ["{broken"]
    deployed.client("sqs").purge_queue(QueueUrl=deployed.outputs()["dead_letter_queue_url"])
    with pytest.raises(ValueError, match="Expecting property name"):
        json.loads(found[0])

"""Whether dead letters are kept for longer than the messages they were."""

from collections.abc import Iterable

from assistant_policies.facts.model import Resource
from assistant_policies.facts.values import UNKNOWN
from assistant_policies.logic.queues import dead_letter_queues, retention
from assistant_policies.registry import Context
from assistant_policies.verdict import Verdict, fail, unknown


def outlived(queue: Resource, cx: Context) -> Iterable[Verdict]:
    """A failure for each dead-letter queue of a queue that keeps its messages no longer, or what is not known of it."""
    links, kept = dead_letter_queues(queue, cx.stack), retention(queue)
    for dead in links.certain:
        longer = retention(dead)
        if kept is UNKNOWN or longer is UNKNOWN:
            lacking = queue if kept is UNKNOWN else dead
            yield unknown(f"{lacking.lack('messageRetentionSeconds')} ({lacking.name})")
        elif longer <= kept:
            yield fail(f"messageRetentionSeconds of {dead.name} is {longer}, expected more than {kept}")
    if not links.certain and links.undecided:
        yield unknown("redrivePolicy may name one of several queues, or one outside of this stack")

"""Functions behind what is called: an alias stands for its function."""

from assistant_policies.facts.model import Resource
from assistant_policies.facts.stack import Links, Stack

FUNCTION, ALIAS = "aws:lambda/function:Function", "aws:lambda/alias:Alias"


def behind(links: Links, stack: Stack) -> Links:
    """The functions that the linked functions and aliases run."""
    certain: dict[Resource, None] = {}
    possible: dict[Resource, None] = {}
    elsewhere = links.elsewhere
    for resource in (*links.certain, *links.possible):
        sure = resource in links.certain
        runs = Links((resource,)) if resource.type == FUNCTION else stack.targets(resource, "functionName", FUNCTION)
        certain |= dict.fromkeys(runs.certain if sure else ())
        possible |= dict.fromkeys((*runs.certain, *runs.possible))
        elsewhere = elsewhere or runs.elsewhere
    return Links(tuple(certain), tuple(other for other in possible if other not in certain), elsewhere)

"""Functions behind what is called: an alias stands for its function."""

from assistant_policies.facts.model import Links, Resource, Stack

FUNCTION, ALIAS = "aws:lambda/function:Function", "aws:lambda/alias:Alias"


def behind(links: Links, stack: Stack) -> list[Resource]:
    """The functions that the linked functions and aliases run; empty when that is not certain."""
    found: list[Resource] = []
    for resource in links.certain:
        if resource.type == FUNCTION:
            found.append(resource)
        else:
            found += stack.targets(resource, "functionName", FUNCTION).certain
    return list(dict.fromkeys(found))

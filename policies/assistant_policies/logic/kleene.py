"""Strong Kleene logic on True, False and None (not known): how rules combine what they know."""

from collections.abc import Iterable

Truth = bool | None


def every(truths: Iterable[Truth]) -> Truth:
    """`and`: any False is False, else any None is None, else True."""
    found: Truth = True
    for truth in truths:
        if truth is False:
            return False
        found = None if truth is None else found
    return found


def some(truths: Iterable[Truth]) -> Truth:
    """`or`: any True is True, else any None is None, else False."""
    return opposite(every(opposite(truth) for truth in truths))


def opposite(truth: Truth) -> Truth:
    """`not`: swaps True and False, keeps None."""
    return None if truth is None else not truth

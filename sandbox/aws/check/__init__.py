"""Judges a resource's inputs: every mistake at once, each with its property, what was got and what was expected."""

from sandbox.aws.check.judge import judge

__all__ = ["judge"]

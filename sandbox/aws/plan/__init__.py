"""Plans: what a resource will look like, which parts of it are not known yet, and what that changes."""

from sandbox.aws.plan.diff import difference, keeps_its_name, that_count
from sandbox.aws.plan.planned import Setting, plan

__all__ = ["Setting", "difference", "keeps_its_name", "plan", "that_count"]

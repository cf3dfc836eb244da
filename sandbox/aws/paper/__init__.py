"""Resources on paper: ids, ARNs and outputs of the right shape where no cloud holds anything."""

from sandbox.aws.paper.fabricate import fabricate

__all__ = ["fabricate"]

"""Where a deployment is: what ARNs begin with."""

from collections.abc import Callable
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws


@dataclass(frozen=True)
class Place:
    """Partition, region and account of the provider."""

    partition: pulumi.Input[str]
    region: pulumi.Input[str]
    account: pulumi.Input[str]


Locate = Callable[[], Place]
"""Looks it up, for those that need it."""


def looked_up(opts: pulumi.InvokeOutputOptions) -> Place:
    """Asks the provider of the component that the options name."""
    return Place(
        aws.get_partition_output(opts=opts).partition,
        aws.get_region_output(opts=opts).region,
        aws.get_caller_identity_output(opts=opts).account_id,
    )

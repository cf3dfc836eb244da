"""Shapes of networks, machines and their parts."""

from __future__ import annotations

from sandbox.aws.paper.template import REGIONAL, Shape, same


def _ec2(prefix: str, resource: str) -> Shape:
    return {"id": prefix + "-{hex17}", "arn": REGIONAL % ("ec2", f"{resource}/{{id}}"), "ownerId": "{account}"}


NETWORK: dict[str, Shape] = {
    "aws:ebs/volume:Volume": same("vol-{hex17}", arn=REGIONAL % ("ec2", "volume/{id}"), createTime="{now}"),
    "aws:ec2/launchTemplate:LaunchTemplate": {
        **_ec2("lt", "launch-template"),
        "defaultVersion": "1",
        "latestVersion": "1",
    },
    "aws:ec2/routeTable:RouteTable": _ec2("rtb", "route-table"),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": same("rtbassoc-{hex17}"),
    "aws:ec2/securityGroup:SecurityGroup": _ec2("sg", "security-group"),
    "aws:ec2/subnet:Subnet": {
        **_ec2("subnet", "subnet"),
        "availabilityZone": "{region}a",
        "availabilityZoneId": "{zone_id}",
        "privateDnsHostnameTypeOnLaunch": "ip-name",
    },
    "aws:ec2/vpc:Vpc": {
        **_ec2("vpc", "vpc"),
        "defaultNetworkAclId": "acl-{hex17}",
        "mainRouteTableId": "rtb-{hex17}",
        "defaultRouteTableId": "{mainRouteTableId}",
        "defaultSecurityGroupId": "sg-{hex17}",
        "dhcpOptionsId": "dopt-{hex17}",
    },
    "aws:ec2/vpcEndpoint:VpcEndpoint": {
        **_ec2("vpce", "vpc-endpoint"),
        "prefixListId": "pl-{hex17}",
        "state": "available",
        "ipAddressType": "ipv4",
    },
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": same(
        "sgr-{hex17}", arn=REGIONAL % ("ec2", "security-group-rule/{id}"), securityGroupRuleId="{id}"
    ),
}

"""Shapes of ids, ARNs and other outputs of each resource type, for resources that exist only on paper.

A template names the resource's own values (`{name}`), the place (`{region}`, `{account}`, `{partition}`, `{suffix}`),
the outputs above it in its own list, and made-up parts: `{hexN}`, `{wordN}` (small letters and digits), `{UPPERN}`,
`{uuid}`, `{now}`. `{function}` is the bare name of the function that `functionName` points at.
"""

from __future__ import annotations

Template = str
Shape = dict[str, Template]

_REGIONAL = "arn:{partition}:%s:{region}:{account}:%s"
_FUNCTION = _REGIONAL % ("lambda", "function:{name}")
_INVOKE = "arn:{partition}:apigateway:{region}:lambda:path/2015-03-31/functions/%s/invocations"
_STREAM = "arn:{partition}:apigateway:{region}:lambda:path/2021-11-15/functions/%s/response-streaming-invocations"
_ALIAS = _REGIONAL % ("lambda", "function:{function}:{name}")


def _ec2(prefix: str, resource: str) -> Shape:
    return {"id": prefix + "-{hex17}", "arn": _REGIONAL % ("ec2", f"{resource}/{{id}}"), "ownerId": "{account}"}


def _same(id: Template, **others: Template) -> Shape:
    return {"id": id, **others}


SHAPES: dict[str, Shape] = {
    "aws:apigatewayv2/api:Api": {
        "id": "{word10}",
        "arn": "arn:{partition}:apigateway:{region}::/apis/{id}",
        "apiEndpoint": "https://{id}.execute-api.{region}.{suffix}",
        "executionArn": _REGIONAL % ("execute-api", "{id}"),
        "ipAddressType": "ipv4",
    },
    "aws:apigatewayv2/apiMapping:ApiMapping": _same("{word6}"),
    "aws:apigatewayv2/authorizer:Authorizer": _same("{word6}"),
    "aws:apigatewayv2/deployment:Deployment": _same("{word6}"),
    "aws:apigatewayv2/domainName:DomainName": _same(
        "{domainName}", arn="arn:{partition}:apigateway:{region}::/domainnames/{domainName}"
    ),
    "aws:apigatewayv2/integration:Integration": _same("{word7}", integrationMethod="POST"),
    "aws:apigatewayv2/route:Route": _same("{word7}"),
    "aws:apigatewayv2/stage:Stage": {
        "id": "{name}",
        "arn": "arn:{partition}:apigateway:{region}::/apis/{apiId}/stages/{name}",
        "executionArn": _REGIONAL % ("execute-api", "{apiId}/{name}"),
        "invokeUrl": "https://{apiId}.execute-api.{region}.{suffix}/{stage_path}",
    },
    "aws:appautoscaling/policy:Policy": _same(
        "{name}",
        arn=_REGIONAL
        % ("autoscaling", "scalingPolicy:{uuid}:resource/{serviceNamespace}/{resourceId}:policyName/{name}"),
    ),
    "aws:appautoscaling/scheduledAction:ScheduledAction": _same(
        "{name}-{serviceNamespace}-{resourceId}",
        arn=_REGIONAL
        % ("autoscaling", "scheduledAction:{uuid}:resource/{serviceNamespace}/{resourceId}:scheduledActionName/{name}"),
    ),
    "aws:appautoscaling/target:Target": _same(
        "{resourceId}", arn=_REGIONAL % ("application-autoscaling", "scalable-target/{hex32}")
    ),
    "aws:budgets/budget:Budget": _same(
        "{account}:{name}", accountId="{account}", arn="arn:{partition}:budgets::{account}:budget/{name}"
    ),
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": _same(
        "{alarmName}", arn=_REGIONAL % ("cloudwatch", "alarm:{alarmName}")
    ),
    "aws:cloudwatch/dashboard:Dashboard": _same(
        "{dashboardName}", dashboardArn="arn:{partition}:cloudwatch::{account}:dashboard/{dashboardName}"
    ),
    "aws:cloudwatch/eventBus:EventBus": _same("{name}", arn=_REGIONAL % ("events", "event-bus/{name}")),
    "aws:cloudwatch/eventRule:EventRule": _same("{name}", arn=_REGIONAL % ("events", "rule/{name}")),
    "aws:cloudwatch/eventTarget:EventTarget": _same("{rule}-{targetId}", targetId="terraform-{hex26}"),
    "aws:cloudwatch/logGroup:LogGroup": _same(
        "{name}", arn=_REGIONAL % ("logs", "log-group:{name}"), logGroupClass="STANDARD"
    ),
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": _same("{name}"),
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": _same("{policyName}"),
    "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter": _same("cwlsf-{hex8}"),
    "aws:cloudwatch/metricAlarm:MetricAlarm": _same("{name}", arn=_REGIONAL % ("cloudwatch", "alarm:{name}")),
    "aws:dynamodb/table:Table": _same("{name}", arn=_REGIONAL % ("dynamodb", "table/{name}")),
    "aws:dynamodb/tableItem:TableItem": _same("{tableName}|{hashKey}||"),
    "aws:ebs/volume:Volume": _same("vol-{hex17}", arn=_REGIONAL % ("ec2", "volume/{id}"), createTime="{now}"),
    "aws:ec2/launchTemplate:LaunchTemplate": {
        **_ec2("lt", "launch-template"),
        "defaultVersion": "1",
        "latestVersion": "1",
    },
    "aws:ec2/routeTable:RouteTable": _ec2("rtb", "route-table"),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": _same("rtbassoc-{hex17}"),
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
    "aws:iam/instanceProfile:InstanceProfile": _same(
        "{name}",
        arn="arn:{partition}:iam::{account}:instance-profile{path}{name}",
        uniqueId="AIPA{UPPER17}",
        createDate="{now}",
    ),
    "aws:iam/policy:Policy": {
        "arn": "arn:{partition}:iam::{account}:policy{path}{name}",
        "id": "{arn}",
        "policyId": "ANPA{UPPER17}",
    },
    "aws:iam/policyAttachment:PolicyAttachment": _same("{name}"),
    "aws:iam/role:Role": _same(
        "{name}",
        arn="arn:{partition}:iam::{account}:role{path}{name}",
        uniqueId="AROA{UPPER17}",
        createDate="{now}",
    ),
    "aws:iam/rolePolicy:RolePolicy": _same("{role}:{name}"),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": _same("{role}/{policyArn}"),
    "aws:kms/alias:Alias": _same(
        "{name}", arn=_REGIONAL % ("kms", "{name}"), targetKeyArn=_REGIONAL % ("kms", "key/{target_key}")
    ),
    "aws:kms/grant:Grant": {"grantId": "{hex64}", "id": "{keyId}:{grantId}", "grantToken": "{hex64}"},
    "aws:kms/key:Key": _same("{uuid}", keyId="{id}", arn=_REGIONAL % ("kms", "key/{id}")),
    "aws:kms/keyPolicy:KeyPolicy": _same("{keyId}"),
    "aws:kms/replicaKey:ReplicaKey": _same("mrk-{hex32}", keyId="{id}", arn=_REGIONAL % ("kms", "key/{id}")),
    "aws:lambda/alias:Alias": _same(_ALIAS, arn="{id}", invokeArn=_INVOKE % "{id}"),
    "aws:lambda/eventSourceMapping:EventSourceMapping": {
        "uuid": "{uuid}",
        "id": "{uuid}",
        "arn": _REGIONAL % ("lambda", "event-source-mapping:{uuid}"),
        "functionArn": "{function_arn}",
        "lastModified": "{now}",
        "state": "Enabled",
        "stateTransitionReason": "USER_INITIATED",
    },
    "aws:lambda/function:Function": {
        "id": "{name}",
        "arn": _FUNCTION,
        "version": "{version}",
        "qualifiedArn": "{arn}:{version}",
        "invokeArn": _INVOKE % "{arn}",
        "qualifiedInvokeArn": _INVOKE % "{arn}:{version}",
        "responseStreamingInvokeArn": _STREAM % "{arn}",
        "lastModified": "{now}",
        "codeSha256": "{code_hash}",
    },
    "aws:lambda/functionUrl:FunctionUrl": {
        "id": "{function}",
        "functionArn": _REGIONAL % ("lambda", "function:{function}"),
        "urlId": "{word32}",
        "functionUrl": "https://{urlId}.lambda-url.{region}.on.aws/",
    },
    "aws:lambda/layerVersion:LayerVersion": {
        "layerArn": _REGIONAL % ("lambda", "layer:{layerName}"),
        "version": "1",
        "arn": "{layerArn}:1",
        "id": "{arn}",
        "createdDate": "{now}",
        "codeSha256": "{code_hash}",
    },
    "aws:lambda/permission:Permission": {
        "statementId": "terraform-{hex26}",
        "id": "{statementId}",
        "statementIdPrefix": "terraform-",
    },
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig": _same("{function},{qualifier}"),
    "aws:s3/bucket:Bucket": {
        "id": "{bucket}",
        "arn": "arn:{partition}:s3:::{bucket}",
        "bucketDomainName": "{bucket}.s3.{suffix}",
        "bucketRegionalDomainName": "{bucket}.s3.{region}.{suffix}",
        "bucketRegion": "{region}",
        "bucketNamespace": "global",
        "hostedZoneId": "Z3AQBSTGFYJSTF",
        "requestPayer": "BucketOwner",
    },
    **{
        f"aws:s3/{name[0].lower()}{name[1:]}:{name}": _same("{bucket}")
        for name in (
            "BucketLifecycleConfiguration", "BucketNotification", "BucketOwnershipControls", "BucketPolicy",
            "BucketPublicAccessBlock", "BucketServerSideEncryptionConfiguration", "BucketVersioning",
        )
    },
    **{
        f"aws:s3/{name[0].lower()}{name[1:]}:{name}": _same(
            "{bucket}/{key}", arn="arn:{partition}:s3:::{bucket}/{key}", etag="{hex32}"
        )
        for name in ("BucketObject", "BucketObjectv2")
    },
    "aws:scheduler/schedule:Schedule": {
        "groupName": "default",
        "id": "{groupName}/{name}",
        "arn": _REGIONAL % ("scheduler", "schedule/{groupName}/{name}"),
    },
    "aws:scheduler/scheduleGroup:ScheduleGroup": _same(
        "{name}",
        arn=_REGIONAL % ("scheduler", "schedule-group/{name}"),
        creationDate="{now}",
        lastModificationDate="{now}",
        state="ACTIVE",
    ),
    "aws:secretsmanager/secret:Secret": {
        "arn": _REGIONAL % ("secretsmanager", "secret:{name}-{word6}"),
        "id": "{arn}",
    },
    "aws:secretsmanager/secretPolicy:SecretPolicy": _same("{secretArn}"),
    "aws:secretsmanager/secretVersion:SecretVersion": {
        "versionId": "terraform-{hex26}",
        "id": "{secretId}|{versionId}",
        "arn": "{secretId}",
        "secretArn": "{secretId}",
    },
    "aws:sns/topic:Topic": {"arn": _REGIONAL % ("sns", "{name}"), "id": "{arn}", "owner": "{account}"},
    "aws:sns/topicPolicy:TopicPolicy": _same("{arn}", owner="{account}"),
    "aws:sns/topicSubscription:TopicSubscription": {"arn": "{topic}:{uuid}", "id": "{arn}", "ownerId": "{account}"},
    "aws:sqs/queue:Queue": {
        "id": "https://sqs.{region}.{suffix}/{account}/{name}",
        "url": "{id}",
        "arn": _REGIONAL % ("sqs", "{name}"),
        "kmsDataKeyReusePeriodSeconds": "300",
        "deduplicationScope": "{dedup_scope}",
        "fifoThroughputLimit": "{fifo_limit}",
        "sqsManagedSseEnabled": "true",
    },
    "aws:sqs/queuePolicy:QueuePolicy": _same("{queueUrl}"),
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": _same("{queueUrl}"),
    "aws:sqs/redrivePolicy:RedrivePolicy": _same("{queueUrl}"),
    "aws:ssm/parameter:Parameter": _same(
        "{name}",
        arn=_REGIONAL % ("ssm", "parameter/{bare_name}"),
        version="1",
        tier="Standard",
        dataType="text",
    ),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _same(
        "sgr-{hex17}", arn=_REGIONAL % ("ec2", "security-group-rule/{id}"), securityGroupRuleId="{id}"
    ),
}  # fmt: skip
"""Type token -> output name -> template."""

OTHERS: Shape = {"id": "{label}", "arn": _REGIONAL % ("{service}", "{kind}/{id}")}
"""For a type that is not listed."""

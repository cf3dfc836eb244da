"""Shapes of ids, ARNs and other outputs of each resource type, for resources that exist only on paper."""

from __future__ import annotations

from sandbox.aws.paper.shapes_network import NETWORK
from sandbox.aws.paper.template import REGIONAL, Shape, same

_FUNCTION = REGIONAL % ("lambda", "function:{name}")
_INVOKE = "arn:{partition}:apigateway:{region}:lambda:path/2015-03-31/functions/%s/invocations"
_STREAM = "arn:{partition}:apigateway:{region}:lambda:path/2021-11-15/functions/%s/response-streaming-invocations"
_ALIAS = REGIONAL % ("lambda", "function:{function}:{name}")


SHAPES: dict[str, Shape] = {
    "aws:apigatewayv2/api:Api": {
        "id": "{word10}",
        "arn": "arn:{partition}:apigateway:{region}::/apis/{id}",
        "apiEndpoint": "{api_scheme}://{id}.execute-api.{region}.{suffix}",
        "executionArn": REGIONAL % ("execute-api", "{id}"),
        "ipAddressType": "ipv4",
    },
    "aws:apigatewayv2/apiMapping:ApiMapping": same("{word6}"),
    "aws:apigatewayv2/authorizer:Authorizer": same("{word6}"),
    "aws:apigatewayv2/deployment:Deployment": same("{word6}"),
    "aws:apigatewayv2/domainName:DomainName": same(
        "{domainName}", arn="arn:{partition}:apigateway:{region}::/domainnames/{domainName}"
    ),
    "aws:apigatewayv2/integration:Integration": same("{word7}"),
    "aws:apigatewayv2/route:Route": same("{word7}"),
    "aws:apigatewayv2/stage:Stage": {
        "id": "{name}",
        "arn": "arn:{partition}:apigateway:{region}::/apis/{apiId}/stages/{name}",
        "executionArn": REGIONAL % ("execute-api", "{apiId}/{name}"),
        "invokeUrl": "https://{apiId}.execute-api.{region}.{suffix}/{stage_path}",
    },
    "aws:appautoscaling/policy:Policy": same(
        "{name}",
        arn=REGIONAL
        % ("autoscaling", "scalingPolicy:{uuid}:resource/{serviceNamespace}/{resourceId}:policyName/{name}"),
    ),
    "aws:appautoscaling/scheduledAction:ScheduledAction": same(
        "{name}-{serviceNamespace}-{resourceId}",
        arn=REGIONAL
        % ("autoscaling", "scheduledAction:{uuid}:resource/{serviceNamespace}/{resourceId}:scheduledActionName/{name}"),
    ),
    "aws:appautoscaling/target:Target": same(
        "{resourceId}", arn=REGIONAL % ("application-autoscaling", "scalable-target/{hex32}")
    ),
    "aws:budgets/budget:Budget": same(
        "{account}:{name}", accountId="{account}", arn="arn:{partition}:budgets::{account}:budget/{name}"
    ),
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": same(
        "{alarmName}", arn=REGIONAL % ("cloudwatch", "alarm:{alarmName}")
    ),
    "aws:cloudwatch/dashboard:Dashboard": same(
        "{dashboardName}", dashboardArn="arn:{partition}:cloudwatch::{account}:dashboard/{dashboardName}"
    ),
    "aws:cloudwatch/eventBus:EventBus": same("{name}", arn=REGIONAL % ("events", "event-bus/{name}")),
    "aws:cloudwatch/eventRule:EventRule": same("{name}", arn=REGIONAL % ("events", "rule/{name}")),
    "aws:cloudwatch/eventTarget:EventTarget": same("{rule}-{targetId}", targetId="terraform-{hex26}"),
    "aws:cloudwatch/logGroup:LogGroup": same(
        "{name}", arn=REGIONAL % ("logs", "log-group:{name}"), logGroupClass="STANDARD"
    ),
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": same("{name}"),
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": same("{policyName}"),
    "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter": same("cwlsf-{hex8}"),
    "aws:cloudwatch/metricAlarm:MetricAlarm": same("{name}", arn=REGIONAL % ("cloudwatch", "alarm:{name}")),
    "aws:dynamodb/table:Table": same("{name}", arn=REGIONAL % ("dynamodb", "table/{name}")),
    "aws:dynamodb/tableItem:TableItem": same("{tableName}|{hashKey}||"),
    "aws:iam/instanceProfile:InstanceProfile": same(
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
    "aws:iam/policyAttachment:PolicyAttachment": same("{name}"),
    "aws:iam/role:Role": same(
        "{name}",
        arn="arn:{partition}:iam::{account}:role{path}{name}",
        uniqueId="AROA{UPPER17}",
        createDate="{now}",
    ),
    "aws:iam/rolePolicy:RolePolicy": same("{role}:{name}"),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": same("{role}/{policyArn}"),
    "aws:kms/alias:Alias": same(
        "{name}", arn=REGIONAL % ("kms", "{name}"), targetKeyArn=REGIONAL % ("kms", "key/{target_key}")
    ),
    "aws:kms/grant:Grant": {"grantId": "{hex64}", "id": "{keyId}:{grantId}", "grantToken": "{hex64}"},
    "aws:kms/key:Key": same("{uuid}", keyId="{id}", arn=REGIONAL % ("kms", "key/{id}")),
    "aws:kms/keyPolicy:KeyPolicy": same("{keyId}"),
    "aws:kms/replicaKey:ReplicaKey": same("mrk-{hex32}", keyId="{id}", arn=REGIONAL % ("kms", "key/{id}")),
    "aws:lambda/alias:Alias": same(_ALIAS, arn="{id}", invokeArn=_INVOKE % "{id}"),
    "aws:lambda/eventSourceMapping:EventSourceMapping": {
        "uuid": "{uuid}",
        "id": "{uuid}",
        "arn": REGIONAL % ("lambda", "event-source-mapping:{uuid}"),
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
        "functionArn": REGIONAL % ("lambda", "function:{function}"),
        "urlId": "{word32}",
        "functionUrl": "https://{urlId}.lambda-url.{region}.on.aws/",
    },
    "aws:lambda/layerVersion:LayerVersion": {
        "layerArn": REGIONAL % ("lambda", "layer:{layerName}"),
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
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig": same("{function},{qualifier}"),
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
        f"aws:s3/{name[0].lower()}{name[1:]}:{name}": same("{bucket}")
        for name in (
            "BucketLifecycleConfiguration", "BucketNotification", "BucketOwnershipControls", "BucketPolicy",
            "BucketPublicAccessBlock", "BucketServerSideEncryptionConfiguration", "BucketVersioning",
        )
    },
    **{
        f"aws:s3/{name[0].lower()}{name[1:]}:{name}": same(
            "{bucket}/{key}", arn="arn:{partition}:s3:::{bucket}/{key}", etag="{hex32}"
        )
        for name in ("BucketObject", "BucketObjectv2")
    },
    "aws:scheduler/schedule:Schedule": {
        "groupName": "default",
        "id": "{groupName}/{name}",
        "arn": REGIONAL % ("scheduler", "schedule/{groupName}/{name}"),
    },
    "aws:scheduler/scheduleGroup:ScheduleGroup": same(
        "{name}",
        arn=REGIONAL % ("scheduler", "schedule-group/{name}"),
        creationDate="{now}",
        lastModificationDate="{now}",
        state="ACTIVE",
    ),
    "aws:secretsmanager/secret:Secret": {
        "arn": REGIONAL % ("secretsmanager", "secret:{name}-{word6}"),
        "id": "{arn}",
    },
    "aws:secretsmanager/secretPolicy:SecretPolicy": same("{secretArn}"),
    "aws:secretsmanager/secretVersion:SecretVersion": {
        "versionId": "terraform-{hex26}",
        "id": "{secretId}|{versionId}",
        "arn": "{secretId}",
        "secretArn": "{secretId}",
    },
    "aws:sns/topic:Topic": {"arn": REGIONAL % ("sns", "{name}"), "id": "{arn}", "owner": "{account}"},
    "aws:sns/topicPolicy:TopicPolicy": same("{arn}", owner="{account}"),
    "aws:sns/topicSubscription:TopicSubscription": {"arn": "{topic}:{uuid}", "id": "{arn}", "ownerId": "{account}"},
    "aws:sqs/queue:Queue": {
        "id": "https://sqs.{region}.{suffix}/{account}/{name}",
        "url": "{id}",
        "arn": REGIONAL % ("sqs", "{name}"),
        "kmsDataKeyReusePeriodSeconds": "300",
        "deduplicationScope": "{dedup_scope}",
        "fifoThroughputLimit": "{fifo_limit}",
        "sqsManagedSseEnabled": "true",
    },
    "aws:sqs/queuePolicy:QueuePolicy": same("{queueUrl}"),
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": same("{queueUrl}"),
    "aws:sqs/redrivePolicy:RedrivePolicy": same("{queueUrl}"),
    "aws:ssm/parameter:Parameter": same(
        "{name}",
        arn=REGIONAL % ("ssm", "parameter/{bare_name}"),
        version="1",
        tier="Standard",
        dataType="text",
    ),
    **NETWORK,
}  # fmt: skip
"""Type token -> output name -> template."""

OTHERS: Shape = {"id": "{label}", "arn": REGIONAL % ("{service}", "{kind}/{id}")}
"""For a type that is not listed."""

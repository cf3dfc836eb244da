"""The resources of the composed program written by hand, without components: the measure of what components cost."""

import pulumi
import pulumi_aws as aws
from parts import (
    TAGS,
    account,
    alarm,
    allow,
    document,
    function,
    key,
    over_tls_only,
    partition,
    queues,
    region,
    routed,
    source,
    table,
)

MODEL = "amazon.nova-lite-v1:0"
SECRETS = {
    name: f"arn:aws:secretsmanager:us-east-1:123456789012:secret:{name}-AbCdEf"
    for name in ("tg-bot", "tg-check", "sl-sign", "sl-bot")
}
ROUTES = (
    "GET /ready", "GET /live", "GET /readyz", "GET /", "POST /web/session", "POST /web/messages", "GET /web/messages",
    "POST /telegram", "POST /slack", "POST /slack/events", "POST /slack/commands",
)  # fmt: skip
WORKS = "sqs: ReceiveMessage DeleteMessage GetQueueAttributes ChangeMessageVisibility"

own = key("key")
main, dead = queues("queue", own, 360, 5)
replies, replies_dead = queues("replies", own, 360, 25)
sessions = table(
    "sessions", own, "conversation", point_in_time_recovery={"enabled": True}, deletion_protection_enabled=False
)
records = table("records", own, "temporary")
tokens = aws.secretsmanager.Secret(
    "token-key",
    description="Signs the tokens of web conversations",
    kms_key_id=own.arn,
    recovery_window_in_days=30,
    tags=TAGS,
)

installations = [
    {"channel": "web", "secrets": {"token_key": pulumi.Output.concat("secretsmanager:", tokens.arn)}},
    {
        "channel": "telegram",
        "secrets": {
            "bot_token": f"secretsmanager:{SECRETS['tg-bot']}",
            "secret_token": f"secretsmanager:{SECRETS['tg-check']}",
        },
    },
    {
        "channel": "slack",
        "secrets": {
            "signing_secret": f"secretsmanager:{SECRETS['sl-sign']}",
            "bot_token": f"secretsmanager:{SECRETS['sl-bot']}",
        },
    },
]
shared: dict[str, pulumi.Input[str]] = {
    "ASSISTANT_CHANNELS": pulumi.Output.json_dumps(installations, separators=(",", ":")),
    "ASSISTANT_SESSIONS_TABLE": sessions.name,
    "ASSISTANT_SESSION_DAYS": "30",
}
kept: dict[str, pulumi.Input[str]] = {**shared, "ASSISTANT_RECORDS_TABLE": records.name}
decrypts, encrypts = allow("kms: Decrypt", own.arn), allow("kms: Decrypt GenerateDataKey", own.arn)
signs = allow("secretsmanager: GetSecretValue PutSecretValue", tokens.arn)
keys_of_secrets = allow(
    "kms: Decrypt",
    pulumi.Output.concat("arn:", partition, ":kms:", region, ":*:key/*"),
    StringLike={"kms:ViaService": pulumi.Output.concat("secretsmanager.", region, ".amazonaws.com*")},
)


def reads(*names: str) -> list[dict[str, object]]:
    return [allow("secretsmanager: GetSecretValue", *(SECRETS[name] for name in names)), keys_of_secrets]


sockets = aws.apigatewayv2.Api(
    "ws", protocol_type="WEBSOCKET", route_selection_expression="$request.body.action", tags=TAGS
)
endpoint = pulumi.Output.concat(sockets.api_endpoint, "/live").apply(lambda url: url.replace("ws", "http", 1))
posting, closing = (
    pulumi.Output.concat(sockets.execution_arn, f"/live/{method}/@connections/*") for method in ("POST", "DELETE")
)
streaming = function(
    "stream",
    own,
    (256, 10),
    [
        allow("dynamodb: Query", sessions.arn),
        allow("dynamodb: GetItem PutItem DeleteItem", records.arn),
        signs,
        encrypts,
        allow("execute-api: ManageConnections", posting, closing),
    ],
    {**kept, "ASSISTANT_STREAM_ENDPOINT": endpoint},
)
live = routed("ws", sockets, streaming, ("$connect", "$disconnect", "$default"), "live", 29_000)
address = pulumi.Output.all(sockets.api_endpoint, live.id).apply(lambda known: f"{known[0]}/live")

ingress = function(
    "ingress",
    own,
    (256, 10),
    [
        allow("sqs: SendMessage GetQueueAttributes", main.arn),
        allow("dynamodb: Query", sessions.arn),
        allow("dynamodb: GetItem PutItem UpdateItem DeleteItem", records.arn),
        *reads("tg-check", "sl-sign"),
        signs,
        encrypts,
    ],
    {**kept, "ASSISTANT_QUEUE_URL": main.url, "ASSISTANT_STREAM_URL": address},
)
profile = pulumi.Output.concat("arn:", partition, ":bedrock:", region, ":", account, f":inference-profile/us.{MODEL}")
inference = function(
    "inference",
    own,
    (512, 60),
    [
        allow(WORKS, main.arn),
        allow("dynamodb: GetItem Query PutItem UpdateItem", sessions.arn),
        allow("dynamodb: UpdateItem GetItem PutItem Query DeleteItem", records.arn),
        allow("sqs: SendMessage", replies.arn),
        allow("execute-api: ManageConnections", posting),
        *reads("tg-bot"),
        encrypts,
        allow("bedrock: InvokeModel InvokeModelWithResponseStream", profile),
        allow(
            "bedrock: InvokeModel InvokeModelWithResponseStream",
            pulumi.Output.concat("arn:", partition, f":bedrock:*::foundation-model/{MODEL}"),
            ArnEquals={"bedrock:InferenceProfileArn": profile},
        ),
    ],
    {
        **kept,
        "ASSISTANT_MAX_RECEIVES": "5",
        "ASSISTANT_REPLIES_QUEUE_URL": replies.url,
        "ASSISTANT_STREAM_ENDPOINT": endpoint,
        "ASSISTANT_MODEL_PROVIDER": "bedrock",
        "ASSISTANT_MODEL_ID": f"us.{MODEL}",
        "ASSISTANT_MODEL_TIMEOUT_S": "30",
        "ASSISTANT_MODEL_USD_PER_MILLION_INPUT": "0.06",
        "ASSISTANT_MODEL_USD_PER_MILLION_OUTPUT": "0.24",
        "ASSISTANT_CACHE": "table",
        "ASSISTANT_CACHE_TTL_S": "3600",
        "ASSISTANT_DAILY_USD": "20",
    },
)
sender = function(
    "sender",
    own,
    (256, 60),
    [
        allow(WORKS, replies.arn),
        allow("dynamodb: GetItem UpdateItem", sessions.arn),
        *reads("tg-bot", "sl-bot"),
        decrypts,
    ],
    {**shared, "ASSISTANT_MAX_RECEIVES": "25"},
)
source("source", main, inference)
source("replies-source", replies, sender)

http = aws.apigatewayv2.Api("api", protocol_type="HTTP", tags=TAGS)
access_logs = aws.cloudwatch.LogGroup("access-logs", retention_in_days=30, kms_key_id=own.arn, tags=TAGS)
stage = routed("api", http, ingress, ROUTES, "$default", 30_000, access_logs)

topic = aws.sns.Topic("alarms", kms_master_key_id=own.arn, tags=TAGS)
alarm_arns = pulumi.Output.concat("arn:", partition, ":cloudwatch:", region, ":", account, ":alarm:*")
publish = {
    "Effect": "Allow",
    "Principal": {"Service": "cloudwatch.amazonaws.com"},
    "Action": "sns:Publish",
    "Resource": topic.arn,
    "Condition": {"StringEquals": {"aws:SourceAccount": account}, "ArnLike": {"aws:SourceArn": alarm_arns}},
}
aws.sns.TopicPolicy("alarms-policy", arn=topic.arn, policy=document(publish, over_tls_only("sns:Publish", topic.arn)))
aws.sns.TopicSubscription("email", topic=topic.arn, protocol="email", endpoint="ops@example.com")
for name, waiting, failed in (("queue", main, dead), ("replies", replies, replies_dead)):
    alarm(f"{name}-dead-letters", topic, "ApproximateNumberOfMessagesVisible", failed, 0, 1)
    alarm(f"{name}-oldest-message", topic, "ApproximateAgeOfOldestMessage", waiting, 720, 3)
pulumi.export("url", stage.invoke_url)

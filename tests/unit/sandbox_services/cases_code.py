"""Resources under test: functions and what calls them."""

from __future__ import annotations

from tests.unit.sandbox_services.case import Case, Values

JWT: Values = {
    "authorizerType": "JWT", "name": "j", "identitySources": ["$request.header.Authorization"],
    "jwtConfiguration": {"audiences": ["a"], "issuer": "https://issuer.example"},
}  # fmt: skip

CASES = [
    Case(
        "aws:lambda/function:Function",
        lambda w: w.function_inputs(
            publish=True, architectures=["arm64"], memorySize=256, timeout=30, environment={"variables": {"A": "1"}},
            loggingConfig={"logFormat": "JSON", "logGroup": "/a/b"}, reservedConcurrentExecutions=5, tags={"a": "b"},
            vpcConfig={"subnetIds": ["subnet-1"], "securityGroupIds": ["sg-1"]}, description="d",
        ),
        {"memorySize": 512, "environment": {"variables": {"A": "2"}}, "reservedConcurrentExecutions": 0},
        name="full",
    ),
    Case(
        "aws:lambda/function:Function",
        lambda w: w.function_inputs(
            environment={"variables": {"A": "1"}}, loggingConfig={"logFormat": "Text", "logGroup": "/a/b"},
            vpcConfig={"subnetIds": ["subnet-1"], "securityGroupIds": ["sg-1"]},
            deadLetterConfig={"targetArn": "arn:aws:sqs:us-east-1:123456789012:d"},
        ),
        {"environment": None, "loggingConfig": None, "vpcConfig": None, "deadLetterConfig": None, "timeout": 9},
        name="taken-back",
    ),
    Case("aws:lambda/function:Function", lambda w: w.function_inputs(), {"tags": {"a": "b"}}, name="least"),
    Case(
        "aws:lambda/alias:Alias",
        lambda w: {"functionName": w.function["name"], "functionVersion": "1", "description": "d"},
        {"description": None},
    ),
    Case(
        "aws:lambda/permission:Permission",
        lambda w: {
            "action": "lambda:InvokeFunction", "function": w.function["name"], "principal": "apigateway.amazonaws.com",
            "qualifier": w.alias["name"], "sourceArn": f"{w.api['executionArn']}/*/*",
        },
    ),
    Case(
        "aws:lambda/eventSourceMapping:EventSourceMapping",
        lambda w: {
            "batchSize": 10, "eventSourceArn": w.queue["arn"], "functionName": w.alias["arn"], "tags": {"a": "b"},
            "functionResponseTypes": ["ReportBatchItemFailures"], "scalingConfig": {"maximumConcurrency": 20},
            "enabled": False,
        },
        {"batchSize": 5, "scalingConfig": None, "functionResponseTypes": None, "tags": {"c": "d"}},
    ),
    Case(
        "aws:lambda/functionUrl:FunctionUrl",
        lambda w: {"functionName": w.function["name"], "authorizationType": "NONE", "cors": {"allowOrigins": ["*"]}},
        {"authorizationType": "AWS_IAM"},
    ),
    Case(
        "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig",
        lambda w: {
            "functionName": w.function["name"], "qualifier": w.alias["name"], "provisionedConcurrentExecutions": 1,
        },
        {"provisionedConcurrentExecutions": 2},
    ),
    Case(
        "aws:lambda/layerVersion:LayerVersion",
        lambda w: {"layerName": "words", "code": w.code("WORDS = []\n"), "compatibleRuntimes": ["python3.13"]},
    ),
    Case(
        "aws:apigatewayv2/api:Api",
        lambda w: {
            "protocolType": "HTTP", "corsConfiguration": {"allowOrigins": ["*"], "maxAge": 5}, "description": "d",
        },
        {"corsConfiguration": None, "description": None, "tags": {"a": "b"}},
    ),
    Case(
        "aws:apigatewayv2/api:Api",
        lambda w: {
            "protocolType": "WEBSOCKET", "routeSelectionExpression": "$request.body.action", "tags": {"a": "b"},
        },
        {"description": "d", "tags": {"c": "d"}},
        name="socket",
    ),
    Case(
        "aws:apigatewayv2/integration:Integration",
        lambda w: {
            "apiId": w.api.id, "integrationType": "AWS_PROXY", "integrationUri": w.alias["invokeArn"],
            "payloadFormatVersion": "2.0",
        },
        {"timeoutMilliseconds": 5000, "description": "d"},
    ),
    Case(
        "aws:apigatewayv2/integration:Integration",
        lambda w: {
            "apiId": w.api.id, "integrationType": "HTTP_PROXY", "integrationUri": "https://model.example/v1",
            "integrationMethod": "POST", "tlsConfig": {"serverNameToVerify": "model.example"},
            "requestParameters": {"append:header.a": "b"},
        },
        {"integrationUri": "https://model.example/v2", "requestParameters": None},
        name="forward",
    ),
    Case(
        "aws:apigatewayv2/route:Route",
        lambda w: {"apiId": w.api.id, "routeKey": "POST /chat", "target": f"integrations/{w.integration.id}"},
        {"routeKey": "POST /talk"},
    ),
    Case(
        "aws:apigatewayv2/stage:Stage",
        lambda w: {
            "apiId": w.api.id, "name": "$default", "autoDeploy": True, "tags": {"a": "b"},
            "defaultRouteSettings": {"throttlingBurstLimit": 50, "throttlingRateLimit": 100},
            "accessLogSettings": {"destinationArn": w.group["arn"], "format": '{"id":"$context.requestId"}'},
        },
        {"accessLogSettings": None, "tags": {"c": "d"}, "defaultRouteSettings": {"throttlingBurstLimit": 5}},
        name="default",
    ),
    Case(
        "aws:apigatewayv2/stage:Stage",
        lambda w: {
            "apiId": w.api.id, "name": "dev", "stageVariables": {"a": "b"},
            "routeSettings": [{"routeKey": "POST /chat", "throttlingBurstLimit": 5, "throttlingRateLimit": 6}],
        },
        {"stageVariables": None, "description": "d"},
        name="named",
    ),
    Case("aws:apigatewayv2/deployment:Deployment", lambda w: {"apiId": w.integration["apiId"], "description": "d"}),
    Case("aws:apigatewayv2/authorizer:Authorizer", lambda w: {"apiId": w.api.id, **JWT}, {"name": "k"}),
]  # fmt: skip

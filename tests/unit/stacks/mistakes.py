"""Wrong settings: what is changed in valid ones, and the exact line that it gives."""

from typing import Any

from tests.kit.settings import BEDROCK, GONE, KEY_ARN, NETWORK, OPENAI, TOPIC_ARN

TAG = "1 to 128 letters, digits, spaces or . _ : / = + @ -, a letter or digit first"
SERVERLESS = "topology, ingress, inference, sender, stream, throttle"
OPEN = "web, telegram, slack, feishu, wecom, dingtalk, discord, webhook, installations"
FAR_KEY = KEY_ARN.replace("eu-central-1", "us-east-1")

WRONG: list[tuple[dict[str, Any], str]] = [
    # numbers: bounds, and nothing is converted
    (
        {"compute.inference.timeout_s": -1},
        "compute.inference.timeout_s: got -1, expected a whole number of seconds from 6 to 900",
    ),
    (
        {"compute.inference.timeout_s": "60"},
        "compute.inference.timeout_s: got '60', expected a whole number of seconds from 6 to 900",
    ),
    (
        {"compute.inference.timeout_s": 60.5},
        "compute.inference.timeout_s: got 60.5, expected a whole number of seconds from 6 to 900",
    ),
    (
        {"compute.ingress.memory_mib": True},
        "compute.ingress.memory_mib: got true, expected a whole number of MiB from 128 to 10240",
    ),
    (
        {"compute.ingress.timeout_s": 30},
        "compute.ingress.timeout_s: got 30, expected a whole number of seconds from 1 to 29",
    ),
    (
        {"compute.throttle.rate_per_s": "fast"},
        "compute.throttle.rate_per_s: got 'fast', expected a number of requests per second from 0.1 to 10000",
    ),
    (
        {"compute.ingress.memory_mib": None},
        "compute.ingress.memory_mib: got nothing, expected a whole number of MiB from 128 to 10240",
    ),
    (
        {"deploy.retention.session_days": [1, 2]},
        "deploy.retention.session_days: got a list with 2 values, expected a whole number of days from 1 to 3650",
    ),
    # words and texts
    ({"deploy.own_key": "yes"}, "deploy.own_key: got 'yes', expected true or false"),
    ({"deploy.deletion_protection": 0}, "deploy.deletion_protection: got 0, expected true or false"),
    (
        {"deploy.data_class": "secret"},
        "deploy.data_class: got 'secret', expected one of public, internal, confidential, restricted",
    ),
    ({"deploy.owner": GONE}, f"deploy.owner: got nothing, expected {TAG}"),
    ({"deploy.owner": ""}, f"deploy.owner: got nothing, expected {TAG}"),
    ({"deploy.owner": 7}, f"deploy.owner: got 7, expected {TAG}"),
    ({"deploy.owner": "a\nb"}, f"deploy.owner: got 'a\\nb', expected {TAG}"),
    (
        {"deploy.environment": "Prod!"},
        "deploy.environment: got 'Prod!', expected 1 to 16 lower-case letters, digits or hyphens, a letter first",
    ),
    (
        {"template.system_prompt": "é" * 1_001},
        f"template.system_prompt: got '{'é' * 57}...', expected a text of 1 to 2000 bytes",
    ),
    (
        {"deploy.alarm_emails": ["ops@example.com", "ops"]},
        "deploy.alarm_emails[1]: got 'ops', expected an e-mail address such as ops@example.com",
    ),
    (
        {"deploy.network": {**NETWORK, "subnet_ids": []}},
        "deploy.network.subnet_ids: got a list with 0 values, expected a list of 1 to 16 values",
    ),
    # groups and choices
    (
        {"compute": "serverless"},
        f"compute: got 'serverless', expected a group of settings ({SERVERLESS})",
    ),
    ({"compute.topology": GONE}, "compute.topology: got nothing, expected serverless"),
    ({"compute.topology": "hybrid"}, "compute.topology: got 'hybrid', expected serverless"),
    ({"model": {}}, "model.provider: got nothing, expected one of bedrock, echo, openai"),
    ({"model.provider": "bedrok"}, "model.provider: got 'bedrok', expected one of bedrock, echo, openai"),
    (
        {"model": "echo"},
        "model: got 'echo', expected a group of settings whose provider is one of bedrock, echo, openai",
    ),
    (
        {"model": {"provider": "openai", "id": "small"}},
        "model.base_url: got nothing, expected an address such as https://models.example.com/v1",
    ),
    ({"channels.web.access": GONE}, "channels.web.access: got nothing, expected anonymous"),
    ({"channels.web.access": "everybody"}, "channels.web.access: got 'everybody', expected anonymous"),
    ({"channels": GONE}, f"channels: got nothing, expected a group of settings ({OPEN})"),
    # unknown keys
    (
        {"compute.infrence": {}},
        (f"compute.infrence: got an unknown key, expected one of {SERVERLESS}; did you mean inference?"),
    ),
    (
        {"compute.inference.timeoutS": 5},
        (
            "compute.inference.timeoutS: got an unknown key, expected one of memory_mib, timeout_s, "
            "reserved_concurrency, maximum_concurrency; did you mean timeout_s?"
        ),
    ),
    (
        {"compute.log_days": 7},
        (
            f"compute.log_days: got an unknown key, expected one of {SERVERLESS}; "
            "did you mean deploy.retention.log_days?"
        ),
    ),
    (
        {"model": {**BEDROCK, "base_url": "https://h/"}},
        (
            "model.base_url: got an unknown key, expected one of provider, id, timeout_s, prices, fallback, limits, "
            "cache, guardrail; openai has it, not this one"
        ),
    ),
    (
        {"channels.pigeon\n": {}},
        f"channels.'pigeon\\n': got an unknown key, expected one of {OPEN}",
    ),
    # unknown sections
    (
        {"chanels": {}},
        (
            "chanels: got an unknown section, expected one of template, compute, model, channels, deploy; "
            "did you mean channels?"
        ),
    ),
    (
        {"owner": "x"},
        (
            "owner: got an unknown section, expected one of template, compute, model, channels, deploy; "
            "did you mean deploy.owner?"
        ),
    ),
    # secrets are named, and what stands in their place is not repeated
    (
        {"model": {**OPENAI, "api_key": "sk-hush"}},
        "model.api_key: got a value that is not shown, expected a reference {secret: <name>}",
    ),
    (
        {"model": {**OPENAI, "api_key": {"secret": "sk hush"}}},
        (
            "model.api_key.secret: got a value that is not shown, "
            "expected the name or ARN of a secret in AWS Secrets Manager"
        ),
    ),
    (
        {"model": {**OPENAI, "base_url": "https://me:hush@h/"}},
        "model.base_url: got 'https://...@h/', expected an address such as https://models.example.com/v1",
    ),
    # contradictions
    (
        {"model": {**BEDROCK, "timeout_s": 56}},
        "model.timeout_s: got 56, expected at most 55 (compute.inference.timeout_s is 60, 5 seconds are for the rest)",
    ),
    (
        {"compute.inference": {"reserved_concurrency": 10, "maximum_concurrency": 20}},
        "compute.inference.maximum_concurrency: got 20, expected at most compute.inference.reserved_concurrency (10)",
    ),
    (
        {"deploy.alarm_emails": ["a@example.com", "b@example.com", "a@example.com"]},
        "deploy.alarm_emails: got 'a@example.com' twice, expected each address once",
    ),
    (
        {"channels": {}},
        "channels: got nothing, expected at least one channel; write channels: {web: {access: anonymous}}",
    ),
    (
        {"channels.web": None},
        "channels: got nothing, expected at least one channel; write channels: {web: {access: anonymous}}",
    ),
    (
        {"deploy.own_key": True, "deploy.kms_key_arn": KEY_ARN},
        "deploy.own_key: got true beside deploy.kms_key_arn, expected one of the two; leave one out",
    ),
    (
        {"deploy.alarm_emails": ["ops@example.com"], "deploy.alarm_topic_arn": TOPIC_ARN},
        (
            "deploy.alarm_emails: got addresses beside deploy.alarm_topic_arn, expected one of the two; "
            "subscribe the addresses to your topic"
        ),
    ),
    (
        {"deploy.deletion_protection": False},
        (
            "deploy.deletion_protection: got false, expected true, because deploy.data_class is confidential; "
            "say public or internal if it is no more than that"
        ),
    ),
    (
        {"deploy.data_class": "restricted"},
        "deploy.own_key: got false, expected true or deploy.kms_key_arn, because deploy.data_class is restricted",
    ),
    (
        {"deploy.kms_key_arn": FAR_KEY},
        "deploy.kms_key_arn: got one in us-east-1, expected one in eu-central-1, the stack's region (aws:region)",
    ),
    (
        {"deploy.alarm_topic_arn": TOPIC_ARN.replace("eu-central-1", "us-east-1")},
        "deploy.alarm_topic_arn: got one in us-east-1, expected one in eu-central-1, the stack's region (aws:region)",
    ),
    (
        {"model": {**OPENAI, "base_url": "http://models.example.com", "api_key": {"secret": "key"}}},
        (
            "model.base_url: got 'http://models.example.com', expected https:// beside model.api_key, "
            "because the key would be readable"
        ),
    ),
]

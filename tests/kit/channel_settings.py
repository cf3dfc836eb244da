"""Every setting of every channel, with another value than its default."""

from typing import Any

REFERENCE = {"secret": "other/secret"}
CHANNEL_FIELDS: dict[str, dict[str, Any]] = {
    "web": {"access": "anonymous", "origins": ["https://chat.example.com"], "token_key": REFERENCE},
    "telegram": {"bot_token": REFERENCE, "secret_token": REFERENCE, "api_url": "https://tg.example.com"},
    "slack": {"signing_secret": REFERENCE, "bot_token": REFERENCE, "api_url": "https://sl.example.com"},
    "feishu": {
        "app_id": "cli_b2", "app_secret": REFERENCE, "encrypt_key": REFERENCE, "verification_token": REFERENCE,
        "api_url": "https://open.larksuite.com",
    },
    "wecom": {
        "corp_id": "ww2", "agent_id": "7", "token": REFERENCE, "aes_key": REFERENCE, "app_secret": REFERENCE,
        "api_url": "https://wc.example.com",
    },
    "dingtalk": {
        "app_key": "d4", "robot_code": "d5", "corp_id": "d6", "app_secret": REFERENCE, "aes_key": REFERENCE,
        "token": REFERENCE, "session_url": "https://dt.example.org", "api_url": "https://dt.example.com",
    },
    "discord": {
        "public_key": "cd" * 32, "application_id": "2" * 17, "bot_token": REFERENCE,
        "api_url": "https://dc.example.com",
    },
    "webhook": {
        "signing_secret": REFERENCE, "text_path": "data.text", "conversation_path": "data.id", "user_path": "data.user",
        "reply_url": "https://hooks.example.com/replies", "allow_private": True,
    },
}  # fmt: skip

"""The settings of each channel, as an installation has them: its secrets by name, and what else it has to know."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from stacks.settings.group import Group, SecretReference, words

MAIN = "main"
RESERVED = ("card", "commands", "events", "messages", "session")  # paths below a channel's own
NAME = r"^[a-z0-9][a-z0-9-]{0,31}$"

_ADDRESS = r"^https?://[^\s/@?#]+(/[^\s?#]*)?$"
_PATH = r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){0,9}$"
_WORD = r"^[A-Za-z0-9_-]{1,128}$"


def _free(name: str) -> str:
    if name in RESERVED:
        raise ValueError("reserved")
    return name


Name = Annotated[str, AfterValidator(_free)]
Origin = Annotated[
    str,
    Field(
        pattern=r"^https?://[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?$",
        json_schema_extra=words(expected="an origin such as https://chat.example.com"),
    ),
]


def secret(text: str, *, needed: bool = True) -> Any:
    """A field for a secret of a channel."""
    said = f"{text} As a reference {{secret: <name>}}."
    return Field(description=said) if needed else Field(default=None, description=said)


def api_url(provider: str) -> Any:
    """A field for another address of a provider's API."""
    return Field(
        default=None,
        pattern=_ADDRESS,
        max_length=500,
        description=f"Another address of {provider}'s API. Left out: the provider's own.",
        json_schema_extra=words(expected="an address such as https://api.example.com"),
    )


def word(text: str, *, pattern: str = _WORD, expected: str = "1 to 128 letters, digits, - and _") -> Any:
    """A field for a name or number that the provider has given."""
    said = f"{text} Required, because the provider gives it."
    return Field(pattern=pattern, description=said, json_schema_extra=words(expected=expected))


class Web(Group):
    """A chat page and its HTTP interface."""

    access: Literal["anonymous"] = Field(
        description="Who may write. `anonymous`: whoever knows the address. Required, because that is a choice to make."
    )
    origins: list[Origin] = Field(
        default=[], max_length=20, description="Pages that may use it. Left out: those of its own address."
    )
    token_key: SecretReference | None = secret(
        "What its tokens are signed with, 32 characters or more. With that of another deployment, whoever writes there "
        "goes on here. Left out: one is made.",
        needed=False,
    )


class Telegram(Group):
    """A bot of Telegram."""

    bot_token: SecretReference = secret("The bot's token, from BotFather.")
    secret_token: SecretReference = secret("Proves that a request is Telegram's: 1 to 256 letters, digits, - and _.")
    api_url: str | None = api_url("Telegram")


class Slack(Group):
    """An app of Slack, in one workspace."""

    signing_secret: SecretReference = secret("The app's signing secret.")
    bot_token: SecretReference = secret("The token of the app's bot in the workspace (xoxb-...).")
    api_url: str | None = api_url("Slack")


class Feishu(Group):
    """An app of Feishu or Lark."""

    app_id: str = word("The app's id (cli_...).")
    app_secret: SecretReference = secret("The app's secret.")
    encrypt_key: SecretReference = secret("The Encrypt Key of its events.")
    verification_token: SecretReference = secret("The Verification Token of its events.")
    api_url: str | None = api_url("Feishu")


class WeCom(Group):
    """An app of WeCom."""

    corp_id: str = word("The company's id.")
    agent_id: str = word("The app's number.", pattern=r"^[0-9]{1,12}$", expected="1 to 12 digits, as a text")
    token: SecretReference = secret("The Token of the app's callback.")
    aes_key: SecretReference = secret("The EncodingAESKey of the app's callback.")
    app_secret: SecretReference = secret("The app's secret.")
    api_url: str | None = api_url("WeCom")


class DingTalk(Group):
    """A robot of DingTalk, in HTTP mode."""

    app_key: str = word("The app's key.")
    robot_code: str = word("The robot's code.")
    corp_id: str = word("The organisation's id.")
    app_secret: SecretReference = secret("The app's secret.")
    aes_key: SecretReference | None = secret("Where bodies are encrypted: their key.", needed=False)
    token: SecretReference | None = secret("Where bodies are encrypted: their token.", needed=False)
    session_url: str | None = Field(
        default=None,
        pattern=_ADDRESS,
        max_length=500,
        description="A private DingTalk, which messages may name for replies. Left out: only oapi.dingtalk.com may be.",
        json_schema_extra=words(expected="an address such as https://dingtalk.example.com"),
    )
    api_url: str | None = api_url("DingTalk")


class Discord(Group):
    """An application of Discord, for commands."""

    public_key: str = word("The application's public key.", pattern=r"^[0-9a-f]{64}$", expected="64 hexadecimal digits")
    application_id: str = word(
        "The application's id.", pattern=r"^[0-9]{17,20}$", expected="17 to 20 digits, as a text"
    )
    bot_token: SecretReference | None = secret("The bot's token, for replies after 15 minutes.", needed=False)
    api_url: str | None = api_url("Discord")


class Webhook(Group):
    """Any program that signs its requests as Standard Webhooks says."""

    signing_secret: SecretReference = secret("What both sides sign with (whsec_...).")
    text_path: str | None = Field(
        default=None,
        pattern=_PATH,
        max_length=500,
        description="Where in the body the text is, such as data.text. Left out: text.",
        json_schema_extra=words(expected="names with points between, such as data.text"),
    )
    conversation_path: str | None = Field(
        default=None,
        pattern=_PATH,
        max_length=500,
        description="Where in the body the conversation's id is. Left out: every message is a conversation.",
        json_schema_extra=words(expected="names with points between, such as data.conversation"),
    )
    user_path: str | None = Field(
        default=None,
        pattern=_PATH,
        max_length=500,
        description="Where in the body the person's id is. Left out: it is not known who writes.",
        json_schema_extra=words(expected="names with points between, such as data.user"),
    )
    reply_url: str | None = Field(
        default=None,
        pattern=_ADDRESS,
        max_length=500,
        description="Where replies are sent to: an https:// address of the public internet. Left out: nowhere.",
        json_schema_extra=words(expected="an address such as https://hooks.example.com/replies"),
    )
    allow_private: bool = Field(
        default=False,
        description="Lets reply_url be within your network (`deploy.network`), and begin with http://.",
    )

"""The channels as data: their routes, who needs which of their secrets, their options, and where to register them."""

from dataclasses import dataclass

Route = tuple[str, str]  # method, path below the installation's


@dataclass(frozen=True)
class Kind:
    """One channel."""

    routes: tuple[Route, ...]
    """What providers and people call."""
    registration: str
    """What to paste where, with `{url}` for the installation's address."""
    messages: str = ""
    """Path below the installation's at which messages come in."""
    receiving: tuple[str, ...] = ()
    """Secrets that prove a request genuine."""
    sending: tuple[str, ...] = ()
    """Secrets that replies are sent with."""
    showing: tuple[str, ...] = ()
    """Secrets with which people are shown that a reply is being made."""
    optional: tuple[str, ...] = ()
    """Of these secrets, the ones that may be left out."""
    options: tuple[str, ...] = ()
    optional_options: tuple[str, ...] = ()

    @property
    def secrets(self) -> tuple[str, ...]:
        """All of them, each once."""
        return tuple(dict.fromkeys((*self.receiving, *self.sending)))


WEB = "web"  # the only channel whose replies are read instead of sent
WEBHOOK = "webhook"
REPLY_URL = "reply_url"  # its option: where replies are sent to
API_URL = "api_url"  # another address of the provider's API, such as that of another region

KINDS: dict[str, Kind] = {
    WEB: Kind(
        routes=(("POST", "/session"), ("POST", "/messages"), ("GET", "/messages")),
        messages="/messages",
        receiving=("token_key",),
        optional=("token_key",),
        optional_options=("access", "origins"),
        registration="Nothing to register: clients begin at POST {url}/session.",
    ),
    "telegram": Kind(
        routes=(("POST", ""),),
        receiving=("secret_token",),
        sending=("bot_token",),
        showing=("bot_token",),
        optional_options=(API_URL,),
        registration="Call the bot's method setWebhook with url={url}, the secret secret_token as secret_token and "
        'allowed_updates=["message"].',
    ),
    "slack": Kind(
        routes=(("POST", ""), ("POST", "/events"), ("POST", "/commands")),
        messages="/events",
        receiving=("signing_secret",),
        sending=("bot_token",),
        optional_options=(API_URL,),
        registration="In the app at https://api.slack.com/apps, Event Subscriptions: Request URL {url}/events, "
        "bot events app_mention and message.im. Slash Commands: Request URL {url}/commands. OAuth & Permissions: bot "
        "scopes app_mentions:read, chat:write, commands and im:history. Then install the app in the workspace.",
    ),
    "feishu": Kind(
        routes=(("POST", ""), ("POST", "/card")),
        receiving=("encrypt_key", "verification_token"),
        sending=("app_secret",),
        options=("app_id",),
        optional_options=(API_URL,),
        registration="In the developer console, Events and callbacks: the request URL for events is {url}, the one for "
        "callbacks {url}/card; Encrypt Key and Verification Token are those in the secrets. Subscribe to "
        "im.message.receive_v1, then publish a version.",
    ),
    "wecom": Kind(
        routes=(("GET", ""), ("POST", "")),
        receiving=("token", "aes_key"),
        sending=("app_secret",),
        options=("corp_id", "agent_id"),
        optional_options=(API_URL,),
        registration="In the app's settings, Receive messages, Set API: URL {url}; Token and EncodingAESKey are those "
        "in the secrets token and aes_key. Add the address from which replies are sent to the app's trusted IPs.",
    ),
    "dingtalk": Kind(
        routes=(("POST", ""), ("POST", "/events")),
        receiving=("app_secret", "aes_key", "token"),
        sending=("app_secret",),
        optional=("aes_key", "token"),
        options=("app_key", "robot_code", "corp_id"),
        optional_options=("session_url", API_URL),
        registration="In the developer console, Robot: message receiving mode HTTP, address {url}. Where the app takes "
        "events, their address is {url}/events. Then publish.",
    ),
    "discord": Kind(
        routes=(("POST", ""),),
        sending=("bot_token",),
        optional=("bot_token",),
        options=("public_key", "application_id"),
        optional_options=(API_URL,),
        registration="In the developer portal, General Information: Interactions Endpoint URL {url}. The command is "
        "made with POST /applications/<application_id>/commands.",
    ),
    WEBHOOK: Kind(
        routes=(("POST", ""),),
        receiving=("signing_secret",),
        sending=("signing_secret",),
        optional_options=("conversation_path", "text_path", "user_path", REPLY_URL, "allow_private"),
        registration="Give the sender the address {url} and the value of the secret signing_secret. It signs as "
        "Standard Webhooks say: headers webhook-id, webhook-timestamp and webhook-signature.",
    ),
}

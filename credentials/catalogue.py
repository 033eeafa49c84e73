"""The credential types we ship. A new one is one entry in `TYPES`."""

from __future__ import annotations

from collections.abc import Mapping

from credentials.types import CredentialField, CredentialType, LiveTest, OAuthSettings, Place

_BEARER = Place("header", "Authorization", "Bearer {token}")
_GITHUB = "https://api.github.com"
_ANYWHERE = (
    CredentialField(
        "allowed_hosts", "Only for hosts", required=False, placeholder="api.example.com, *.example.org",
        help="The hosts it may be sent to, with commas between: over https at the usual port, unless you write "
        "http://host or host:8443. Needed before it can be shared.",
    ),
    CredentialField(
        "test_url", "Address to try it at", required=False, placeholder="https://api.example.com/me",
        help="It is called with GET when the credential is verified.",
    ),
)  # fmt: skip
_MANAGED = (
    CredentialField("access_token", "Access token", secret=True, required=False, managed=True),
    CredentialField("refresh_token", "Refresh token", secret=True, required=False, managed=True),
    CredentialField("granted_scopes", "Granted scopes", required=False, managed=True),
)
_OWN_CLIENT = (
    CredentialField("client_id", "Client id", required=False, help="Of your own app; else the installation's is used."),
    CredentialField("client_secret", "Client secret", secret=True, required=False),
    CredentialField("scopes", "Scopes", required=False, help="With spaces between; else the usual ones are asked for."),
)
_OAUTH_BEARER = (Place("header", "Authorization", "Bearer {access_token}"),)


def _token(slug: str, label: str, host: str, test: LiveTest | None, *places: Place, docs: str = "") -> CredentialType:
    fields = (CredentialField("token", "Token", secret=True),)
    return CredentialType(slug, label, "api_key", fields, slug, docs, places or (_BEARER,), (host,), test)


def _model(slug: str, label: str, base_url: str, *places: Place, path: str = "/models") -> CredentialType:
    """Return the type of a model provider; its address may be another one that speaks the same."""
    fields = (
        CredentialField("api_key", "API key", secret=True),
        CredentialField("base_url", "Base URL", required=False, default=base_url, placeholder=base_url),
    )
    used = places or (Place("header", "Authorization", "Bearer {api_key}"),)
    return CredentialType(slug, label, "api_key", fields, slug, "", used, (), LiveTest(f"{{base_url}}{path}"))


TYPES: Mapping[str, CredentialType] = {
    kind.slug: kind
    for kind in (
        CredentialType(
            "http_basic", "HTTP Basic", "basic",
            (
                CredentialField("username", "User name"), CredentialField("password", "Password", secret=True),
                *_ANYWHERE,
            ),
            docs="Sent as `Authorization: Basic …`; for a webhook, what a caller must send.",
            places=(Place("basic", "{username}", "{password}"),), test=LiveTest("{test_url}"),
        ),
        CredentialType(
            "http_bearer", "HTTP Bearer token", "bearer", (CredentialField("token", "Token", secret=True), *_ANYWHERE),
            docs="Sent as `Authorization: Bearer …`.", places=(_BEARER,), test=LiveTest("{test_url}"),
        ),
        CredentialType(
            "http_header", "HTTP header", "api_key",
            (CredentialField("name", "Header name"), CredentialField("value", "Value", secret=True), *_ANYWHERE),
            docs="One header with a secret value, such as `X-Api-Key`.",
            places=(Place("header", "{name}", "{value}"),), test=LiveTest("{test_url}"),
        ),
        CredentialType(
            "http_query", "HTTP query parameter", "api_key",
            (CredentialField("name", "Parameter name"), CredentialField("value", "Value", secret=True), *_ANYWHERE),
            docs="One query parameter with a secret value.",
            places=(Place("query", "{name}", "{value}"),), test=LiveTest("{test_url}"),
        ),
        CredentialType(
            "hmac", "HMAC signature", "custom", (CredentialField("secret", "Shared secret", secret=True),),
            docs="A webhook's body must carry `X-Signature-256` or `X-Hub-Signature-256`: "
            "`sha256=<hex HMAC of the body>`.",
        ),
        CredentialType(
            "imap", "IMAP mailbox", "basic",
            (
                CredentialField("host", "Server"),
                CredentialField("username", "User name"),
                CredentialField("password", "Password", secret=True, help="Often one made for this app alone."),
                CredentialField("port", "Port", required=False, help="993, or 143 without SSL."),
                CredentialField("security", "Security", required=False, options=("ssl", "starttls", "none")),
            ),
            icon="mail", docs="A mailbox that is read over IMAP.",
        ),
        CredentialType(
            "smtp", "SMTP server", "basic",
            (
                CredentialField("host", "Server"),
                CredentialField("username", "User name", required=False),
                CredentialField("password", "Password", secret=True, required=False, help="Often one made for apps."),
                CredentialField(
                    "sender", "From", required=False, placeholder="Acme <no-reply@example.org>",
                    help="Whom mails come from; empty: the user name.",
                ),
                CredentialField("port", "Port", required=False, help="587, 465 with SSL, or 25 without either."),
                CredentialField(
                    "security", "Security", required=False, options=("starttls", "ssl", "none"), default="starttls",
                    help="With none, mails and password go in clear.",
                ),
            ),
            icon="mail", docs="A mail server that mails are sent through.",
        ),
        CredentialType(
            "oauth2", "OAuth 2", "oauth2",
            (
                CredentialField("client_id", "Client id"),
                CredentialField("client_secret", "Client secret", secret=True, required=False),
                CredentialField("token_url", "Token URL", placeholder="https://example.com/oauth/token"),
                CredentialField("authorize_url", "Authorization URL", required=False, help="Where a person is sent."),
                CredentialField("scopes", "Scopes", required=False, help="With spaces between."),
                CredentialField(
                    "grant", "Grant", required=False, options=("authorization_code", "client_credentials"),
                    default="authorization_code", help="By a person's log-in, or by the client for itself.",
                ),
                CredentialField(
                    "client_auth", "Client login", required=False, options=("body", "basic"), default="body",
                    help="Whether the client's secret goes in the body or as HTTP Basic.",
                ),
                *_ANYWHERE, *_MANAGED,
            ),
            docs="Any OAuth 2 server, with PKCE. Tokens are renewed ahead of their end.",
            places=_OAUTH_BEARER, test=LiveTest("{test_url}"), oauth=OAuthSettings(),
        ),
        CredentialType(
            "google_oauth2", "Google", "oauth2", (*_OWN_CLIENT, *_MANAGED), icon="google",
            docs="Gmail, Sheets, Drive and other Google APIs, in the name of the person who logs in.",
            places=_OAUTH_BEARER, hosts=("*.googleapis.com",),
            test=LiveTest("https://openidconnect.googleapis.com/v1/userinfo"),
            oauth=OAuthSettings(
                "https://accounts.google.com/o/oauth2/v2/auth", "https://oauth2.googleapis.com/token",
                ("openid", "email", "https://www.googleapis.com/auth/gmail.send",
                 "https://www.googleapis.com/auth/spreadsheets"),
                extra={"access_type": "offline", "prompt": "consent"}, client="GOOGLE",
            ),
        ),
        CredentialType(
            "github_oauth2", "GitHub (log-in)", "oauth2", (*_OWN_CLIENT, *_MANAGED), icon="github",
            places=_OAUTH_BEARER, hosts=("api.github.com",), test=LiveTest("https://api.github.com/user"),
            oauth=OAuthSettings(
                "https://github.com/login/oauth/authorize", "https://github.com/login/oauth/access_token",
                ("repo", "read:user"), client="GITHUB",
            ),
        ),
        CredentialType(
            "slack_oauth2", "Slack (log-in)", "oauth2", (*_OWN_CLIENT, *_MANAGED), icon="slack",
            places=_OAUTH_BEARER, hosts=("slack.com",),
            test=LiveTest("https://slack.com/api/auth.test", "POST", ok_field="ok"),
            oauth=OAuthSettings(
                "https://slack.com/oauth/v2/authorize", "https://slack.com/api/oauth.v2.access", ("chat:write",),
                client="SLACK",
            ),
        ),
        _token("slack", "Slack", "slack.com", LiveTest("https://slack.com/api/auth.test", "POST", ok_field="ok"),
               docs="A bot token, `xoxb-…`."),
        CredentialType(
            "github", "GitHub", "api_key",
            (
                CredentialField("token", "Token", secret=True),
                CredentialField(
                    "base_url", "Address of the API", required=False, default=_GITHUB,
                    placeholder="https://github.example.com/api/v3", help="Of a GitHub Enterprise server.",
                ),
            ),
            icon="github", docs="A personal access token.", places=(_BEARER,), test=LiveTest("{base_url}/user"),
        ),
        _token("discord", "Discord bot", "discord.com", LiveTest("https://discord.com/api/v10/users/@me"),
               Place("header", "Authorization", "Bot {token}")),
        CredentialType(
            "telegram", "Telegram bot", "api_key", (CredentialField("token", "Token", secret=True),), icon="telegram",
            docs="Its token is part of the address that its node calls.",
            test=LiveTest("https://api.telegram.org/bot{token}/getMe", ok_field="ok"),
        ),
        _token("notion", "Notion", "api.notion.com", LiveTest("https://api.notion.com/v1/users/me"), _BEARER,
               Place("header", "Notion-Version", "2022-06-28")),
        _token("airtable", "Airtable", "api.airtable.com", LiveTest("https://api.airtable.com/v0/meta/whoami")),
        CredentialType(
            "trello", "Trello", "api_key",
            (CredentialField("key", "API key"), CredentialField("token", "Token", secret=True)), icon="trello",
            places=(Place("query", "key", "{key}"), Place("query", "token", "{token}")), hosts=("api.trello.com",),
            test=LiveTest("https://api.trello.com/1/members/me"),
        ),
        _model("openai", "OpenAI", "https://api.openai.com/v1"),
        _model("anthropic", "Anthropic", "https://api.anthropic.com/v1", Place("header", "x-api-key", "{api_key}"),
               Place("header", "anthropic-version", "2023-06-01")),
        _model("gemini", "Google Gemini", "https://generativelanguage.googleapis.com/v1beta",
               Place("header", "x-goog-api-key", "{api_key}")),
        _model("perplexity", "Perplexity", "https://api.perplexity.ai", path="/async/chat/completions"),
        _model("openrouter", "OpenRouter", "https://openrouter.ai/api/v1", path="/key"),
        CredentialType(
            "openai_compatible", "OpenAI-compatible server", "custom",
            (
                CredentialField("base_url", "Base URL", placeholder="https://models.example.com/v1",
                                help="A private address must be allowed by `HTTP_ALLOWED_PRIVATE_HOSTS`."),
                CredentialField("api_key", "API key", secret=True, required=False),
            ),
            docs="Any server that speaks as OpenAI does: vLLM, llama.cpp, LiteLLM and others.",
            places=(Place("header", "Authorization", "Bearer {api_key}"),), test=LiveTest("{base_url}/models"),
        ),
        CredentialType(
            "ollama", "Ollama", "custom",
            (
                CredentialField("base_url", "Base URL", default="http://127.0.0.1:11434",
                                help="A private address must be allowed by `HTTP_ALLOWED_PRIVATE_HOSTS`."),
                CredentialField("token", "Token", secret=True, required=False, help="Where a proxy asks for one."),
            ),
            icon="ollama", places=(_BEARER,), test=LiveTest("{base_url}/api/tags"),
        ),
    )
}  # fmt: skip

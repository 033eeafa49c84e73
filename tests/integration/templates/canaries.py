"""Secrets of many kinds, none of them real: each is a text that holds `secret`, as people write such things down."""

from __future__ import annotations

from typing import NamedTuple


class Canary(NamedTuple):
    kind: str
    text: str
    secret: str


_HEX = "9f86d081884c7d659a2feaa0c55ad015"
_MIX = "q7Zp2Lk9Xv4Rt8Wm3Nc6Bd1F"


def _whole(kind: str, secret: str) -> Canary:
    return Canary(kind, secret, secret)


CANARIES = (
    _whole("aws access key", "AKIA" + "QZ7XK2M9P4L8R3T5"),
    Canary("aws secret", "aws_secret_access_key = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYzz91KEY'", "wJalrXUtnFEMI"),
    _whole("github", "ghp_" + _MIX + "aB3dE6gH9jK2"),
    _whole("github fine", "github_pat_" + "11ABCDEFG0" + _MIX + "_x9y8z7w6v5u4"),
    _whole("gitlab", "glpat-" + "x7Yz9Kq2Lm4Np6Rt8Vw1"),
    _whole("slack bot", "xoxb-" + "381234567890-" + _MIX),
    _whole("slack app", "xapp-1-" + "A02B3C4D5E6-" + _MIX.lower()),
    Canary("slack hook", f"https://hooks.slack.com/services/T01AB2CD3/B04EF5GH6/{_MIX}", _MIX),
    Canary("discord hook", f"https://discord.com/api/webhooks/981234567890123456/{_MIX}", _MIX),
    _whole("discord bot", "MTk4NjIyNDgzNDcxOTI1MjQ4" + ".Cl2FMQ." + "ZnCjm1XVW7vRze4b7Cq4se7kKWs"),
    _whole("telegram", "812345678:" + "AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"),
    Canary("telegram address", "https://api.telegram.org/bot812345678:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw/sendMessage", "AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"),
    _whole("openai", "sk-proj-" + _MIX + "T3BlbkFJ" + _MIX),
    _whole("anthropic", "sk-ant-api03-" + _MIX + "-AA"),
    _whole("google key", "AIza" + "SyD4x7Q2b9Kj3Lm6Np8Rs1Tv5Wy0Za2Bc4"),
    _whole("google token", "ya29." + "a0AfH6SMB" + _MIX),
    _whole("google client secret", "GOCSPX-" + "x7Yz9Kq2Lm4Np6Rt8Vw1Ab3"),
    _whole("stripe live", "sk_live_" + _MIX),
    _whole("stripe restricted", "rk_live_" + _MIX),
    _whole("stripe hook", "whsec_" + _MIX),
    _whole("twilio", "SK" + _HEX),
    _whole("sendgrid", "SG." + "x7Yz9Kq2Lm4Np6Rt8Vw1Ab" + "." + _MIX + _MIX[:19]),
    _whole("mailgun", "key-" + _HEX),
    _whole("mailchimp", _HEX + "-us14"),
    _whole("npm", "npm_" + _MIX + "aB3dE6gH9jK2"),
    _whole("pypi", "pypi-" + "AgEIcHlwaS5vcmcCJ" + _MIX),
    _whole("docker", "dckr_pat_" + _MIX + "abc"),
    _whole("digitalocean", "dop_v1_" + _HEX + _HEX),
    _whole("shopify", "shpat_" + _HEX),
    _whole("square", "sq0atp-" + "x7Yz9Kq2Lm4Np6Rt8Vw1Ab"),
    _whole("notion", "ntn_" + "46281973650" + _MIX + "abcdefg"),
    _whole("airtable", "pat" + "A1b2C3d4E5f6G7" + "." + _HEX + _HEX),
    _whole("linear", "lin_api_" + _MIX + "aB3dE6gH9jK2"),
    _whole("hugging face", "hf_" + "QwErTyUiOpAsDfGhJkLzXcVbNmQwErTyUi"),
    _whole("databricks", "dapi" + _HEX),
    _whole("new relic", "NRAK-" + "X7YZ9KQ2LM4NP6RT8VW1AB3CD5E"),
    _whole("vault", "hvs." + "CAESI" + _MIX),
    _whole("age", "AGE-SECRET-KEY-1" + "QQPZRY9X8GF2TVDW0S3JN54KHCE6MUA7LQQPZRY9X8GF2TVDW0S3JN54KHCE"),
    _whole("postman", "PMAK-" + "5f3e8a1b2c4d6e7f8a9b0c1d" + "-" + "1a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6d7e"),
    _whole("facebook", "EAAB" + "wzLixnjYBAO7ZCp2LkXvRtWmNcBdQ9s8"),
    _whole("atlassian", "ATATT3xFfGF0" + _MIX + "=5D2C1B0A"),
    _whole("grafana", "glsa_" + _MIX + "_1a2b3c4d"),
    _whole("groq", "gsk_" + _MIX + _MIX),
    _whole("replicate", "r8_" + _MIX + "aB3dE6gH9jK2m"),
    _whole("figma", "figd_" + _MIX + "aB3d"),
    _whole("heddle", "hdl_" + "a1b2c3d4e5f6" + "_" + _MIX),
    Canary("azure storage", "DefaultEndpointsProtocol=https;AccountName=shop;AccountKey=Zm9vYmFyQmF6cXV4+/Q1w2E3r4==;", "Zm9vYmFyQmF6cXV4"),
    Canary("azure sas", "https://shop.blob.core.windows.net/c?sv=2024-08-04&sig=Zm9vYmFy%2BQmF6cXV4&sp=r", "Zm9vYmFy"),
    Canary("postgres", "postgres://app:pl4inW0rd@db.example.com/shop", "pl4inW0rd"),
    Canary("redis", "redis://:pl4inW0rd@cache.example.com:6379/0", "pl4inW0rd"),
    Canary("mongodb", "mongodb+srv://app:pl4inW0rd@cluster0.abcde.mongodb.net/", "pl4inW0rd"),
    Canary("amqp", "amqp://app:pl4inW0rd@mq.example.com/", "pl4inW0rd"),
    Canary("basic header", "Authorization: Basic YXBwOnBsNGluVzByZA==", "YXBwOnBsNGluVzByZA"),
    Canary("bearer header", "authorization: Bearer pl4in.t0ken-value", "pl4in.t0ken-value"),
    Canary("cookie header", "Cookie: sessionid=pl4insession; csrftoken=zz", "pl4insession"),
    _whole("jwt", "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0NTY3ODkwIn0." + "dozjgNryP4J3jVmNHl0w5N"),
    Canary("pem", "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEAz4Vq\n-----END RSA PRIVATE KEY-----", "MIIEpAIBAAKCAQEAz4Vq"),
    Canary("openssh", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA\n-----END OPENSSH PRIVATE KEY-----", "b3BlbnNzaC1rZXktdjEA"),
    Canary("pgp", "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQOYBGPlainKey\n-----END PGP PRIVATE KEY BLOCK-----", "lQOYBGPlainKey"),
    Canary("ssh public", "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC7zz9Kq2Lm4Np6Rt8Vw1 ada@laptop", "AAAAB3NzaC1yc2EAAAADAQABAAABgQC7zz9Kq2Lm4Np6Rt8Vw1"),
    Canary("crypt", "$2b$12$KIXQ4S3sJ8vLw9bV1nXo2eY5u7T6r4W3q2A1z0", "KIXQ4S3sJ8vLw9bV1nXo2e"),
    Canary("otp", "otpauth://totp/Shop:ada?secret=JBSWY3DPEHPK3PXP&issuer=Shop", "JBSWY3DPEHPK3PXP"),
    Canary("sentry", f"https://{_HEX}@o12345.ingest.sentry.io/678", _HEX),
    Canary("python assignment", 'db_password = "correct horse"', "correct horse"),
    Canary("javascript assignment", "const apiKey = 'battery staple';", "battery staple"),
    Canary("json in text", '{"client_secret": "battery staple"}', "battery staple"),
    Canary("environment", "SHOP_TOKEN=batterystaple", "batterystaple"),
    Canary("prose", "the password is batterystaple for all", "batterystaple"),
    Canary("query token", "https://api.example.org/items?page=1&access_token=batterystaple", "batterystaple"),
    Canary("query key", "https://api.example.org/items?appkey=batterystaple&page=1", "batterystaple"),
    Canary("signed address", "https://files.example.org/a?X-Amz-Credential=AKCRED%2F2026&X-Amz-Signature=feedbead", "feedbead"),
    _whole("hex", _HEX + _HEX),
    _whole("base62", _MIX),
    Canary("private address", "http://10.20.30.40:8080/hook", "10.20.30.40"),
    Canary("private host", "https://wiki.acme.internal/start", "wiki.acme.internal"),
    Canary("local host", "http://localhost:9200/_search", "localhost:9200"),
    Canary("short host", "http://jenkins-01/job/x", "jenkins-01"),
    Canary("card", "4111 1111 1111 1111", "4111 1111 1111 1111"),
    Canary("iban", "DE89 3704 0044 0532 0130 00", "3704 0044 0532"),
)  # fmt: skip

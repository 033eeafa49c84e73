"""What may stand in the record of a server: commands on the operator's list, no secrets, no variables that run code."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings

from core.errors import Invalid
from core.http.requests import FRAMING
from core.text.sensitive import PATTERNS, is_secret_key
from core.values.hosts import readable_parts
from credentials.catalogue import TYPES
from credentials.models import Credential
from mcp_integration.models import STDIO, McpServer

Fault = tuple[str, str, str]  # field, code, message
SECRETS = frozenset({"private_key", "jwt", "bearer", "api_key", "assignment", "url_login"})
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_PLACE = re.compile(r"\{(\w+)\}")
# With these, whoever may choose a variable chooses what a program loads or runs.
_RUNS_CODE = re.compile(
    r"LD_.*|DYLD_.*|GLIBC_.*|MALLOC_.*|PYTHON.*|NODE_OPTIONS|NODE_PATH|NODE_REPL.*|NODE_EXTRA.*|NPM_CONFIG_.*|DENO_.*|"
    r"BUN_.*|RUBY.*|GEM_.*|BUNDLE_.*|PERL.*|JAVA_TOOL_OPTIONS|_?JAVA_OPTIONS|JDK_.*|CLASSPATH|UV_.*|PIP_.*|GIT_.*|SSH_.*|"
    r"BASH.*|ENV|SHELL.*|IFS|CDPATH|PS4|PROMPT_COMMAND|PATH|HOME|TMPDIR|TMP|TEMP|EDITOR|VISUAL|PAGER|BROWSER|"
    r"DOTNET_.*|CORECLR_.*|COR_.*|LUA_.*|PHP.*|R_.*|GCONV_PATH|LOCPATH|NLSPATH|HOSTALIASES|RESOLV.*|OPENSSL_.*|SSL.*",
    re.IGNORECASE,
)


def check(server: McpServer, credential: Credential | None) -> None:
    """Refuse a record that may not be. Raises: Invalid, naming every field that is wrong."""
    faults = [*_of_transport(server), *_of_texts(server), *_of_map(server, credential)]
    if faults:
        errors = [{"field": field, "code": code, "message": message} for field, code, message in faults]
        raise Invalid(f"{len(faults)} fields are wrong" if len(faults) > 1 else faults[0][2], errors=errors)


def is_listed(command: str) -> bool:
    """Whether the operator allows a command: each is written as it stands in his list."""
    return bool(command) and command in settings.MCP_COMMANDS


def _of_transport(server: McpServer) -> Iterator[Fault]:
    if server.transport == STDIO:
        if not server.command:
            yield "command", "required", "A command is needed."
        elif not is_listed(server.command):
            yield "command", "not_allowed", "This command is not on the operator's list (HEDDLE_MCP_COMMANDS)."
        return
    parts = readable_parts(server.url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        yield "url", "invalid", "An address that begins with http:// or https:// is needed."
    elif parts.username is not None or parts.password is not None:
        yield "url", "secret", "A log-in does not belong into the address; use a credential."


def _of_texts(server: McpServer) -> Iterator[Fault]:
    yield from _of_variables(server)
    yield from _of_headers(server)
    for at, text in enumerate(server.args):
        if "\x00" in text:
            yield f"args.{at}", "invalid", "Null characters are refused."
        elif _looks_secret(text):
            yield f"args.{at}", "secret", "This looks like a secret; map a credential into the environment."
    if _looks_secret(server.url):
        yield "url", "secret", "This looks like a secret; keep it in a credential and map it."


def _of_variables(server: McpServer) -> Iterator[Fault]:
    for name, value in server.env.items():
        field = f"env.{name}"
        if not _VARIABLE.fullmatch(name):
            yield field, "invalid", "This is no name of a variable."
        elif _RUNS_CODE.fullmatch(name):
            yield field, "not_allowed", "This variable says what a program loads or runs; it is set by nobody."
        elif value and (is_secret_key(name) or _looks_secret(value)):
            yield field, "secret", "This looks like a secret; keep it in a credential and map it."


def _of_headers(server: McpServer) -> Iterator[Fault]:
    for name, value in server.headers.items():
        field = f"headers.{name}"
        if fault := _fault_of_header(name):
            yield field, "invalid", fault
        elif not value.isprintable():
            yield field, "invalid", "A header carries one line of text."
        elif value and (is_secret_key(name) or _looks_secret(value)):
            yield field, "secret", "This looks like a secret; keep it in a credential and map it."


def _fault_of_header(name: str) -> str | None:
    if not _HEADER.fullmatch(name):
        return "This is no name of a header."
    if name.lower() in FRAMING or name.lower().startswith("mcp-"):
        return "This header belongs to the transport."
    return None


def _looks_secret(text: str) -> bool:
    return any(
        pattern.kind in SECRETS
        and any(pattern.check is None or pattern.check(hit) for hit in pattern.expression.finditer(text))
        for pattern in PATTERNS
    )


def _of_map(server: McpServer, credential: Credential | None) -> Iterator[Fault]:
    """Yield what is wrong with the mapping: {"env": {VAR: field}, "headers": {Name: field or text with {field}}}."""
    mapped: Mapping[str, Mapping[str, str]] = server.credential_map
    for part in mapped.keys() - {"env", "headers"}:
        yield f"credential_map.{part}", "unknown", "One of: env, headers."
    env, headers = mapped.get("env", {}), mapped.get("headers", {})
    for name in env:
        if not _VARIABLE.fullmatch(name) or _RUNS_CODE.fullmatch(name):
            yield f"credential_map.env.{name}", "invalid", "A credential cannot be put into this variable."
    for name in headers:
        if fault := _fault_of_header(name):
            yield f"credential_map.headers.{name}", "invalid", fault
    if (env or headers) and server.credential_id is None:
        yield "credential_id", "required", "Name the credential that is mapped."
    if credential is None:
        return
    kind = TYPES.get(credential.type)
    known = {each.name for each in kind.fields} if kind is not None else set[str]()
    for where, fields in (("env", env), ("headers", headers)):
        for name, value in fields.items():
            for field in sorted(fields_in(value) - known):
                yield f"credential_map.{where}.{name}", "unknown", f"The credential has no field {field[:100]!r}."


def fields_in(value: str) -> set[str]:
    """Return the fields of a credential that a mapped value names: itself, or those in braces."""
    return set(_PLACE.findall(value)) or {value}


def filled(value: str, fields: Mapping[str, Any]) -> str:
    """Return a mapped value with the credential's fields in it."""
    if not _PLACE.search(value):
        return str(fields.get(value) or "")
    return _PLACE.sub(lambda hit: str(fields.get(hit[1]) or ""), value)

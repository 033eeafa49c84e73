"""`URL` and `URLSearchParams`, as far as they are read. Source: WHATWG URL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import SplitResult, parse_qsl, quote, urlencode, urljoin

from compiler.expressions.errors import JsError
from compiler.expressions.functions.table import argument
from compiler.expressions.scope import Scope
from compiler.expressions.values import UNDEFINED, Function, HostObject, is_nullish, text_of
from core.values.hosts import url_parts
from core.values.kinds import is_list, is_object

PORTS = {"http": 80, "https": 443, "ftp": 21, "ws": 80, "wss": 443}
LONGEST = 64 * 1024
_IN_PATH, _IN_QUERY = "/%:@!$&'()*+,;=-._~[]|^", "/%:@!$&()*+,;=-._~?[]|^{}`\\"


class SearchParams(HostObject):
    """The names and values of a query, in their order; it does not change."""

    __slots__ = ("pairs",)

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self.pairs = pairs

    def member(self, key: str) -> Any:
        if key == "size":
            return len(self.pairs)
        if key == "@@entries":
            return [list(pair) for pair in self.pairs]
        method = METHODS.get(key)
        return Function(lambda arguments: method(self, arguments)) if method else UNDEFINED

    def values_of(self, name: str) -> list[str]:
        return [value for known, value in self.pairs if known == name]

    def to_text(self) -> str:
        return urlencode(self.pairs)


def _first(params: SearchParams, arguments: list[Any]) -> Any:
    found = params.values_of(text_of(argument(arguments, 0)))
    return found[0] if found else None


METHODS: dict[str, Callable[[SearchParams, list[Any]], Any]] = {
    "get": _first,
    "getAll": lambda params, a: params.values_of(text_of(argument(a, 0))),
    "has": lambda params, a: bool(params.values_of(text_of(argument(a, 0)))),
    "keys": lambda params, a: [name for name, _ in params.pairs],
    "values": lambda params, a: [value for _, value in params.pairs],
    "entries": lambda params, a: [list(pair) for pair in params.pairs],
    "toString": lambda params, a: params.to_text(),
}


class Url(HostObject):
    """An absolute address by its parts."""

    __slots__ = ("parts",)

    def __init__(self, parts: SplitResult) -> None:
        self.parts = parts

    def member(self, key: str) -> Any:
        read = _PARTS.get(key)
        if read is not None:
            return read(self)
        return Function(lambda arguments: self.href) if key in ("toString", "toJSON") else UNDEFINED

    def to_text(self) -> str:
        return self.href

    def to_json(self) -> Any:
        return self.href

    @property
    def scheme(self) -> str:
        return self.parts.scheme.lower()

    @property
    def is_special(self) -> bool:
        return self.scheme in PORTS

    @property
    def host_name(self) -> str:
        name = self.parts.hostname or ""
        if ":" in name:
            return f"[{name}]"
        return name if name.isascii() else name.encode("idna").decode()

    @property
    def port(self) -> str:
        number = self.parts.port
        return "" if number is None or number == PORTS.get(self.scheme) else str(number)

    @property
    def host(self) -> str:
        return self.host_name + (f":{self.port}" if self.port else "")

    @property
    def path(self) -> str:
        path = quote(self.parts.path, safe=_IN_PATH)
        return path if path or not self.is_special else "/"

    @property
    def search(self) -> str:
        return f"?{quote(self.parts.query, safe=_IN_QUERY)}" if self.parts.query else ""

    @property
    def hash(self) -> str:
        return f"#{quote(self.parts.fragment, safe=_IN_QUERY)}" if self.parts.fragment else ""

    @property
    def login(self) -> str:
        name, password = self.parts.username or "", self.parts.password or ""
        return f"{name}{f':{password}' if password else ''}@" if name or password else ""

    @property
    def href(self) -> str:
        slashes = "//" if self.parts.netloc or self.is_special else ""
        return f"{self.scheme}:{slashes}{self.login}{self.host}{self.path}{self.search}{self.hash}"


_PARTS: dict[str, Callable[[Url], Any]] = {
    "href": lambda url: url.href,
    "origin": lambda url: f"{url.scheme}://{url.host}" if url.is_special else "null",
    "protocol": lambda url: f"{url.scheme}:",
    "username": lambda url: url.parts.username or "",
    "password": lambda url: url.parts.password or "",
    "host": lambda url: url.host,
    "hostname": lambda url: url.host_name,
    "port": lambda url: url.port,
    "pathname": lambda url: url.path,
    "search": lambda url: url.search,
    "hash": lambda url: url.hash,
    "searchParams": lambda url: SearchParams(parse_qsl(url.parts.query, keep_blank_values=True)),
}


def make_url(scope: Scope, arguments: list[Any]) -> Url:
    """Do what `new URL(address, base)` does. Raises: JsError."""
    spend, given = scope.budget.spend, argument(arguments, 1)
    address = text_of(argument(arguments, 0), spend).strip()
    base = None if is_nullish(given) else text_of(given, spend).strip()
    scope.budget.touch(address, base)
    if len(address) > LONGEST or (base is not None and len(base) > LONGEST):
        raise JsError("Invalid URL")
    try:
        parts = url_parts(address)  # before they are joined: the library's way takes quadratic time for long hosts
        if base is not None:
            url_parts(base)
            parts = url_parts(urljoin(base, address))
        url = Url(parts._replace(path=_without_dots(parts.path)))
        _ = url.port, url.host_name  # said at once, if they cannot be read
    except (ValueError, UnicodeError) as exc:
        raise JsError("Invalid URL") from exc
    if not url.scheme or (url.is_special and not parts.hostname):
        raise JsError("Invalid URL")
    return url


def _without_dots(path: str) -> str:
    if "/." not in path:
        return path
    made: list[str] = []
    steps = path.split("/")
    for at, step in enumerate(steps):
        is_dots = step in (".", "..")
        if step == ".." and len(made) > 1:
            made.pop()
        if not is_dots:
            made.append(step)
        elif at == len(steps) - 1:
            made.append("")
    return "/".join(made)


def make_search_params(scope: Scope, arguments: list[Any]) -> SearchParams:
    """Do what `new URLSearchParams(text, object or pairs)` does."""
    given = argument(arguments, 0, "")
    if isinstance(given, SearchParams):
        return given
    if is_object(given):
        scope.budget.spend(len(given))
        return SearchParams([(name, text_of(value)) for name, value in given.items()])
    if is_list(given):
        scope.budget.spend(len(given))
        pairs = [entry for entry in given if is_list(entry) and len(entry) == 2]
        if len(pairs) != len(given):
            raise JsError("Each query pair must be an iterable [name, value] tuple")
        return SearchParams([(text_of(name), text_of(value)) for name, value in pairs])
    text = text_of(given)
    scope.budget.grow(len(text))
    return SearchParams(parse_qsl(text.removeprefix("?"), keep_blank_values=True))

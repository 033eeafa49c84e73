"""Does a command need the servers? Help, a mistyped name and static checks do not, and must not start any."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Sequence
from pathlib import Path

NO_SERVERS = ("postgres://none:none@127.0.0.1:1/none", "redis://127.0.0.1:1/0")
ASKS_FOR_HELP = frozenset({"-h", "--help", "--version"})
STATIC_COMMANDS = frozenset(
    {"help", "version", "diffsettings", "findstatic", "collectstatic", "makemessages", "compilemessages", "spectacular"}
)
WITH_HELP = frozenset({"manage.py", "celery", "uvicorn", "pytest", "mypy"})
STATIC_PROGRAMS = frozenset({"mypy", "dmypy", "lint-imports", "django-stubs"})


def needs_servers(arguments: Sequence[str], apps: Iterable[str]) -> bool:
    """Tell whether the program with these arguments uses a database; `apps` are the installed ones."""
    program = Path(arguments[0] if arguments else "")
    names = {program.name, program.parent.name}  # `python -m celery` is celery/__main__.py
    if names & STATIC_PROGRAMS or (names & WITH_HELP and ASKS_FOR_HELP.intersection(arguments[1:])):
        return False
    if program.name != "manage.py":
        return True
    name = _command(arguments)
    if name in STATIC_COMMANDS or (name == "check" and "--database" not in arguments):
        return False
    return _is_command(name, apps)


def serves(arguments: Sequence[str]) -> bool:
    """Tell whether the program with these arguments will listen on the port that was asked for."""
    return Path(arguments[0] if arguments else "").name == "manage.py" and _command(arguments) == "up"


def _command(arguments: Sequence[str]) -> str:
    return next((argument for argument in arguments[1:] if not argument.startswith("-")), "help")


def _is_command(name: str, apps: Iterable[str]) -> bool:
    """Tell whether Django, or an app, has a command of this name. The apps are not set up yet, so by its file."""
    for app in ("django.core", *apps):
        package = app.partition(".apps.")[0]
        spec = importlib.util.find_spec(package)
        if spec is None or spec.origin is None:
            continue
        if (Path(spec.origin).parent / "management" / "commands" / f"{name}.py").exists():
            return True
    return False

"""Looks at the pins without a network: hashes, packages that were forgotten, both files of one mind, licences.

What only an index knows, as withdrawn releases and known holes, is asked by `make audit`.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILES = ("requirements.txt", "requirements-dev.txt")
# Installed where it is asked for: without what its packages ask for; into an environment of its own.
APART = ("requirements-local-model.txt", "requirements-mcp-examples.txt")
PIN = re.compile(r"(?P<name>[A-Za-z0-9._-]+)(\[[^\]]*\])?==(?P<version>[^\s;\\]+)(\s*;[^\\]*)?\s*\\?")
HASH = re.compile(r"\s+--hash=sha256:[0-9a-f]{64}\s*\\?")
# What may be used beside the Apache License; LGPL and MPL as they are, in packages of their own.
ALLOWED = re.compile(
    r"Apache|MIT|BSD|ISC|PSF|Python Software Foundation|MPL|Mozilla|LGPL|Lesser General|Unlicense|0BSD|CC0|Zlib", re.I
)
REFUSED = re.compile(r"\bA?GPL|(?<!Lesser )General Public|SSPL|BUSL|Business Source|Proprietary|Commons Clause", re.I)
SAID_ELSEWHERE = {"quickjs-ng": "MIT"}  # in its licence file alone


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins_of(text: str) -> tuple[dict[str, str], list[str]]:
    """Return the versions by package, and what is wrong with the lines."""
    found: dict[str, str] = {}
    faults: list[str] = []
    hashes: dict[str, int] = {}
    current = ""
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if HASH.fullmatch(line):
            hashes[current] = hashes.get(current, 0) + 1
        elif (pin := PIN.fullmatch(line)) is not None:
            current = normal(pin["name"])
            found[current] = pin["version"]
        else:
            faults.append(f"line {number} is no pin: {line.strip()[:80]}")
    return found, [*faults, *(f"{name} has no hash" for name in found if not hashes.get(name))]


def wanted_by(project: str) -> set[str]:
    """Return the packages that pyproject.toml asks for."""
    said = tomllib.loads(project)["project"]
    named = [*said["dependencies"], *(one for extra in said["optional-dependencies"].values() for one in extra)]
    return {normal(re.split(r"[\[<>=~!; ]", one, maxsplit=1)[0]) for one in named}


def licence_of(name: str) -> str | None:
    """Return what an installed package says of its licence; None where it is not installed."""
    try:
        said = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return None
    named = {key: said[key].strip() for key in ("License-Expression", "License") if key in said}
    by_class = [
        one.rpartition("::")[2].strip() for one in said.get_all("Classifier") or () if one.startswith("License")
    ]
    known = named.get("License-Expression") or ", ".join(one for one in by_class if one != "OSI Approved")
    return known or named.get("License", "").partition("\n")[0][:80] or SAID_ELSEWHERE.get(name, "")


def fault_of_licence(name: str, licence: str) -> str | None:
    choices = re.split(r"\bOR\b|,", licence)  # one that may be used is enough
    if any(ALLOWED.search(one) and not REFUSED.search(one) for one in choices):
        return None
    return f"{name} is under {licence or 'no licence that it names'}: decide, and say so in scripts/pins_checked.py"


def faults() -> Iterator[str]:
    read = {name: pins_of((ROOT / name).read_text()) for name in FILES}
    for name, (_, wrong) in read.items():
        yield from (f"{name}: {one}" for one in wrong)
    (running, _), (testing, _) = read.values()
    yield from (
        f"{name} is {version} in {FILES[0]}, and {testing.get(name, 'nothing')} in {FILES[1]}"
        for name, version in running.items()
        if testing.get(name) != version
    )
    yield from (
        f"{name} stands in pyproject.toml and has no pin: run `make requirements`"
        for name in sorted(wanted_by((ROOT / "pyproject.toml").read_text()) - testing.keys())
    )
    named = {*testing}
    for file in APART:
        apart, wrong = pins_of((ROOT / file).read_text())
        yield from (f"{file}: {one}" for one in wrong)
        named |= apart.keys()
    for name in sorted(named):
        licence = licence_of(name)
        fault = fault_of_licence(name, licence) if licence is not None else None
        if fault is not None:
            yield fault


if __name__ == "__main__":
    sys.exit("\n".join(faults()) or 0)

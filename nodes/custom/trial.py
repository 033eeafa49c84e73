"""A custom node is tried before it is used: its class is made, the tests that come with it are run, all in the jail.

The jail is a floor above; `settings.CUSTOM_NODE_TRIAL` names it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Any, cast

from django.conf import settings
from django.utils.module_loading import import_string
from pydantic import ValidationError

from core.errors import Unavailable
from nodes.abilities import CodeOutcome, CodeRequest
from nodes.custom.declaration import CaseSpec
from nodes.custom.node_type import Source, params_of, request_for

RunAll = Callable[[Sequence[CodeRequest]], list[CodeOutcome]]


class CodeSandboxUnavailable(Unavailable):
    code = "code_sandbox_unavailable"


def tried(source: Source) -> tuple[bool, list[dict[str, Any]]]:
    """Return (whether the node works, what each test came to: {name, passed, message, line}).

    Raises: CodeSandboxUnavailable.
    """
    run_all = cast("RunAll", import_string(settings.CUSTOM_NODE_TRIAL))
    report: list[dict[str, Any]] = []
    requests = [replace(request_for(source, {}, []), mode="each_item")]  # no item: the class is made and no more
    cases: list[CaseSpec] = []
    for at, case in enumerate(source.declaration.tests, 1):
        try:
            params = params_of(source.declaration).model_validate(case.params).model_dump(mode="json")
        except ValidationError as exc:
            error = exc.errors(include_url=False)[0]
            message = f"params.{'.'.join(map(str, error['loc']))}: {error['msg']}"
            report.append(_line(case.name or f"test {at}", message, None))
            continue
        cases.append(case.model_copy(update={"name": case.name or f"test {at}"}))
        requests.append(request_for(source, params, [_item(entry) for entry in case.items]))
    first, *outcomes = run_all(requests)
    if first.kind != "ok":
        return False, [_line("the class can be made", _problem(first), first.line)]
    for case, outcome in zip_longest(cases, outcomes):
        if outcome is None:
            report.append(_line(case.name, "There was no time left for it", None))
        else:
            report.append(_judged(case, outcome, source))
    return all(line["passed"] for line in report), report


def _item(entry: Mapping[str, Any]) -> dict[str, Any]:
    return dict(entry) if isinstance(entry.get("json"), dict) else {"json": dict(entry)}


def _judged(case: CaseSpec, outcome: CodeOutcome, source: Source) -> dict[str, Any]:
    if outcome.kind != "ok":
        return _line(case.name, _problem(outcome), outcome.line)
    main = source.declaration.outputs[0].name
    expected = case.expected if isinstance(case.expected, dict) else {main: case.expected}
    made: dict[str, list[Any]] = {}
    for item in outcome.items:
        made.setdefault(str(item["handle"]), []).append(item["json"])
    wanted = {handle: [_item(one)["json"] if isinstance(one, Mapping) else one for one in items]
              for handle, items in expected.items() if items}  # fmt: skip
    if made != wanted:
        return _line(case.name, f"expected {wanted!r}, got {made!r}"[:2000], None)
    return {"name": case.name, "passed": True, "message": "", "line": None}


def _problem(outcome: CodeOutcome) -> str:
    return f"{outcome.type}: {outcome.message}" if outcome.type else outcome.message


def _line(name: str, message: str, line: int | None) -> dict[str, Any]:
    return {"name": name, "passed": False, "message": message, "line": line}

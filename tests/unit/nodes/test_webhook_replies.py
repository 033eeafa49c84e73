"""The headers of a webhook's answer: numbers, several cookies, and what is told of those that do not go."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pydantic import ValidationError

from nodes.base import NodeResult
from nodes.registry import builtin_catalogue
from tests.unit.nodes.running import Ctx


def answered(headers: dict[str, Any], *, apart: bool = False) -> tuple[dict[str, Any], NodeResult]:
    kind: Any = builtin_catalogue().newest("respond_webhook")
    ctx = Ctx()
    ctx.answers_apart = apart
    made = asyncio.run(kind.run_all(kind.Params.model_validate({"headers": headers}), {"main": [{"json": {}}]}, ctx))
    return ctx.answers[0], made


def test_numbers_and_lists_are_values() -> None:
    answer, made = answered({"X-Count": 5, "X-Is": True, "X-None": None, "Vary": ["a", "b"]})

    assert answer["headers"] == {"X-Count": "5", "X-Is": "true", "Vary": "a, b"}
    assert made.warnings == ()


@pytest.mark.parametrize("value", [{"a": 1}, [["a"]], "a\r\nX-B: c", "\x7f"])
def test_what_no_header_can_carry_is_refused(value: Any) -> None:
    with pytest.raises(ValidationError):
        answered({"X-A": value})


def test_a_header_that_does_not_go_is_warned_of() -> None:
    _, made = answered({"Clear-Site-Data": "*"})
    assert [(one[0], one[1]) for one in made.warnings] == [("header_dropped", "params.headers.Clear-Site-Data")]


@pytest.mark.parametrize(("apart", "codes"), [(False, ["header_dropped"]), (True, [])])
def test_cookies_go_where_webhooks_have_a_host_of_their_own(apart: bool, codes: list[str]) -> None:
    answer, made = answered({"Set-Cookie": ["a=1; Path=/", "b=2"]}, apart=apart)

    assert answer["cookies"] == ["a=1; Path=/", "b=2"]
    assert [one[0] for one in made.warnings] == codes


def test_a_cookie_for_a_domain_is_warned_of() -> None:
    _, made = answered({"Set-Cookie": "a=1; Domain=example.org"}, apart=True)
    assert [one[0] for one in made.warnings] == ["header_dropped"]

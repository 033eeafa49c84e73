"""What a server asked for is counted until it was answered."""

from __future__ import annotations

from typing import Any

import anyio
import mcp_types as types
import pytest

from mcp_integration.client.flow import MOST_ASKED, Flow
from mcp_integration.client.spec import Link


def asked(number: Any, pad: str = "") -> types.JSONRPCRequest:
    return types.JSONRPCRequest(jsonrpc="2.0", id=number, method="ping", params={"_meta": {"pad": pad}})


def answered(number: Any) -> types.JSONRPCResponse:
    return types.JSONRPCResponse(jsonrpc="2.0", id=number, result={})


def cancelled(number: Any) -> types.JSONRPCNotification:
    return types.JSONRPCNotification(jsonrpc="2.0", method="notifications/cancelled", params={"requestId": number})


async def flow_and_link() -> tuple[Flow, Link]:
    link = Link()
    return Flow(link), link


def test_any_number_may_be_asked_one_after_the_other() -> None:
    flow, link = anyio.run(flow_and_link)

    for number in range(10 * MOST_ASKED):
        flow.came(asked(number))
        flow.came(answered("of ours"))
        if number % 2:
            flow.went(answered(number))
        else:
            flow.came(cancelled(str(number)))

    assert (flow._asked, link.fault) == ({}, "")


@pytest.mark.parametrize(
    ("requests", "said"),
    [
        ([asked(number) for number in range(MOST_ASKED + 1)], "more than 32 things"),
        ([asked(number, "x" * 1_000_000) for number in range(5)], "more than 4 MiB"),
        ([asked(7), asked("7")], "the id of a request again"),
    ],
)
def test_too_much_at_once_ends_the_connection(requests: list[Any], said: str) -> None:
    flow, link = anyio.run(flow_and_link)

    *fine, last = requests
    for one in fine:
        flow.came(one)
    with pytest.raises(anyio.EndOfStream):
        flow.came(last)

    assert said in link.fault
    assert link.lost.is_set()

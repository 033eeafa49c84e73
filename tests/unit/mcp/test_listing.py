"""What is kept of a tool, without secrets."""

from __future__ import annotations

from core.text.scrubbing import Secrets
from mcp_integration.client.listing import DESCRIPTION_BYTES, bounded, masked
from mcp_integration.client.spec import Tool

SECRET = "canary-9f8e7d6c"


def test_a_secret_that_is_cut_in_two_leaves_no_beginning() -> None:
    secrets = Secrets()
    secrets.add([SECRET])
    text = "x" * (DESCRIPTION_BYTES - 7)

    (kept,) = bounded([Tool("t", text + SECRET, {"type": "object"}, {"title": "y" * 300, "other": SECRET})]).tools
    clean = masked(kept, secrets)

    assert kept.description == f"{text}canary-"
    assert (clean.description, clean.annotations, clean.left_out) == (text, {}, ("description",))
    whole = Tool("t", "ends as canary-", {"type": "object"}, {})
    assert masked(whole, secrets).description == "ends as canary-", "nothing was cut"

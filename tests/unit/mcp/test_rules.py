"""What of a credential is mapped where."""

from __future__ import annotations

from mcp_integration.rules import fields_in, filled


def test_a_mapped_value_is_a_field_or_a_text_with_fields_in_it() -> None:
    fields = {"token": "t1", "user": "ann"}

    assert (fields_in("token"), fields_in("Bearer {token} of {user}")) == ({"token"}, {"token", "user"})
    assert filled("token", fields) == "t1"
    assert filled("Bearer {token} of {user}", fields) == "Bearer t1 of ann"
    assert filled("nothing", fields) == ""

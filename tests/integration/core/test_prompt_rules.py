"""The rules for text that goes to models, edited by staff while everything runs."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from core.models import User
from core.text import prompt_rules
from core.text.for_models import DEFAULT, ContentBlocked, checked

pytestmark = pytest.mark.django_db
URL = "/api/admin/prompt-patterns/"


def test_staff_edit_the_rules(
    api: APIClient, make_user: Callable[..., User], as_user: Callable[[User], APIClient]
) -> None:
    staff = as_user(make_user(is_staff=True))
    assert api.get(URL).json()["code"] == "permission_denied"
    first = staff.get(URL).json()
    assert len(first["patterns"]) == len(DEFAULT.patterns)
    body = {"patterns": [*first["patterns"], {"pattern": "open sesame", "action": "block"}], "max_input_chars": 500}
    assert staff.put(URL, body, format="json").json() == body

    with pytest.raises(ContentBlocked):
        checked("Open Sesame!", prompt_rules.policy())
    assert prompt_rules.policy().max_input_chars == 500

    for wrong, field in (({"patterns": [{"pattern": "(", "action": "warn"}]}, "patterns.0.pattern"),
                         ({"patterns": [{"pattern": "a", "action": "burn"}]}, "patterns.0.action"),
                         ({"patterns": [], "max_input_chars": 1}, "max_input_chars")):  # fmt: skip
        reply = staff.put(URL, {**body, **wrong}, format="json")
        assert (reply.status_code, reply.json()["errors"][0]["field"]) == (400, field)
    assert staff.get(URL).json() == body

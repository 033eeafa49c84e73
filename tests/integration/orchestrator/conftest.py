"""People who share workflows with each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from core.models import User
from tests.integration.orchestrator.sharing import Person


@pytest.fixture
def person(make_user: Callable[..., User], as_user: Callable[[User], APIClient]) -> Callable[..., Person]:
    def make(**fields: Any) -> Person:
        user = make_user(**fields)
        return Person(user, as_user(user))

    return make


@pytest.fixture
def owner(person: Callable[..., Person]) -> Person:
    return person(name="Olga")

"""What settings read from the environment."""

from __future__ import annotations

import pytest

from workflow_backend import environment

NAME = "HEDDLE_ADMIN_PATH"


@pytest.mark.parametrize(
    ("given", "path"),
    [
        (None, "/admin/"),
        ("", "/admin/"),
        ("staff", "/staff/"),
        ("/a/b", "/a/b/"),
        ("/a/", "/a/"),
        ("off", ""),
        ("OFF", ""),
    ],
)
def test_a_path_below_which_something_is_served(given: str | None, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(NAME, raising=False)
    if given is not None:
        monkeypatch.setenv(NAME, given)
    assert environment.folder(NAME, "/admin/", ("api",)) == path


@pytest.mark.parametrize(
    "given", ["/", "//", "/api/", "api/admin", "/a b/", "/a/../b/", "/a//b/", "/ä/", "/<x>/", "/a?b"]
)
def test_a_path_that_is_none_or_taken_is_refused(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, given)
    with pytest.raises(SystemExit, match="HEDDLE_ADMIN_PATH"):
        environment.folder(NAME, "/admin/", ("api",))

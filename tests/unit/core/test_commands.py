"""Commands of ours that have the name of one of Django's are the ones that run."""

from __future__ import annotations

from django.core.management import get_commands


def test_runserver_is_the_whole_server_with_sockets_streams_and_static_files() -> None:
    assert get_commands()["runserver"] == "workflow_backend"

"""Who does not speak MCP does not pay for it: the SDK is imported at its first use."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("process", ["workflow_backend.asgi", "workflow_backend.celery", "executor.process.worker"])
def test_a_process_starts_without_the_sdk(process: str) -> None:
    code = (
        "import os, sys; os.environ['DJANGO_SETTINGS_MODULE'] = 'workflow_backend.settings'; import django; "
        f"django.setup(); import {process}, workflow_backend.urls; "
        "print(sorted({'mcp', 'mcp_types', 'httpx2'} & sys.modules.keys()))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() in ("[]", "['httpx2']")  # LangGraph brings the last one

"""The local model of `make run WITH=local-model`: where it listens, and how the other processes find it."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Mapping, Sequence

from inference.local_model import KEY, NAME

LOCAL_MODEL = "local-model"
FREE = f'{{"openai_compatible": {{"{NAME}": {{"input": "0", "output": "0"}}}}}}'


class LocalModel:
    """One server on loopback, with a key that nobody but this installation's processes has."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.host = f"127.0.0.1:{self.port}"
        self._key = secrets.token_urlsafe(24)

    @property
    def command(self) -> Sequence[str]:
        return ["inference.local_model", "--port", str(self.port)]

    def environment(self) -> Mapping[str, str]:
        """Return what makes it the installation's model; what the operator has set himself stays."""
        asked = {
            "HEDDLE_LLM_PROVIDER": "openai_compatible",
            "HEDDLE_LLM_MODEL": NAME,
            "HEDDLE_LLM_BASE_URL": f"http://{self.host}/v1",
            "HEDDLE_LLM_API_KEY": self._key,
            "HEDDLE_MODEL_PRICES": FREE,
        }
        is_set = any(os.environ.get(name) for name in asked)
        return {KEY: self._key, **({} if is_set else asked)}

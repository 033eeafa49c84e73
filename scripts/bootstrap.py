# ruff: noqa: UP031, UP036, T201, S603 (an old Python has to get through to the sentence that refuses it)
"""Makes the virtual environment and installs into it. Runs on any Python, so that an old one gets a clear sentence.

Two first starts side by side take turns, and the second finds done what the first did.
"""

import errno
import fcntl
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def make_environment(folder):
    if sys.version_info < (3, 11):
        sys.exit(
            "heddle: Python 3.11 or newer is needed, this is %d.%d; try `make PYTHON=python3.12 run`"
            % sys.version_info[:2]
        )
    if os.path.exists(os.path.join(folder, "bin", "python")):
        return
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


def install(requirements, done, *options):
    if os.path.exists(done) and os.path.getmtime(done) >= os.path.getmtime(requirements):
        return
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
        *options,
        "-r",
        requirements,
    ]
    if subprocess.call(command):
        sys.exit("heddle: %s could not be installed; pip says why above" % requirements)
    with open(done, "a"):
        os.utime(done, None)


def wait_for_others():
    """Hold the checkout until this process ends."""
    handle = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (IOError, OSError) as exc:  # noqa: UP024 (two classes where Python is old)
        if exc.errno not in (errno.EWOULDBLOCK, errno.EACCES):
            return  # a file system without locks
        print("another command installs in this folder; waiting for it", flush=True)
        fcntl.flock(handle, fcntl.LOCK_EX)


if __name__ == "__main__":
    wait_for_others()
    {"venv": make_environment, "install": install}[sys.argv[1]](*sys.argv[2:])

"""Folders and files of ours where we are root: never in a place that another account could have prepared.

A path is walked from the root of the file system: each step must be a folder, or a link, of an account that we trust,
and nobody else may put something there. So nothing can change between look and use: only trusted accounts could.
"""

from __future__ import annotations

import grp
import os
import pwd
import stat
from collections import deque
from pathlib import Path

from workflow_backend.embedded.errors import EmbeddedServerError

CODE = Path(__file__).resolve().parent.parent.parent
MOST_LINKS = 40


def prepared(folder: Path, *, mode: int = 0o755) -> Path:
    """Return a folder, made with its parents where it is not there, without links in its path.

    Raises: EmbeddedServerError where we are root and somebody else could have prepared it.
    """
    if os.geteuid() != 0:
        folder.mkdir(mode=mode, parents=True, exist_ok=True)
        return folder.resolve()
    at, steps, links = Path("/"), deque(Path(os.path.abspath(folder)).parts[1:]), 0
    _check(at)
    while steps:
        step = steps.popleft()
        if step == "..":
            at = at.parent
            continue
        found = _made(at / step, mode)
        if not stat.S_ISLNK(found.st_mode):
            at = at / step
            _check(at)
            continue
        links += 1
        if found.st_uid not in _trusted() or links > MOST_LINKS:
            raise EmbeddedServerError(f"{at / step} is a link of somebody else's; remove it or choose HEDDLE_DATA_DIR")
        target = Path(os.readlink(at / step))
        if target.is_absolute():
            at = Path("/")
        steps.extendleft(reversed([part for part in target.parts if part != "/"]))
    return at


def private(folder: Path, *, mode: int = 0o700) -> Path:
    """Return a folder in a prepared one that is ours alone. Raises: EmbeddedServerError."""
    found = _made(folder, mode)
    if not stat.S_ISDIR(found.st_mode):
        raise EmbeddedServerError(f"{folder} is no folder; remove it")
    if found.st_uid != os.geteuid():
        raise EmbeddedServerError(f"{folder} belongs to {_name(found.st_uid)}; remove it or choose HEDDLE_DATA_DIR")
    if stat.S_IMODE(found.st_mode) != mode:
        folder.chmod(mode, follow_symlinks=os.chmod not in os.supports_follow_symlinks)
    return folder


def new_file(path: Path, content: bytes, *, owner: tuple[int, int] | None, mode: int = 0o600) -> None:
    """Write a file anew, whatever stood there; `owner` is (uid, gid)."""
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        os.fchmod(handle, mode)
        if owner is not None:
            os.fchown(handle, *owner)


def take_over(folder: Path, uid: int) -> None:
    """Make a tree belong to an account, from its top down, following no link.

    Its former owner is not trusted: what has a second name could be anybody's file, and is refused.
    Raises: EmbeddedServerError.
    """
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        if os.fstat(handle).st_uid != uid:
            _take(handle, uid, str(folder))
    finally:
        os.close(handle)


def _take(handle: int, uid: int, shown: str) -> None:
    os.fchown(handle, uid, uid)
    for name in os.listdir(handle):
        kind = os.stat(name, dir_fd=handle, follow_symlinks=False).st_mode
        if stat.S_ISLNK(kind):
            os.chown(name, uid, uid, dir_fd=handle, follow_symlinks=False)
            continue
        if not (stat.S_ISDIR(kind) or stat.S_ISREG(kind)):
            raise EmbeddedServerError(f"{shown}/{name} is no file of a database; remove it")
        inner = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=handle)
        try:
            found = os.fstat(inner)
            if stat.S_ISDIR(found.st_mode):
                _take(inner, uid, f"{shown}/{name}")
            elif found.st_nlink > 1:
                raise EmbeddedServerError(f"{shown}/{name} has a second name elsewhere; remove one")
            else:
                os.fchown(inner, uid, uid)
        finally:
            os.close(inner)


def _made(path: Path, mode: int) -> os.stat_result:
    """Return what stands at a path, a new folder where nothing does."""
    try:
        path.mkdir(mode=mode)
    except FileExistsError:
        pass
    except OSError as exc:
        raise EmbeddedServerError(f"the folder {path} cannot be made: {exc.strerror}") from exc
    return path.lstat()


def _check(folder: Path) -> None:
    """Raises: EmbeddedServerError where an account that we do not trust owns a folder, or could put something there."""
    if folder == CODE or folder in CODE.parents:
        return  # whoever may write here can change the code that we run
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise EmbeddedServerError(f"{folder} is no folder; choose HEDDLE_DATA_DIR")
    if found.st_uid not in _trusted():
        raise EmbeddedServerError(
            f"as root Heddle keeps no data where others could have prepared it: {folder} belongs to "
            f"{_name(found.st_uid)}; choose HEDDLE_DATA_DIR or run as an ordinary user"
        )
    if found.st_mode & stat.S_ISVTX:
        return  # others may add to it, but neither take nor replace what is not theirs: the next step is looked at
    if found.st_mode & stat.S_IWOTH or (found.st_mode & stat.S_IWGRP and _has_strangers(found.st_gid)):
        raise EmbeddedServerError(
            f"as root Heddle keeps no data where others could have prepared it: {folder} may be written by others; "
            f"choose HEDDLE_DATA_DIR or take that right away"
        )


def _trusted() -> set[int]:
    """Return the accounts that could do anything to us anyway: ours, root, and who owns our code."""
    return {0, os.geteuid(), CODE.stat().st_uid}


def _has_strangers(group: int) -> bool:
    trusted = _trusted()
    if any(account.pw_gid == group and account.pw_uid not in trusted for account in pwd.getpwall()):
        return True
    try:
        members = grp.getgrgid(group).gr_mem
    except KeyError:
        return False
    return any(_uid(name) not in trusted for name in members)


def _uid(name: str) -> int | None:
    try:
        return pwd.getpwnam(name).pw_uid
    except KeyError:
        return None


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"the account {uid}"

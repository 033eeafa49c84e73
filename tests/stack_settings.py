"""The settings of a stack under test: as they are, but that a password is hashed in no time."""

from workflow_backend.settings import *  # noqa: F403 (all of them)

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

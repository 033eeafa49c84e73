"""The jail for user code: a pool of parents that fork one locked child per call. See docs/security.md."""

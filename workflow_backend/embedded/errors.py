"""What can go wrong with the embedded servers."""


class EmbeddedServerError(RuntimeError):
    """An embedded server cannot run; the message says why in one sentence."""

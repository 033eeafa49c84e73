"""What can go wrong in an expression.

ExpressionSyntaxError   the text is not in the language: found when compiling
ExpressionFailed        fails the node: a limit, an unknown node, an n8n method on the wrong type
JsError                 a TypeError or RangeError of the language: the body's value is undefined
"""


class ExpressionSyntaxError(ValueError):
    """Text that is refused, with the position (characters from the start of the param) where it went wrong."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.message = message
        self.position = position


class ExpressionFailed(ValueError):
    """An evaluation that must not go on."""

    def __init__(self, message: str, code: str = "expression_error") -> None:
        super().__init__(message)
        self.message = message
        self.code = code


class JsError(ValueError):
    """An error that a program in the language would raise."""

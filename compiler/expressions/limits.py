"""Bounds of one evaluation: nothing that a text says may take long or grow without end."""

from compiler.expressions.errors import ExpressionFailed

MAX_TEXT = 64 * 1024
MAX_DEPTH = 64
MAX_STEPS = 100_000
MAX_RESULT = 1024 * 1024


class Budget:
    """Steps that one evaluation may take; everything that repeats or grows spends some."""

    __slots__ = ("depth", "steps")

    def __init__(self) -> None:
        self.steps = MAX_STEPS
        self.depth = 0

    def spend(self, steps: int = 1) -> None:
        self.steps -= steps
        if self.steps < 0:
            raise ExpressionFailed(f"the expression takes more than {MAX_STEPS} steps", "expression_limit")

    def grow(self, size: int) -> None:
        """Pay for a text or list of this size before it is made."""
        if size > MAX_RESULT:
            raise ExpressionFailed(
                f"a value of the expression is larger than {MAX_RESULT} characters", "expression_limit"
            )
        self.spend(size >> 6)

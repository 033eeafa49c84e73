"""Where a parser stands in its text: the token there, and what it takes."""

from __future__ import annotations

from compiler.expressions.errors import ExpressionSyntaxError
from compiler.expressions.limits import MAX_TEXT
from compiler.expressions.tokenizer import Token, next_token


class TokenReader:
    """Takes the tokens of a text, one after the other."""

    def __init__(self, text: str) -> None:
        if len(text) > MAX_TEXT:
            raise ExpressionSyntaxError(f"longer than {MAX_TEXT} characters", MAX_TEXT)
        self.text = text
        self.depth: int = 0
        self.ahead: tuple[int, Token] | None = None  # where the last token that was looked ahead at begins, and it
        self.token: Token = next_token(text, 0)
        self.last_end = 0  # where the token before it ends

    def advance(self) -> Token:
        before = self.token
        self.last_end = before.end
        ahead = self.ahead
        self.token = ahead[1] if ahead is not None and ahead[0] == before.end else next_token(self.text, before.end)
        return before

    def at(self, *marks: str) -> bool:
        return self.token.kind == "punctuation" and self.token.text in marks

    def at_word(self, *words: str) -> bool:
        return self.token.kind == "name" and self.token.text in words

    def take(self, mark: str) -> bool:
        if self.at(mark):
            self.advance()
            return True
        return False

    def expect(self, mark: str) -> None:
        if not self.take(mark):
            raise self.unexpected(f"expected {mark!r}")

    def unexpected(self, wanted: str = "") -> ExpressionSyntaxError:
        what = "the end" if self.token.kind == "end" else repr(self.token.text[:40])
        return ExpressionSyntaxError(f"{wanted}, found {what}" if wanted else f"unexpected {what}", self.token.position)

"""Text to a syntax tree: an expression, with the statements in the functions it holds."""

from __future__ import annotations

from typing import Literal

from compiler.expressions import syntax
from compiler.expressions.errors import ExpressionSyntaxError
from compiler.expressions.expression_parser import ExpressionParser
from compiler.expressions.limits import MAX_DEPTH
from compiler.expressions.references import reference_in
from compiler.expressions.syntax import Node
from compiler.expressions.values import UNDEFINED


def parse(text: str, offset: int = 0) -> Node:
    """Parse one expression; `offset` is added to positions. Raises: ExpressionSyntaxError."""
    known = reference_in(text)
    if known is not None:
        return known
    try:
        return _Parser(text).whole()
    except ExpressionSyntaxError as exc:
        raise ExpressionSyntaxError(exc.message, exc.position + offset) from None


class _Parser(ExpressionParser):
    """Parses the statements of functions, too."""

    def block(self) -> tuple[syntax.Statement, ...]:
        self.expect("{")
        statements: list[syntax.Statement] = []
        while not self.take("}"):
            statements.extend(self.statement())
        return tuple(statements)

    def statement(self) -> list[syntax.Statement]:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ExpressionSyntaxError(f"nested deeper than {MAX_DEPTH}", self.token.position)
        found: list[syntax.Statement] = []
        if self.at_word("const", "let", "var"):
            kind = self.kind()
            found = self.declared(kind, self.pattern())
        elif self.at_word("function"):
            found = [self.named_function()]
        elif self.at_word("return"):
            self.advance()
            found = [syntax.Return(None if self.at(";", "}") else self.expression())]
        elif self.at_word("if"):
            found = [self.choice()]
        elif self.at_word("for", "while"):
            found = [self.loop()]
        elif self.at_word("try"):
            found = [self.attempt()]
        elif self.at_word("break", "continue"):
            found = [syntax.Leave(self.advance().text)]
        elif self.at("{"):
            found = [syntax.Block(self.block())]
        elif not self.at(";"):
            found = [syntax.Work(self.expression())]
        while self.take(";"):
            pass
        self.depth -= 1
        return found

    def choice(self) -> syntax.Statement:
        self.advance()
        self.expect("(")
        test = self.expression()
        self.expect(")")
        yes = self.branch()
        while self.take(";"):
            pass
        if not self.at_word("else"):
            return syntax.If(test, yes, ())
        self.advance()
        return syntax.If(test, yes, self.branch())

    def named_function(self) -> syntax.Statement:
        position = self.token.position
        function = self.function()
        if not isinstance(function, syntax.Arrow) or not function.name:
            raise ExpressionSyntaxError("a function that stands alone needs a name", position)
        target = syntax.Pattern("name", name=function.name, position=position)
        return syntax.Declare(target, syntax.Arrow(function.parameters, function.body), "function")

    def loop(self) -> syntax.Statement:
        is_while = self.advance().text == "while"
        self.expect("(")
        if is_while:
            test = self.expression()
            self.expect(")")
            return syntax.Repeat((), test, None, self.branch())
        begin: list[syntax.Statement] = []
        if self.at_word("const", "let", "var"):
            kind = self.kind()
            target = self.pattern()
            if self.at_word("of", "in"):
                is_of_keys = self.advance().text == "in"
                source = self.expression()
                self.expect(")")
                return syntax.Each(target, source, self.branch(), kind, is_of_keys)
            begin = self.declared(kind, target)
        elif not self.at(";"):
            begin = [syntax.Work(self.expression())]
        self.expect(";")
        test_ = None if self.at(";") else self.expression()
        self.expect(";")
        step = None if self.at(")") else self.expression()
        self.expect(")")
        return syntax.Repeat(tuple(begin), test_, step, self.branch())

    def attempt(self) -> syntax.Statement:
        self.advance()
        body, target = syntax.Block(self.block()), None
        if not self.at_word("catch"):
            raise self.unexpected("expected catch")
        self.advance()
        if self.take("("):
            target = self.pattern()
            self.expect(")")
        return syntax.Try(body, target, syntax.Block(self.block()))

    def branch(self) -> tuple[syntax.Statement, ...]:
        """Parse what an `if` or a loop does: one statement, which declares nothing, or a block."""
        if self.at_word("const", "let", "function"):
            raise self.unexpected("a declaration needs a block")
        return tuple(self.statement())

    def kind(self) -> Literal["const", "let", "var"]:
        word = self.advance().text
        return "const" if word == "const" else "let" if word == "let" else "var"

    def declared(self, kind: Literal["const", "let", "var"], target: syntax.Pattern) -> list[syntax.Statement]:
        """Return declarations, of which the first pattern was read; a `let` without a value is undefined."""
        found: list[syntax.Statement] = []
        while True:
            plain = syntax.Pattern(target.kind, target.names, target.name, target.rest, position=target.position)
            if target.default is None and (target.kind != "name" or kind == "const"):
                raise self.unexpected("expected '='")
            value = syntax.Constant(UNDEFINED) if target.default is None and kind == "let" else target.default
            found.append(syntax.Declare(plain, value, kind))
            if not self.take(","):
                return found
            target = self.pattern()

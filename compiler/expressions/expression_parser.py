"""Tokens to the tree of an expression: one method per level of precedence."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Literal

from compiler.expressions import syntax
from compiler.expressions.errors import ExpressionSyntaxError
from compiler.expressions.grammar import (
    ASSIGNMENTS,
    CONSTANTS,
    FORBIDDEN_MEMBERS,
    LEVEL_OF,
    REFUSED,
    STEPS,
    UNARY,
)
from compiler.expressions.limits import MAX_DEPTH
from compiler.expressions.syntax import Node
from compiler.expressions.token_reader import TokenReader
from compiler.expressions.tokenizer import next_token, read_escape, read_regex
from compiler.expressions.values import UNDEFINED, joined

NO_KEY = syntax.Constant("")


class ExpressionParser(TokenReader, ABC):
    """Parses expressions; what stands in the body of a function is another's."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.arrows: dict[int, bool] = {}  # by the position of a bracket: whether it begins an arrow function

    # -- levels -------------------------------------------------------------------------------------------------------
    def whole(self) -> Node:
        if self.token.kind == "end":
            return syntax.Constant(UNDEFINED)
        node = self.expression()
        while self.take(";"):
            pass
        if self.token.kind != "end":
            raise self.unexpected()
        return node

    def expression(self) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ExpressionSyntaxError(f"nested deeper than {MAX_DEPTH}", self.token.position)
        node = self.arrow_or_conditional()
        self.depth -= 1
        return node

    def arrow_or_conditional(self) -> Node:
        if self.begins_arrow():
            return self.arrow()
        test = self.logical_or()
        if self.token.kind == "punctuation" and self.token.text in ASSIGNMENTS:
            position = self.token.position
            operator = ASSIGNMENTS[self.advance().text]
            return self.assignment(test, operator, self.expression(), position)
        if not self.take("?"):
            return test
        yes = self.expression()
        self.expect(":")
        return syntax.Conditional(test, yes, self.expression())

    def assignment(
        self, target: Node, operator: str | None, value: Node, position: int, *, gives_old: bool = False
    ) -> Node:
        """Return what changes a local, or something in one; nothing else can be changed."""
        links = target.links if isinstance(target, syntax.Chain) else ()
        base = target.base if isinstance(target, syntax.Chain) else target
        if not isinstance(base, syntax.Name) or any(isinstance(link, syntax.Call) or link.optional for link in links):
            raise ExpressionSyntaxError("only a variable can be given a value", position)
        path = tuple(link.key if isinstance(link, syntax.Index) else syntax.Constant(link.key) for link in links)  # type: ignore[union-attr]  # no call is among them
        return syntax.Assign(base.name, path, operator, value, gives_old, position)

    def logical_or(self) -> Node:
        first = self.logical_and()
        rest: list[tuple[str, Node]] = []
        while self.at("??", "||"):
            operator = self.advance().text
            rest.append((operator, self.logical_and()))
        return syntax.Logical(first, tuple(rest)) if rest else first

    def logical_and(self) -> Node:
        first = self.binary(0)
        rest: list[tuple[str, Node]] = []
        while self.take("&&"):
            rest.append(("&&", self.binary(0)))
        return syntax.Logical(first, tuple(rest)) if rest else first

    def binary(self, minimum: int) -> Node:
        """Parse operators from a level of precedence on: a chain of one level is one flat node."""
        left = self.power()
        while (level := self.level()) >= minimum:
            rest: list[tuple[str, Node]] = []
            while self.level() == level:
                operator = self.advance().text
                rest.append((operator, self.binary(level + 1)))
            left = syntax.Binary(left, tuple(rest))
        return left

    def level(self) -> int:
        return LEVEL_OF.get(self.token.text, -1) if self.token.kind in ("punctuation", "name") else -1

    def power(self) -> Node:
        base = self.unary()
        if self.at("**"):
            self.advance()
            self.depth += 1
            if self.depth > MAX_DEPTH:
                raise ExpressionSyntaxError(f"nested deeper than {MAX_DEPTH}", self.token.position)
            node = syntax.Binary(base, (("**", self.power()),))
            self.depth -= 1
            return node
        return base

    def unary(self) -> Node:
        if self.token.kind == "punctuation" and self.token.text in STEPS:
            step = self.advance()
            return self.assignment(self.chain(), STEPS[step.text], syntax.Constant(1), step.position)
        if self.at_word("delete"):
            return self.deletion(self.advance().position)
        operators: list[str] = []
        while self.token.kind in ("punctuation", "name") and self.token.text in UNARY:
            operators.append(self.advance().text)
            if len(operators) > MAX_DEPTH:
                raise ExpressionSyntaxError(f"nested deeper than {MAX_DEPTH}", self.token.position)
        position = self.token.position
        node = self.chain()
        if self.token.kind == "punctuation" and self.token.text in STEPS and not self.is_on_new_line():
            operator = STEPS[self.advance().text]
            node = self.assignment(node, operator, syntax.Constant(1), position, gives_old=True)
        for operator in reversed(operators):
            node = syntax.Unary(operator, node)
        return node

    def deletion(self, position: int) -> Node:
        target = self.chain()
        link = target.links[-1] if isinstance(target, syntax.Chain) else None
        if not isinstance(target, syntax.Chain) or not isinstance(link, (syntax.Member, syntax.Index)) or link.optional:
            raise ExpressionSyntaxError("only a member can be deleted", position)
        key = link.key if isinstance(link, syntax.Index) else syntax.Constant(link.key)
        before = target.links[:-1]
        return syntax.Delete(syntax.Chain(target.base, before, position) if before else target.base, key)

    def is_on_new_line(self) -> bool:
        return "\n" in self.text[self.last_end : self.token.position]

    # -- members and calls --------------------------------------------------------------------------------------------
    def chain(self) -> Node:
        position = self.token.position
        base = self.primary()
        links: list[syntax.Member | syntax.Index | syntax.Call] = []
        while link := self.link():
            links.append(link)
        return syntax.Chain(base, tuple(links), position) if links else base

    def link(self) -> syntax.Member | syntax.Index | syntax.Call | None:
        if self.at("."):
            self.advance()
            return syntax.Member(self.member_name())
        if self.at("?."):
            self.advance()
            if self.take("["):
                return self.index(optional=True)
            if self.take("("):
                return syntax.Call(self.arguments(), optional=True)
            return syntax.Member(self.member_name(), optional=True)
        if self.take("["):
            return self.index()
        if self.take("("):
            return syntax.Call(self.arguments())
        return None

    def member_name(self) -> str:
        if self.token.kind != "name":
            raise self.unexpected("expected a name")
        if self.token.text in FORBIDDEN_MEMBERS:
            raise ExpressionSyntaxError(f"{self.token.text!r} cannot be used here", self.token.position)
        return self.advance().text

    def index(self, *, optional: bool = False) -> syntax.Index:
        key = self.expression()
        self.expect("]")
        return syntax.Index(key, optional)

    def arguments(self) -> tuple[Node, ...]:
        return self.list_until(")")

    def list_until(self, end: str) -> tuple[Node, ...]:
        entries: list[Node] = []
        while not self.take(end):
            if end == "]" and self.at(","):
                self.advance()
                entries.append(syntax.Constant(UNDEFINED))
                continue
            entries.append(syntax.Spread(self.expression()) if self.take("...") else self.expression())
            if not self.at(end):
                self.expect(",")
        return tuple(entries)

    # -- primaries ----------------------------------------------------------------------------------------------------
    def primary(self) -> Node:
        token = self.token
        if token.kind in ("number", "text"):
            self.advance()
            return syntax.Constant(token.value)
        if token.kind == "template":
            return self.template()
        if token.kind == "name":
            return self.word()
        if self.take("("):
            node = self.expression()
            self.expect(")")
            return node
        if self.take("["):
            return syntax.ArrayOf(self.list_until("]"))
        if self.at("{"):
            return self.object()
        if self.at("/", "/="):
            source, flags, end = read_regex(self.text, token.position)
            self.token = next_token(self.text, end)
            return syntax.Regex(source, flags, token.position)
        raise self.unexpected()

    def word(self) -> Node:
        token = self.token
        if token.text == "new":
            return self.new()
        if token.text == "function":
            return self.function()
        if token.text in REFUSED:
            raise ExpressionSyntaxError(f"{token.text!r} cannot be used here", token.position)
        self.advance()
        if token.text in CONSTANTS:
            return syntax.Constant(CONSTANTS[token.text])
        return syntax.Name(token.text, token.position)

    def new(self) -> Node:
        position = self.advance().position
        if self.token.kind != "name":
            raise self.unexpected("expected a name")
        name = self.advance().text
        arguments = self.arguments() if self.take("(") else ()
        return syntax.New(name, arguments, position)

    def template(self) -> Node:
        position, parts, text = self.token.end, list[Node](), list[str]()
        while position < len(self.text):
            char = self.text[position]
            if char == "`":
                parts.append(syntax.Constant(joined("".join(text))))
                self.token = next_token(self.text, position + 1)
                return syntax.TemplateText(tuple(parts))
            if char == "\\":
                piece, position = read_escape(self.text, position)
                text.append(piece)
            elif self.text.startswith("${", position):
                parts.append(syntax.Constant(joined("".join(text))))
                text = []
                self.token = next_token(self.text, position + 2)
                parts.append(self.expression())
                if not self.at("}"):
                    raise self.unexpected("expected '}'")
                position = self.token.end
            else:
                text.append(char)
                position += 1
        raise ExpressionSyntaxError("template text is not closed", self.token.position)

    def object(self) -> Node:
        self.expect("{")
        entries: list[tuple[Node, Node] | syntax.Spread] = []
        while not self.take("}"):
            entries.append(self.entry())
            if not self.at("}"):
                self.expect(",")
        return syntax.ObjectOf(tuple(entries))

    def entry(self) -> tuple[Node, Node] | syntax.Spread:
        if self.take("..."):
            return syntax.Spread(self.expression())
        if self.take("["):
            key: Node = self.expression()
            self.expect("]")
        else:
            token = self.token
            if token.kind not in ("name", "text", "number"):
                raise self.unexpected("expected a key")
            self.advance()
            key = syntax.Constant(token.text if token.kind == "name" else token.value)
            if token.kind == "name" and self.at(",", "}"):
                return key, syntax.Name(token.text, token.position)
        self.expect(":")
        return key, self.expression()

    # -- functions ----------------------------------------------------------------------------------------------------
    def begins_arrow(self) -> bool:
        if self.token.kind == "name" and self.token.text not in UNARY:
            after = next_token(self.text, self.token.end)
            self.ahead = self.token.end, after
            return after.kind == "punctuation" and after.text == "=>"
        if not self.at("("):
            return False
        if self.token.position not in self.arrows:
            self.look_for_arrows(self.token.position)
        return self.arrows[self.token.position]

    def look_for_arrows(self, position: int) -> None:
        """Note of each bracket from this one to where it ends whether an arrow follows: each is looked at once."""
        begun: list[int] = []
        while True:
            try:
                token = next_token(self.text, position)
            except ExpressionSyntaxError:
                break
            if token.kind in ("end", "template"):
                break
            position = token.end
            if token.kind == "punctuation" and token.text in ("(", "[", "{"):
                begun.append(token.position)
            elif token.kind == "punctuation" and token.text in (")", "]", "}"):
                self.arrows[begun.pop()] = self.comes_arrow(position)
                if not begun:
                    return
        self.arrows.update(dict.fromkeys(begun, False))

    def comes_arrow(self, position: int) -> bool:
        try:
            after = next_token(self.text, position)
        except ExpressionSyntaxError:
            return False
        return after.kind == "punctuation" and after.text == "=>"

    def arrow(self) -> Node:
        if self.token.kind == "name":
            parameters: tuple[syntax.Pattern, ...] = (syntax.Pattern("name", name=self.advance().text),)
        else:
            self.expect("(")
            parameters = self.patterns(")")
        self.expect("=>")
        return syntax.Arrow(parameters, self.block() if self.at("{") else self.expression())

    def function(self) -> Node:
        self.advance()
        name = self.advance().text if self.token.kind == "name" else ""
        self.expect("(")
        return syntax.Arrow(self.patterns(")"), self.block(), name)

    def patterns(self, end: str) -> tuple[syntax.Pattern, ...]:
        found: list[syntax.Pattern] = []
        while not self.take(end):
            found.append(self.pattern())
            if not self.at(end):
                self.expect(",")
        return tuple(found)

    def pattern(self) -> syntax.Pattern:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ExpressionSyntaxError(f"nested deeper than {MAX_DEPTH}", self.token.position)
        rest, position = self.take("..."), self.token.position
        kind: Literal["name", "object", "list"]
        names: tuple[tuple[Node, syntax.Pattern], ...] = ()
        name = ""
        if self.take("["):
            kind, names = "list", tuple((NO_KEY, entry) for entry in self.list_pattern())
        elif self.take("{"):
            kind, names = "object", self.object_pattern()
        elif self.token.kind == "name":
            kind, name = "name", self.advance().text
        else:
            raise self.unexpected("expected a name")
        default = self.expression() if self.take("=") else None
        self.depth -= 1
        return syntax.Pattern(kind, names, name, rest, default, position)

    def list_pattern(self) -> list[syntax.Pattern]:
        """Parse what is taken out of a list; where nothing stands between two commas an entry is passed over."""
        found: list[syntax.Pattern] = []
        while not self.take("]"):
            if self.take(","):
                found.append(syntax.Pattern("name"))
                continue
            found.append(self.pattern())
            if not self.at("]"):
                self.expect(",")
        return found

    def object_pattern(self) -> tuple[tuple[Node, syntax.Pattern], ...]:
        found: list[tuple[Node, syntax.Pattern]] = []
        while not self.take("}"):
            found.append((NO_KEY, self.pattern()) if self.at("...") else self.taken_out())
            if not self.at("}"):
                self.expect(",")
        return tuple(found)

    def taken_out(self) -> tuple[Node, syntax.Pattern]:
        """Parse a key of an object, with the pattern that its value goes to."""
        token = self.token
        if self.take("["):
            key: Node = self.expression()
            self.expect("]")
        elif token.kind in ("text", "number"):
            self.advance()
            key = syntax.Constant(token.value)
        elif token.kind == "name":
            key = syntax.Constant(token.text)
            if next_token(self.text, token.end).text != ":":
                return key, self.pattern()
            self.advance()
        else:
            raise self.unexpected("expected a name")
        self.expect(":")
        return key, self.pattern()

    @abstractmethod
    def block(self) -> tuple[syntax.Statement, ...]:
        """Parse the body of a function."""

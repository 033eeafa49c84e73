"""Random programs of the language: blocks, closures, loops, patterns, and objects whose keys are whole numbers."""

from __future__ import annotations

import random

NAMES = ("a", "b", "c", "d")
KEYS = ("2", "10", "b", "01", "a", "1", "-1", "1.5", "4294967294", "4294967295", "")


class Program:
    """Writes one program, whose value is what its functions came to and what was noted on the way."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.left = 28  # statements

    def text(self) -> str:
        body = self.block(4)
        return f"(() => {{ const log = [], fs = []; let a = 1, b = 2, c = 3, d = 4; try {{ {body} }} catch (e) {{ log.push('!') }} {TAIL} }})()"

    def pick(self, *choices: str) -> str:
        return self.random.choice(choices)

    def name(self) -> str:
        return self.random.choice(NAMES)

    def number(self) -> str:
        return str(self.random.randint(0, 4))

    # -- expressions --------------------------------------------------------------------------------------------------
    def value(self, depth: int = 2) -> str:
        if depth == 0:
            return self.pick(self.name(), self.number(), self.name())
        inner = depth - 1
        return self.pick(
            self.name(),
            self.number(),
            f"({self.value(inner)} + {self.value(inner)})",
            f"({self.value(inner)} > 1 ? {self.value(inner)} : {self.value(inner)})",
            f"({self.name()} = {self.value(inner)})",
            f"({self.name()} {self.pick('||=', '&&=', '??=', '+=')} {self.value(inner)})",
            f"{self.name()}++",
            f"((x, {self.name()} = {self.value(inner)}) => {self.value(inner)})(1)",
            f"(({self.pattern()}) => {self.value(inner)})({self.object()})",
            f"(function {self.name()}({self.name()}) {{ return {self.value(inner)} }})(2)",
            f"Object.keys({self.object()}).join()",
            f"JSON.stringify({{...{self.object()}, z: {self.value(inner)}}})",
        )

    def object(self) -> str:
        entries = [f"'{key}': {self.number()}" for key in self.random.sample(KEYS, self.random.randint(1, 6))]
        return "{" + ", ".join(entries) + "}"

    def pattern(self) -> str:
        one, two = self.random.sample(NAMES, 2)
        return self.pick(
            f"{{a: {one}, ...{two}}}",
            f"{{'2': {one} = {self.name()}, ...{two}}}",
            f"{{[{self.number()}]: {one}, b: {two} = 7}}",
            f"{{10: {one}}}",
        )

    # -- statements ---------------------------------------------------------------------------------------------------
    def block(self, depth: int) -> str:
        return " ".join(self.statement(depth) for _ in range(self.random.randint(2, 5)))

    def statement(self, depth: int) -> str:
        self.left -= 1
        if depth == 0 or self.left < 0:
            return f"log.push({self.value(1)});"
        inner, one = depth - 1, self.name()
        return self.pick(
            *[f"{self.pick('let', 'const', 'let', 'var')} {one} = {self.value()};"] * 4,
            f"let {one};",
            f"var {one};",
            f"log.push({self.value()});",
            f"log.push(typeof {one});",
            f"fs.push(() => {self.value(1)});",
            f"fs.push(() => {{ {one} = {self.value(1)}; return {self.name()} }});",
            f"function {one}({self.name()}) {{ return {self.value(1)} }}",
            f"{{ {self.block(inner)} }}",
            f"if ({self.value(1)}) {{ {self.block(inner)} }} else {{ {self.block(inner)} }}",
            f"for (let {one} = 0, n = 0; n < 3; n++) {{ {self.block(inner)} }}",
            f"for (let {one} = 0; {one} < 3; {one}++) {{ fs.push(() => {one}); {self.pick('continue', '')} }}",
            f"for ({self.pick('const', 'let', 'var')} {one} of [1, 2]) {{ {self.block(inner)} }}",
            f"for ({self.pick('const', 'let')} {one} in {self.object()}) {{ {self.block(inner)} }}",
            f"const {self.pattern()} = {self.object()};",
            f"try {{ {self.block(inner)} }} catch ({one}) {{ {one} = 9; {self.block(inner)} }}",
        )


TAIL = """
for (const f of fs) { try { log.push(f()) } catch (e) { log.push('!') } }
return log.map(one => typeof one === 'function' ? 'f' : one === undefined ? 'u'
  : typeof one === 'string' && /function|Error|object/.test(one) ? 'text of no value' : one && one.message ? 'e'
  : typeof one === 'number' && isNaN(one) ? 'NaN' : one)
""".strip().replace("\n", " ")

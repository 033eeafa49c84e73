"""Words and operators of the language: their levels of precedence, and those that are refused."""

from __future__ import annotations

from compiler.expressions.values import UNDEFINED

LEVELS: tuple[frozenset[str], ...] = (
    frozenset({"|"}),
    frozenset({"^"}),
    frozenset({"&"}),
    frozenset({"==", "!=", "===", "!=="}),
    frozenset({"<", ">", "<=", ">=", "in", "instanceof"}),
    frozenset({"<<", ">>", ">>>"}),
    frozenset({"+", "-"}),
    frozenset({"*", "/", "%"}),
)
LEVEL_OF = {operator: at for at, operators in enumerate(LEVELS) for operator in operators}
UNARY = frozenset({"!", "-", "+", "~", "typeof", "void"})
ASSIGNMENTS: dict[str, str | None] = {
    "=": None, "+=": "+", "-=": "-", "*=": "*", "/=": "/", "%=": "%", "**=": "**", "<<=": "<<", ">>=": ">>",
    ">>>=": ">>>", "&=": "&", "|=": "|", "^=": "^", "&&=": "&&", "||=": "||", "??=": "??",
}  # fmt: skip
STEPS = {"++": "+", "--": "-"}
CONSTANTS: dict[str, object] = {"true": True, "false": False, "null": None, "undefined": UNDEFINED}
REFUSED = frozenset(
    [
        "await",
        "async",
        "class",
        "do",
        "for",
        "import",
        "let",
        "const",
        "var",
        "new",
        "return",
        "super",
        "switch",
        "this",
        "throw",
        "try",
        "while",
        "with",
        "yield",
        "process",
        "require",
        "constructor",
        "arguments",
        "eval",
        "globalThis",
        "window",
        "global",
        "module",
        "exports",
        "prototype",
        "__proto__",
    ]
)
FORBIDDEN_MEMBERS = frozenset({"constructor", "__proto__", "prototype", "__defineGetter__", "__lookupGetter__"})

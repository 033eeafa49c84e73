"""The expression language: `{{ … }}` in params, the expression part of JavaScript over JSON values.

text ─▶ template.split ─▶ parser.parse ─▶ lower.compile_node ─▶ closures over a `Scope` ─▶ JSON value
"""

from compiler.expressions.errors import ExpressionFailed, ExpressionSyntaxError
from compiler.expressions.scope import Names, NodeView
from compiler.expressions.template import HALVED, NO_NUMBER, Template, compile_template, has_expression

__all__ = [
    "HALVED",
    "NO_NUMBER",
    "ExpressionFailed",
    "ExpressionSyntaxError",
    "Names",
    "NodeView",
    "Template",
    "compile_template",
    "has_expression",
]

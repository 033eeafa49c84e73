"""The expression language: `{{ … }}` in params, the expression part of JavaScript over JSON values.

text ─▶ template.split ─▶ parser.parse ─▶ lower.compile_node ─▶ closures over a `Scope` ─▶ JSON value
"""

from compiler.expressions.errors import ExpressionFailed, ExpressionSyntaxError
from compiler.expressions.scope import Names, NodeView
from compiler.expressions.template import HALVED, Template, compile_template, has_expression

__all__ = [
    "HALVED",
    "ExpressionFailed",
    "ExpressionSyntaxError",
    "Names",
    "NodeView",
    "Template",
    "compile_template",
    "has_expression",
]

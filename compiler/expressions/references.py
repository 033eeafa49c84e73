"""The most frequent expressions, read at one go: a path from `$json` or from a node that is named, and nothing else.

What fits here gives the tree that the parser gives, for a fraction of its time; all else is the parser's.
"""

from __future__ import annotations

import re

from compiler.expressions import syntax
from compiler.expressions.grammar import FORBIDDEN_MEMBERS
from compiler.expressions.values import joined

_TEXT = r"'[^'\\\n]*'|\"[^\"\\\n]*\""
_LINK = re.compile(rf"\.((?:[^\W\d]|[$_])[\w$]*)(\(\))?|\[(?:(\d{{1,9}})|({_TEXT}))\]")
_REFERENCE = re.compile(rf"\s*(?:(\$json)|(\$|\$items)\(({_TEXT})\)|(\$node)(?=\[))((?:{_LINK.pattern})+)\s*")


def reference_in(text: str) -> syntax.Chain | None:
    """Return the tree of a text that is a reference, else None."""
    found = _REFERENCE.fullmatch(text)
    if found is None:
        return None
    base, call, label, node = found.group(1, 2, 3, 4)
    position = found.start(1 if base else 2 if call else 4)
    links: list[syntax.Member | syntax.Index | syntax.Call] = []
    if call:
        links.append(syntax.Call((syntax.Constant(joined(label[1:-1])),)))
    for link in _LINK.finditer(text, found.start(5), found.end(5)):
        name, called, number, key = link.groups()
        if name in FORBIDDEN_MEMBERS:
            return None
        if name is not None:
            links.append(syntax.Member(name))
            if called:
                links.append(syntax.Call(()))
        else:
            links.append(syntax.Index(syntax.Constant(int(number) if number else joined(key[1:-1]))))
    return syntax.Chain(syntax.Name(base or call or node, position), tuple(links), position)

"""Names, blocks and orders of keys are what Node.js makes of them.

`scoped_programs.json` holds [program, value] as Node.js 20 gave it; the random programs are run by the Node.js at hand.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from compiler.expressions import ExpressionSyntaxError, Names, compile_template
from tests.conformance.compiler.random_programs import Program

SCOPED: list[tuple[str, Any]] = json.loads(Path(__file__).with_name("scoped_programs.json").read_text())
PROGRAMS = 1500
RUN = """
const programs = JSON.parse(require('fs').readFileSync(0, 'utf8'))
const come = programs.map(program => {
  let run
  try { run = new Function('return (' + program + ')') } catch (error) { return 'refused' }
  return JSON.stringify(run())
})
console.log(JSON.stringify(come))
"""


def come_to(program: str) -> Any:
    return compile_template(f"{{{{ {program} }}}}").evaluate(Names())


@pytest.mark.parametrize(("program", "value"), SCOPED, ids=[program for program, _ in SCOPED])
def test_names_mean_what_they_do_in_javascript(program: str, value: Any) -> None:
    made = come_to(program)

    assert json.dumps(made) == json.dumps(value)  # the order of keys as well


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node.js to compare with")
def test_random_programs_come_to_what_nodejs_makes_of_them() -> None:
    programs = [Program(seed).text() for seed in range(PROGRAMS)]
    ran = subprocess.run(
        ["node", "-e", RUN], input=json.dumps(programs), capture_output=True, text=True, check=True, timeout=60
    )
    wrong: list[tuple[str, Any, Any]] = []
    for program, expected in zip(programs, json.loads(ran.stdout), strict=True):
        try:
            made = json.dumps(come_to(program), separators=(",", ":"))
        except ExpressionSyntaxError:
            made = "refused"
        if made != expected:
            wrong.append((program, expected, made))

    assert not wrong, wrong[:3]


@pytest.mark.parametrize(
    "body",
    [
        "let x; let x",
        "const x = 1; var x",
        "const x",
        "let x; function x() { }",
        "if (true) let x = 1",
        "const {a}",
    ],
)
def test_what_javascript_refuses_is_refused(body: str) -> None:
    with pytest.raises(ExpressionSyntaxError):
        compile_template(f"{{{{ (() => {{ {body} }})() }}}}")

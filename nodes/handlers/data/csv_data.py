"""The CSV node: a text becomes one item per row, items become a text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import Field

from core.json import dumps
from core.values.kinds import is_list
from core.values.numbers import is_exact, read_number
from core.values.paths import get_path
from nodes import budget, costs
from nodes.base import BatchNodeType, Look, NodeContext, NodeFailed, NodeResult
from nodes.handlers.data.text_source import DataParams, text_of, with_text
from nodes.items import Items, links_to
from nodes.warnings import Warnings, warning, warning_of_missing

MAX_ROWS = 200_000
MAX_COLUMNS = 16_384


class CsvParams(DataParams):
    delimiter: str = Field(default=",", max_length=2, title="Delimiter", description="One character; \\t for a tab")
    header_row: bool = Field(default=True, title="First row holds names")
    columns: list[str] = Field(
        default=[], title="Columns", description="Names, where no row holds them, or which to write"
    )
    convert_numbers: bool = Field(default=False, title="Read numbers as numbers")
    skip_empty: bool = Field(default=True, title="Skip empty rows")


class CsvData(BatchNodeType[CsvParams]):
    """Parse: a row is an item, `pairedItem` leads back to its text. Serialize: all items are one text.

    Raises: NodeFailed "invalid_csv".
    """

    kind = "csv"
    Params = CsvParams
    look = Look(
        label="CSV",
        description="Reads and writes CSV text.",
        category="data",
        icon="table",
        color="#d97706",
        summary="{{ mode }} {{ field }}",
        aliases=("spreadsheet", "tsv", "parse", "table"),
        docs="Parse: each row is an item, of the text in the field or file; `destination` is not used. Rows "
        "that are too long keep the rest under `_extra`; short ones leave fields out as null. Serialize: all "
        "items are one text, a row each; a list in a field is split out before. Numbers are read only where no "
        "digit is lost: with zeros or a plus before it, or more digits than a number holds, a cell stays text.",
    )

    async def run_all(self, params: CsvParams, inputs: Mapping[str, Items], ctx: NodeContext) -> NodeResult:
        items = inputs.get("main") or []
        if params.mode == "serialize":
            cost_ms = costs.of_items(len(items) * max(len(params.columns), 1), 4) + costs.of_value(items)
            text = await ctx.compute(written, items, params, cost_ms=cost_ms)
            made = await with_text(params, {"json": {}}, ctx, text, "text/csv")
            link = links_to(range(len(items)))
            return NodeResult({"main": [{**made, "pairedItem": link}]}, warnings=tuple(_not_written(params, items)))
        rows: Items = []
        warnings: Warnings = []
        counting = budget.Budget()
        if params.destination:
            message = "Rows become items: there is nothing to put into a field"
            warnings.append(warning("param_ignored", "destination", message))
        for at, item in enumerate(items):
            text, told = await text_of(params, item, ctx)
            result = await ctx.compute(row_items, text, params, at, cost_ms=_cost_ms(text, params))
            counting.add(len(result.outputs["main"]), result.size or 0)
            rows.extend(result.outputs["main"])
            warnings += [*told, *result.warnings]
        return NodeResult({"main": rows}, size=counting.size, warnings=tuple(warnings))


def _not_written(params: CsvParams, items: Items) -> Warnings:
    """Return a warning where a list was meant to be written, and the items are."""
    found = get_path(items[0]["json"], params.field) if items else None
    missing: Warnings = []
    for name in params.columns:
        absent = sum(name not in item["json"] for item in items)
        missing += warning_of_missing(name, "columns", absent, len(items))
    if not (is_list(found) and found and all(isinstance(entry, dict) for entry in found)):
        return missing
    message = (
        f"The items are written, not the {len(found)} entries of the list in {params.field!r}: split it out before"
    )
    return [*missing, warning("list_not_written", "field", message)]


def _cost_ms(text: str, params: CsvParams) -> float:
    """Return what parsing takes: each row has a cell for each column, however short it is."""
    first, _, _ = text[:100_000].partition("\n")
    cells = (text.count("\n") + 1) * max(len(params.columns), first.count(_delimiter(params)) + 1)
    return costs.of_text(text, 42) + costs.of_items(cells, 0.25)


def row_items(text: str, params: CsvParams, at: int) -> NodeResult:
    """Return the rows of one text as items, counted while they are made. Raises: NodeFailed."""
    kept = Kept()
    result = budget.counted({"json": row, "pairedItem": {"item": at}} for row in parsed(text, params, kept))
    return replace(result, warnings=tuple(kept.warnings()))


@dataclass(slots=True)
class Kept:
    """What was kept as it stands, though it was asked to be something else."""

    long_numbers: int = 0

    def warnings(self) -> Warnings:
        if not self.long_numbers:
            return []
        message = f"{self.long_numbers} numbers have more digits than a number holds, and are text"
        return [warning("kept_as_text", "convert_numbers", message)]


def _delimiter(params: CsvParams) -> str:
    mark = "\t" if params.delimiter == "\\t" else params.delimiter
    if len(mark) != 1 or mark in "\r\n":
        raise NodeFailed("invalid_params", "The delimiter must be one character")
    return mark


def parsed(text: str, params: CsvParams, kept: Kept) -> Iterator[dict[str, Any]]:
    """Yield the rows of a text as objects. Raises: NodeFailed."""
    csv.field_size_limit(budget.MOST_BYTES)
    names = list(params.columns)
    made = 0
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(params)):
            if params.skip_empty and not any(cell.strip() for cell in row):
                continue
            if params.header_row and not names:
                names = _distinct(row)
                continue
            if not names:
                names = _distinct([""] * len(row))
            made += 1
            if made > MAX_ROWS:
                raise NodeFailed("invalid_csv", f"There are more than {MAX_ROWS} rows")
            yield _row(row, names, kept if params.convert_numbers else None)
    except csv.Error as exc:
        raise NodeFailed("invalid_csv", f"The text is not CSV: {exc}") from exc


def _distinct(row: list[str]) -> list[str]:
    """Return names that differ: the second `a` is `a_2`, the third `a_3`."""
    if len(row) > MAX_COLUMNS:
        raise NodeFailed("invalid_csv", f"There are more than {MAX_COLUMNS} columns")
    names: dict[str, None] = {}
    uses: dict[str, int] = {}
    for at, cell in enumerate(row):
        wanted = name = cell.strip() or f"column_{at + 1}"
        while name in names:
            uses[wanted] = uses.get(wanted, 1) + 1
            name = f"{wanted}_{uses[wanted]}"
        names[name] = None
    return list(names)


def _row(row: list[str], names: list[str], kept: Kept | None) -> dict[str, Any]:
    cells: list[Any] = [_number(cell, kept) for cell in row] if kept is not None else list(row)
    made = {name: cells[at] if at < len(cells) else None for at, name in enumerate(names)}
    return {**made, "_extra": cells[len(names) :]} if len(cells) > len(names) else made


def _number(cell: str, kept: Kept) -> Any:
    """Return the number of a cell; text with a plus or zeros before it is an id or a telephone number."""
    text = cell.strip()
    digits = text.removeprefix("-")
    if not digits or digits[0] not in "0123456789." or (digits[0] == "0" and digits[1:2].isdigit()):
        return cell
    number = read_number(text)
    if number is None:
        return cell
    if not is_exact(text, number):
        kept.long_numbers += 1
        return cell
    return number


class _Lines:
    """Ends rows by a line feed. The writer is told of both characters, as it quotes cells with what ends rows."""

    def __init__(self, target: budget.GrowingText) -> None:
        self._target = target

    def write(self, row: str) -> int:
        return self._target.write(row.removesuffix("\r\n") + "\n")


def written(items: Items, params: CsvParams) -> str:
    """Return the text of some items. Raises: NodeFailed "invalid_output" while it grows too long."""
    rows = [item["json"] for item in items]
    names = params.columns or list(dict.fromkeys(name for row in rows for name in row))
    target = budget.GrowingText()
    writer = csv.writer(_Lines(target), delimiter=_delimiter(params), lineterminator="\r\n")
    if params.header_row:
        writer.writerow(names)
    for row in rows:
        cells = {name: _cell(row.get(name)) for name in names}  # a column may stand in several places
        if sum(len(cells[name]) for name in names if isinstance(cells[name], str)) > budget.MOST_BYTES:
            raise budget.too_large()
        writer.writerow([cells[name] for name in names])
    return str(target)


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return dumps(value).decode() if isinstance(value, (dict, list)) else value

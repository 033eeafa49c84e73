"""The CSV node: a text becomes one item per row, items become a text."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

from pydantic import Field

from core.json import dumps
from nodes.base import BatchNodeType, Item, Items, Look, NodeContext, NodeFailed, NodeResult
from nodes.handlers.data.text_source import DataParams, text_of, with_text

MAX_ROWS = 200_000


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
        aliases=("spreadsheet", "tsv", "parse", "table"),
        docs="Rows that are too long keep the rest under `_extra`; short ones leave fields out as null.",
    )

    async def run_all(self, params: CsvParams, inputs: Mapping[str, Items], ctx: NodeContext) -> NodeResult:
        items = inputs.get("main") or []
        if params.mode == "serialize":
            text = await ctx.in_thread(lambda: written([item["json"] for item in items], params))
            shell: Item = {"json": {}, "pairedItem": {"item": 0}}
            made = await with_text(params, shell, ctx, text, "text/csv")
            return NodeResult({"main": [{**made, "pairedItem": {"item": 0}}]})
        rows: Items = []
        for at, item in enumerate(items):
            text = await text_of(params, item, ctx)
            found = await ctx.in_thread(lambda text=text: parsed(text, params))  # type: ignore[misc]
            rows.extend({"json": row, "pairedItem": {"item": at}} for row in found)
        return NodeResult({"main": rows})


def _delimiter(params: CsvParams) -> str:
    mark = "\t" if params.delimiter == "\\t" else params.delimiter
    if len(mark) != 1 or mark in "\r\n":
        raise NodeFailed("invalid_params", "The delimiter must be one character")
    return mark


def parsed(text: str, params: CsvParams) -> list[dict[str, Any]]:
    """Return the rows of a text as objects. Raises: NodeFailed."""
    names = list(params.columns)
    made: list[dict[str, Any]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(params)):
            if params.skip_empty and not any(cell.strip() for cell in row):
                continue
            if params.header_row and not names:
                names = _distinct(row)
                continue
            if not names:
                names = [f"column_{at + 1}" for at in range(len(row))]
            if len(made) >= MAX_ROWS:
                raise NodeFailed("invalid_csv", f"There are more than {MAX_ROWS} rows")
            made.append(_row(row, names, convert=params.convert_numbers))
    except csv.Error as exc:
        raise NodeFailed("invalid_csv", f"The text is not CSV: {exc}") from exc
    return made


def _distinct(row: list[str]) -> list[str]:
    names: list[str] = []
    for at, cell in enumerate(row):
        name = cell.strip() or f"column_{at + 1}"
        while name in names:
            name += "_2"
        names.append(name)
    return names


def _row(row: list[str], names: list[str], *, convert: bool) -> dict[str, Any]:
    cells: list[Any] = [_number(cell) for cell in row] if convert else list(row)
    made = {name: cells[at] if at < len(cells) else None for at, name in enumerate(names)}
    return {**made, "_extra": cells[len(names) :]} if len(cells) > len(names) else made


def _number(cell: str) -> Any:
    text = cell.strip()
    if (
        not text
        or not (text[0].isdigit() or text[0] in "+-.")
        or (len(text) > 1 and text[0] == "0" and text[1].isdigit())
    ):
        return cell
    try:
        return int(text) if text.lstrip("+-").isdigit() and len(text) < 16 else float(text)
    except ValueError:
        return cell


def written(rows: list[dict[str, Any]], params: CsvParams) -> str:
    names = params.columns or list(dict.fromkeys(name for row in rows for name in row))
    target = io.StringIO(newline="")
    writer = csv.writer(target, delimiter=_delimiter(params), lineterminator="\n")
    if params.header_row:
        writer.writerow(names)
    writer.writerows([_cell(row.get(name)) for name in names] for row in rows)
    return target.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return dumps(value).decode() if isinstance(value, (dict, list)) else value

"""What readers find in documents, and what they refuse."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from inference.documents.reading import html_text, office, plain
from inference.documents.reading.blocks import Block, Unreadable
from inference.documents.reading.chunks import MOST_OF_ONE, chunks_of
from inference.embeddings.tokens import tokenizer

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
S = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'


def packed(**parts: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name.replace("__", "/"), text)
    return made.getvalue()


def word(body: str, styles: str = "") -> bytes:
    return packed(**{
        "word__document.xml": f"<w:document {W}><w:body>{body}</w:body></w:document>",
        "word__styles.xml": f"<w:styles {W}>{styles}</w:styles>",
    })  # fmt: skip


def paragraph(text: str, style: str = "") -> str:
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>'


def test_markdown_keeps_headings_and_fences() -> None:
    found = list(plain.markdown(b"intro\n# A\none\ntwo\n\n## B\n```\n# no heading\n\nx\n```\n# C\nlast"))

    assert found == [
        Block("intro"), Block("one\ntwo", ("A",)), Block("```\n# no heading\n\nx\n```", ("A", "B")), Block("last", ("C",)),
    ]  # fmt: skip


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_text_is_read_in_its_charset(charset: str) -> None:
    assert list(plain.text("Grüße\r\n\r\nzwei".encode(charset))) == [Block("Grüße"), Block("zwei")]


def test_tables_and_json_name_their_values() -> None:
    assert list(plain.table(b"name;age\nAnn;3\n\nBob;4\n")) == [Block("name: Ann; age: 3"), Block("name: Bob; age: 4")]
    assert list(plain.table(b"only,names\n")) == [Block("only; names")]
    assert list(plain.json_values(b'{"a": 1, "b": {"c": ["x", {"d": null}]}}')) == [
        Block("a: 1"), Block("x", ("b", "c")), Block("d: None", ("b", "c")),
    ]  # fmt: skip


def test_html_is_read_by_its_parts_and_says_nothing_of_scripts() -> None:
    found = list(html_text.page(
        b"<title>t</title><h1>A</h1><p>one <b>two</b><!-- no --> three<script>bad()</script></p>"
        b"<table><tr><td>x</td><td>y</td></tr></table><h2>B</h2><ul><li>i<li>j</ul>"
    ))  # fmt: skip

    assert found == [
        Block("one two three", ("A",)),
        Block("x; y", ("A",)),
        Block("i", ("A", "B")),
        Block("j", ("A", "B")),
    ]


def test_word_keeps_headings_and_rows() -> None:
    style = '<w:style w:styleId="H1"><w:name w:val="heading 1"/></w:style>'
    row = "<w:tr><w:tc>{}</w:tc><w:tc>{}</w:tc></w:tr>"
    rows = row.format(paragraph("n"), paragraph("m")) + row.format(paragraph("1"), paragraph("2"))

    found = list(office.docx(word(paragraph("A", "H1") + paragraph("text") + f"<w:tbl>{rows}</w:tbl>", style)))

    assert found == [Block("text", ("A",)), Block("n: 1; m: 2", ("A",))]


def test_excel_reads_cells_where_they_stand() -> None:
    sheet = '<row><c r="A1" t="s"><v>0</v></c><c r="C1" t="inlineStr"><is><t>z</t></is></c></row><row><c r="A2"><v>1</v></c><c r="C2"><v>2</v></c></row>'
    book = packed(**{
        "xl__workbook.xml": f'<workbook {S} {R}><sheets><sheet name="Q" r:id="a"/></sheets></workbook>',
        "xl___rels__workbook.xml.rels".replace("xl___rels__", "xl/_rels/"): '<Relationships><Relationship Id="a" Target="worksheets/s.xml"/></Relationships>',
        "xl__sharedStrings.xml": f"<sst {S}><si><r><t>na</t></r><r><t>me</t></r></si></sst>",
        "xl__worksheets__s.xml": f"<worksheet {S}><sheetData>{sheet}</sheetData></worksheet>",
    })  # fmt: skip

    assert list(office.xlsx(book)) == [Block("name: 1; z: 2", ("Q",))]


def flipped(content: bytes) -> bytes:
    return content[: len(content) // 2] + b"\x00" * 40 + content[len(content) // 2 + 40 :]


@pytest.mark.parametrize(
    ("read", "content", "said"),
    [
        (office.docx, b"PK\x03\x04no", "cannot be unpacked"),
        (office.docx, packed(a="x"), "no Word file"),
        (office.xlsx, packed(a="x"), "no Excel file"),
        (office.docx, packed(**{"word__document.xml": "<w:"}), "no XML"),
        (office.docx, packed(**{"word__document.xml": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}), "entities"),
        (office.docx, flipped(word(paragraph("x") * 200)), "broken"),
        (plain.json_values, b"{", "not JSON"),
        (plain.json_values, b"[" * 5000 + b"]" * 5000, "nested too deeply"),
        (html_text.page, b" ", "empty"),
    ],
)  # fmt: skip
def test_what_is_broken_is_refused_with_a_sentence(
    read: Callable[[bytes], Iterator[Block]], content: bytes, said: str
) -> None:
    with pytest.raises(Unreadable, match=said):
        list(read(content))


def test_a_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(office, "UNPACKED_BYTES", 100_000)
    with pytest.raises(Unreadable, match="more than may be read"):
        list(office.docx(word(paragraph("a" * 200_000))))


@pytest.mark.parametrize(
    ("read", "content"),
    [
        (plain.markdown, b"# a" + b" " * 2_000_000 + b"x"), (plain.markdown, b"# a" + b"#" * 2_000_000 + b" x"),
        (plain.markdown, b"#" * 2_000_000), (plain.text, b"\n" + b" \t" * 1_000_000 + b"x"),
        (plain.text, b"a" + b"\n " * 1_000_000),
    ],
)  # fmt: skip
def test_no_text_takes_a_reader_longer_than_its_length_does(read: Any, content: bytes) -> None:
    begin = time.process_time()
    list(read(content))
    assert time.process_time() - begin < 20, "hours where each place looks at all behind it"


def test_headings_are_read_with_and_without_closing_marks() -> None:
    found = list(plain.markdown(b"# One #\na\n## Two  ##  \nb\n#none\n# \nc"))
    assert [(block.headings, block.text) for block in found] == [
        (("One",), "a"), (("One", "Two"), "b\n#none\n# \nc"),
    ]  # fmt: skip


@pytest.mark.parametrize("gap", [" ", "\n", "\x01", "\u200b", "\u0301"])
def test_a_chunk_is_bounded_where_hardly_a_token_is(gap: str) -> None:
    block = Block("invoice" + gap * 1_000_000 + "number")
    found = list(chunks_of([block], tokenizer(), size=230, overlap=46))
    assert max(len(chunk.text) for chunk in found) <= MOST_OF_ONE


def test_what_cannot_be_stored_or_seen_is_left_out() -> None:
    block = Block("a\x00b\x01c \ud800 d", ("h\x00",))
    (found,) = chunks_of([block], tokenizer(), size=230, overlap=46)
    assert (found.text, found.headings) == ("abc ? d", "h")

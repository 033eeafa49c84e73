"""The Add document node: keeps a file of an item, or a text, as a document that is searched."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from nodes.abilities import KNOWLEDGE, NewDocument
from nodes.base import Effect, Look, NodeContext, NodeFailed, NodeParams, NodeResult, NodeType
from nodes.items import Item


class DocumentAddParams(NodeParams):
    text: str = Field(
        default="", title="Text", description="Left empty: the file below", json_schema_extra={"multiline": True}
    )
    file: str = Field(default="data", max_length=255, title="File", description="Name of a file of the item")
    name: str = Field(default="", max_length=255, title="Name", description="Left empty: that of the file")
    tags: list[str] = Field(default=[], max_length=50, title="Tags")


class DocumentAdd(NodeType[DocumentAddParams]):
    """Keep a document for each item; it is read and found some seconds later.

    Outputs: the item with `document`: {"id", "name", "status", "duplicate_of"}. Raises: NodeFailed: those of
    `Knowledge`, "invalid_input".
    """

    kind = "document_add"
    effect: ClassVar[Effect] = "write"
    Params = DocumentAddParams
    look = Look(
        label="Add document",
        description="Keeps a file or a text as a document that can be searched.",
        category="ai",
        icon="file-plus",
        color="#9333ea",
        summary="{{ name }}",
        aliases=("rag", "knowledge", "documents", "ingest", "index", "vector store"),
        docs="Takes pdf, docx, xlsx, txt, md, html, csv and json. A turn that runs again adds nothing twice. "
        "`duplicate_of` names an older document of yours with the same content. See [documents](documents.md).",
        output_fields=(("document", "json"),),
    )

    async def run(self, params: DocumentAddParams, item: Item, ctx: NodeContext) -> NodeResult:
        knowledge = await ctx.ability(KNOWLEDGE)
        if params.text:
            made = NewDocument(
                params.text.encode(), "text.md", "text/markdown", params.name or None, tuple(params.tags)
            )
        else:
            reference = item.get("binary", {}).get(params.file)
            if reference is None:
                raise NodeFailed("invalid_input", f"There is no text, and the item has no file {params.file!r}"[:300])
            content = await ctx.files.load(reference)
            file_name, mime_type = str(reference.get("file_name") or "file"), str(reference.get("mime_type") or "")
            made = NewDocument(content, file_name, mime_type, params.name or None, tuple(params.tags))
        document = await knowledge.add(made)
        return NodeResult({"main": [{**item, "json": {**item["json"], "document": document}}]})

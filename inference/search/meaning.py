"""The nearest chunks to a question, in the process of the queue `inference` alone."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings

from inference.documents.models import Chunk
from inference.embeddings import serving
from inference.embeddings.vectors import packed
from inference.search.index import OwnerIndex

logger = logging.getLogger(__name__)


class Shelf:
    """The indexes that are loaded; those that were not asked for longest go first where they take too much."""

    def __init__(self, folder: Path, most_bytes: int) -> None:
        self._folder, self._most_bytes = folder, most_bytes
        self._loaded: OrderedDict[str, OwnerIndex] = OrderedDict()

    def get(self, key: str, model: str, dimensions: int) -> OwnerIndex:
        """Return an index that holds what the rows hold now."""
        index = self._loaded.pop(key, None)
        if index is None or (index.model, index.dimensions) != (model, dimensions):
            index = OwnerIndex(key, model, dimensions, self._folder)
        self._loaded[key] = index
        index.refresh()
        self._make_room()
        return index

    def save_due(self) -> None:
        """Write the files of those that changed; a file is a cache, so that a failure is only noted."""
        for index in self._loaded.values():
            try:
                index.save_if_due()
            except OSError as exc:
                logger.warning("the index %s is not written: %s", index.key, exc)

    def _make_room(self) -> None:
        while len(self._loaded) > 1 and sum(one.size_bytes for one in self._loaded.values()) > self._most_bytes:
            self._loaded.popitem(last=False)


_shelf: Shelf | None = None
_one_at_a_time = threading.Lock()


def shelf() -> Shelf:
    global _shelf
    if _shelf is None:
        _shelf = Shelf(Path(settings.DATA_DIR) / "indexes", settings.INDEX_MEMORY_BYTES)
    return _shelf


def nearest(order: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Return {"model", "nearest": [(chunk, cosine)]}, the nearest first, and the question's vector.

    `order`: {"query", "count", "key": an owner's id or "platform", "document_ids": the only ones, or null}.
    Raises: EmbeddingFailed.
    """
    model = serving.model()
    with _one_at_a_time:
        question = packed(model.embed([order["query"]], is_query=True)[0])
        within = None
        if order["document_ids"] is not None:
            ids = [UUID(one) for one in order["document_ids"]]
            chunks = Chunk.objects.filter(document_id__in=ids, is_live=True, model=model.name)
            within = list(chunks.values_list("pk", flat=True))
            if not within:
                return {"model": model.name, "nearest": []}, question
        index = shelf().get(order["key"], model.name, model.dimensions)
        return {"model": model.name, "nearest": index.nearest(question, order["count"], within)}, question

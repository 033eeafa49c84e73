"""Embeddings: texts as vectors, by a model that lives in the process of the queue `inference` alone.

    caller ── asking.embed ──▶ queue `inference` ──▶ task ──▶ serving.model() ──▶ an EmbeddingModel
       ◀─────────────────────── a list in Redis, read with a deadline ─────────────────┘

Everybody else imports `asking` and `vectors`, which know no model and no numpy.
"""

"""Search in documents: by meaning in an index of vectors, by words in PostgreSQL, and answers from what was found.

searching.search ── order ──▶ task `inference.search` ──▶ meaning.nearest ──▶ indexes (FAISS, this process alone)
      │◀──────── (chunk, similarity) ────────────────────────────┘
      ├── words.matching: PostgreSQL
      └── fusion, then the rows: what has no visible row is in no answer
"""

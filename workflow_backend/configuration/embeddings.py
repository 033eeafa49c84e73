"""Which model makes vectors of texts; it lives in the process of the queue `inference` alone."""

from workflow_backend import environment as env

EMBEDDING_PROVIDER: str = env.choice("HEDDLE_EMBEDDING_PROVIDER", "ONNX", ("ONNX",)).lower()
QUEUES_WITHOUT_ENGINE = frozenset({"inference"})
CHUNK_TOKENS: int = env.whole("HEDDLE_CHUNK_TOKENS", 500)  # at most; a model may read less
CHUNK_OVERLAP_TOKENS: int = env.whole("HEDDLE_CHUNK_OVERLAP_TOKENS", 50)
INDEX_MEMORY_BYTES: int = env.whole("HEDDLE_INDEX_MEMORY_MB", 512) * 1024 * 1024  # of all indexes that are loaded

"""Which model makes vectors of texts; it lives in the process of the queue `inference` alone."""

from workflow_backend import environment as env

EMBEDDING_PROVIDER: str = env.choice("HEDDLE_EMBEDDING_PROVIDER", "ONNX", ("ONNX",)).lower()
QUEUES_WITHOUT_ENGINE = frozenset({"inference"})

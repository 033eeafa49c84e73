"""Which model makes vectors of texts; it lives in the process of the queue `inference` alone."""

from workflow_backend import environment as env

EMBEDDING_PROVIDER: str = env.choice("HEDDLE_EMBEDDING_PROVIDER", "ONNX", ("ONNX", "OPENAI", "OLLAMA")).lower()
EMBEDDING_MODEL: str = env.text("HEDDLE_EMBEDDING_MODEL")  # of a server
EMBEDDING_BASE_URL: str = (
    env.text("HEDDLE_EMBEDDING_BASE_URL")
    or {"openai": "https://api.openai.com/v1", "ollama": env.text("OLLAMA_BASE_URL")}.get(EMBEDDING_PROVIDER, "")
    or ("http://127.0.0.1:11434" if EMBEDDING_PROVIDER == "ollama" else "")
)
EMBEDDING_API_KEY: str = env.text("HEDDLE_EMBEDDING_API_KEY") or (
    env.text("OPENAI_API_KEY") if EMBEDDING_PROVIDER == "openai" else ""
)
EMBEDDING_TOKENS: int = env.whole("HEDDLE_EMBEDDING_TOKENS", 512)  # how much of a text a server's model reads
if EMBEDDING_PROVIDER != "onnx" and not EMBEDDING_MODEL:
    env.refuse(f"HEDDLE_EMBEDDING_PROVIDER={EMBEDDING_PROVIDER} needs HEDDLE_EMBEDDING_MODEL, the name of a model")
QUEUES_WITHOUT_ENGINE = frozenset({"inference"})
CHUNK_TOKENS: int = env.whole("HEDDLE_CHUNK_TOKENS", 500)  # at most; a model may read less
CHUNK_OVERLAP_TOKENS: int = env.whole("HEDDLE_CHUNK_OVERLAP_TOKENS", 50)
INDEX_MEMORY_BYTES: int = env.whole("HEDDLE_INDEX_MEMORY_MB", 512) * 1024 * 1024  # of all indexes that are loaded

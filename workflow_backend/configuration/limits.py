"""How much one owner, address or request may take."""

from workflow_backend import environment as env

DATA_UPLOAD_MAX_MEMORY_SIZE = 16 * 1024 * 1024
JSON_BODY_MAX_BYTES = 5 * 1024 * 1024
WEBHOOK_BODY_MAX_BYTES = 16 * 1024 * 1024
BLOB_MAX_BYTES = 50 * 1024 * 1024
STORAGE_QUOTA_BYTES: int = env.whole("HEDDLE_STORAGE_QUOTA_MB", 10_240) * 1024 * 1024  # of an owner; 0: none
TABLES_PER_OWNER: int = env.whole("HEDDLE_TABLES", 100)  # 0: no limit
TABLE_ROWS: int = env.whole("HEDDLE_TABLE_ROWS", 100_000)  # in one table; 0: no limit
TABLE_ROW_BYTES: int = env.whole("HEDDLE_TABLE_ROW_KB", 64) * 1024
TABLES_BYTES: int = env.whole("HEDDLE_TABLES_MB", 512) * 1024 * 1024  # of all tables of an owner; 0: no limit
BODIES_MAX_BYTES: int = env.whole("HEDDLE_BODIES_MAX_MB", 1024) * 1024 * 1024
BODY_GRACE_S: float = env.seconds("HEDDLE_BODY_GRACE_S", 15)
BODY_MIN_BYTES_PER_S: int = env.whole("HEDDLE_BODY_MIN_BYTES_PER_S", 16 * 1024)
HEAD_TIMEOUT_S: float = env.seconds("HEDDLE_HEAD_TIMEOUT_S", 10)
SEND_STALL_S: float = env.seconds("HEDDLE_SEND_STALL_S", 60)
UNSENT_MAX_BYTES: int = env.whole("HEDDLE_UNSENT_MAX_MB", 256) * 1024 * 1024
PUBLIC_LIMITS = {  # calls a minute without a login; 0: no limit
    "webhooks": {
        "address": env.whole("HEDDLE_WEBHOOKS_PER_ADDRESS", 6_000),
        "target": env.whole("HEDDLE_WEBHOOKS_PER_PATH", 12_000),
        "owner": env.whole("HEDDLE_WEBHOOKS_PER_OWNER", 24_000),
    },
    "pages": {"address": env.whole("HEDDLE_PAGES_PER_ADDRESS", 300)},
    "chats": {"address": env.whole("HEDDLE_CHATS_PER_ADDRESS", 60)},
    "health": {"address": env.whole("HEDDLE_HEALTH_PER_ADDRESS", 1_200)},
}
MAX_CONNECTIONS: int = env.whole("HEDDLE_MAX_CONNECTIONS", 2000)
OPEN_REQUESTS: int = env.whole("HEDDLE_OPEN_REQUESTS", 1000)
OPEN_REQUESTS_PER_ADDRESS: int = env.whole("HEDDLE_OPEN_REQUESTS_PER_ADDRESS", 200)
WAITING_PER_OWNER: int = env.whole("HEDDLE_WAITING_PER_OWNER", 250)
WEB_THREADS: int = env.whole("HEDDLE_WEB_THREADS", 64)
STREAMS_PER_USER: int = env.whole("HEDDLE_STREAMS_PER_USER", 100)  # where no plan says
WAITING_CALLS: int = env.whole("HEDDLE_WAITING_CALLS", 100)

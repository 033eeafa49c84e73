"""Settings, all from the environment. docs: README.md, "Configuration"."""

import os
import sys
from datetime import timedelta

from core.process.machine import memory_bytes
from core.values.hosts import fault_of_hooks_url, host_of
from workflow_backend import environment as env
from workflow_backend.configuration.api import *
from workflow_backend.configuration.embeddings import *
from workflow_backend.configuration.folders import BASE_DIR, DATA_DIR
from workflow_backend.configuration.language_models import *
from workflow_backend.configuration.limits import *
from workflow_backend.configuration.logs import *
from workflow_backend.configuration.mcp import *
from workflow_backend.configuration.tasks import *
from workflow_backend.embedded import EmbeddedServerError, ensure, processes
from workflow_backend.embedded.accounts import jail_account
from workflow_backend.embedded.need import NO_SERVERS, needs_servers, serves
from workflow_backend.secret_files import development_secret
from workflow_backend.secrets_checked import fault_of_credential_keys, fault_of_secret_key
from workflow_backend.supervisor.ports import PortTaken, listen

DEBUG = False
PRODUCTION: bool = env.flag("HEDDLE_PRODUCTION", default=False)

INSTALLED_APPS = [
    "workflow_backend.apps.WorkflowBackendConfig",  # first: its `runserver` counts, not that of the static files
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "workflow_backend.apps.AdministrationConfig",
    "django.contrib.staticfiles",
    "rest_framework",
    "rest_framework_simplejwt.token_blacklist",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "corsheaders",
    "django_celery_beat",
    "channels",
    "core.apps.CoreConfig",
    "nodes.apps.NodesConfig",
    "credentials.apps.CredentialsConfig",
    "core.datastore.apps.DatastoreConfig",
    "compiler.apps.CompilerConfig",
    "inference.apps.InferenceConfig",
    "inference.documents.apps.DocumentsConfig",
    "mcp_integration.apps.McpIntegrationConfig",
    "executor.apps.ExecutorConfig",
    "orchestrator.apps.OrchestratorConfig",
    "templates.apps.TemplatesConfig",
    "streaming.apps.StreamingConfig",
    "logs.apps.LogsConfig",
]

# -- secrets ----------------------------------------------------------------------------------------------------------
SECRET_KEY: str = env.text("SECRET_KEY")
CREDENTIAL_KEYS: str = env.text("HEDDLE_CREDENTIAL_KEYS")  # "id:base64,id:base64"; the first one seals
SSL_REDIRECT: bool = env.flag("HEDDLE_SSL_REDIRECT", default=True)
DATABASE_URL: str = env.text("DATABASE_URL")
REDIS_URL: str = env.text("REDIS_URL")
EMBEDDED = not (DATABASE_URL and REDIS_URL)
if PRODUCTION:
    env.check_production(embedded=env.flag("HEDDLE_EMBEDDED", default=False), redirects=SSL_REDIRECT)
env.check_urls(DATABASE_URL, REDIS_URL)
_fault = (
    (fault_of_secret_key(SECRET_KEY) if PRODUCTION else None)
    or (fault_of_credential_keys(CREDENTIAL_KEYS) if CREDENTIAL_KEYS else None)
)  # fmt: skip
if _fault:
    sys.exit(f"heddle: {_fault}")
LOST_KEYS: list[str] = env.names("HEDDLE_LOST_KEYS")
try:
    SECRET_KEY = SECRET_KEY or development_secret(DATA_DIR, "secret_key")
    CREDENTIAL_KEYS = CREDENTIAL_KEYS or f"local:{development_secret(DATA_DIR, 'credential_key')}"
except EmbeddedServerError as exc:
    sys.exit(f"heddle: {exc}")
except OSError as exc:
    sys.exit(f"heddle: the data folder {DATA_DIR} cannot be used: {exc.strerror or exc}")

ALLOWED_HOSTS: list[str] = env.names("ALLOWED_HOSTS", ["127.0.0.1", "localhost", "[::1]", "testserver"])
CORS_ALLOWED_ORIGINS: list[str] = env.names("CORS_ALLOWED_ORIGINS")
CORS_URLS_REGEX = r"^(?!/api/webhooks(-test)?/[0-9a-fA-F-]{36}/)"  # a webhook says itself which pages may call it
CORS_EXPOSE_HEADERS = [
    "ETag", "Location", "Retry-After", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset",
    "Idempotent-Replayed", "X-Request-ID", "Content-Disposition",
]  # fmt: skip

# -- Django -----------------------------------------------------------------------------------------------------------
MIDDLEWARE = [
    "core.asgi.middleware.wire_conventions",
    "corsheaders.middleware.CorsMiddleware",
    "core.administration.middleware.Sessions",
    "core.administration.middleware.Users",
    "core.administration.middleware.Messages",
]
ROOT_URLCONF = "workflow_backend.urls"
ASGI_APPLICATION = "workflow_backend.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
AUTH_USER_MODEL = "core.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
# The administration site; its cookies go nowhere else.
ADMIN_PATH: str = env.folder(
    "HEDDLE_ADMIN_PATH", "/admin/", ("api", "app", "static", "ws", "hitl", "v1", "mcp", "langgraph", "a2a", "hookflow")
)
ADMIN_MODULES = [
    f"{app}.admin"
    for app in (
        "core",
        "nodes",
        "credentials",
        "core.datastore",
        "inference.documents",
        "mcp_integration",
        "executor",
        "orchestrator",
        "templates",
        "workflow_backend",
    )
]
LOGIN_URL = "admin:login"
SESSION_ENGINE = "core.administration.sessions"
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "heddle_admin", "heddle_admin_csrf"
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = ADMIN_PATH or "/"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Strict"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
APPEND_SLASH = False
STATIC_URL = "/static/"
FRONTEND_DIST = BASE_DIR / "frontend" / "dist"
FRONTEND_URL = "/static/app/"
TEST_RUNNER = "workflow_backend.test_runner.PytestRunner"
SILENCED_SYSTEM_CHECKS = [
    "security.W002",  # wire_conventions sends X-Frame-Options with every answer
    "security.W003",  # the administration site's views ask for the token themselves; else there is one cookie, for
    # refreshing, which is SameSite=Strict and whose Origin is checked
]
TRUSTED_PROXIES: int = env.whole("HEDDLE_TRUSTED_PROXIES", 0)
if TRUSTED_PROXIES:  # anybody else could write these headers too
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
if PRODUCTION:
    MIDDLEWARE.insert(1, "django.middleware.security.SecurityMiddleware")
    SECURE_SSL_REDIRECT = SSL_REDIRECT
    SECURE_REDIRECT_EXEMPT = [r"^api/health/"]  # probes come from inside
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True

SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=30),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=7),
    "ROTATE_REFRESH_TOKENS": True,
    "BLACKLIST_AFTER_ROTATION": True,
    "ALGORITHM": "HS256",
    "AUDIENCE": "heddle",
    "SIGNING_KEY": SECRET_KEY,
    "USER_ID_FIELD": "id",
}
EMAIL_HOST: str = env.text("EMAIL_HOST")
EMAIL_PORT: int = env.whole("EMAIL_PORT", 587)
EMAIL_HOST_USER: str = env.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD: str = env.text("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS: bool = env.flag("EMAIL_USE_TLS", default=bool(EMAIL_HOST_USER))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL: str = env.text("DEFAULT_FROM_EMAIL", "heddle@localhost")
EMAIL_BACKEND = f"{'core.mail.smtp' if EMAIL_HOST else 'django.core.mail.backends.console'}.EmailBackend"
OAUTH_BINDS_BROWSER: bool = env.flag("HEDDLE_OAUTH_BINDS_BROWSER", default=PRODUCTION)
OAUTH_CLIENTS: dict[str, tuple[str, str]] = {
    name: (env.text(f"{name}_CLIENT_ID"), env.text(f"{name}_CLIENT_SECRET")) for name in ("GOOGLE", "GITHUB", "SLACK")
}
GOOGLE_ENDPOINTS = {
    "authorize": "https://accounts.google.com/o/oauth2/v2/auth",
    "token": "https://oauth2.googleapis.com/token",
    "userinfo": "https://openidconnect.googleapis.com/v1/userinfo",
}
PUBLIC_URL: str = env.text("HEDDLE_PUBLIC_URL").rstrip("/")
if PUBLIC_URL:  # where a proxy ends TLS, a request may not tell by which scheme it came
    CSRF_TRUSTED_ORIGINS = ["/".join(PUBLIC_URL.split("/")[:3])]
HOOKS_URL: str = env.text("HEDDLE_HOOKS_URL").rstrip("/")  # where webhooks, forms and answers are, alone
if HOOKS_URL:
    _fault = fault_of_hooks_url(HOOKS_URL, PUBLIC_URL)
    if _fault:
        sys.exit(f"heddle: {_fault}")
    ALLOWED_HOSTS.append(host_of(HOOKS_URL))

DEMO: bool = not PRODUCTION and env.flag("HEDDLE_DEMO", default=True)
PROCESS: str = env.text("HEDDLE_PROCESS")  # a mark that the supervisor gives each of its children
PORT: int | None = env.port("PORT")
STACK_WORKERS: int = env.whole("HEDDLE_WORKERS", 2)

# -- workers ----------------------------------------------------------------------------------------------------------
DATABASE_POOL: int = env.whole("HEDDLE_DATABASE_POOL", 20)
STAFF_NEEDS_TWO_FACTOR: bool = env.flag("HEDDLE_STAFF_TWO_FACTOR", default=False)
PLANS: bool = env.flag("HEDDLE_PLANS", default=False)  # tiers limit users, and runs cost credits
# Whether owners may let others change workflows, and hand them over; off: there are viewers and runners only.
SHARED_EDITING: bool = env.flag("HEDDLE_SHARED_EDITING", default=True)
# Who may open an account: everybody, who was invited to a workflow, or nobody.
REGISTRATION: str = env.choice(
    "HEDDLE_REGISTRATION", "invite" if PRODUCTION else "open", ("OPEN", "INVITE", "CLOSED")
).lower()
RATE_LIMITS: bool = env.flag("HEDDLE_RATE_LIMITS", default=True)
CUSTOM_NODE_TRIAL = "executor.sandbox.trial.run_all"
# What nodes may ask for by name, beside what is built in: an ability and its factory (executor/node/providing.py).
NODE_ABILITIES: dict[str, str] = {
    "mail": "executor.node.mailing.provider", "mcp": "executor.node.mcp_servers.provider",
    "conversations": "executor.node.conversing.provider", "knowledge": "executor.node.knowledge.provider",
    "models": "executor.node.modelling.provider",
    "prompt_rules": "executor.node.prompt_ruling.provider",
}  # fmt: skip
# What counts a call of a model that somebody makes outside of runs.
PERSONAL_SPENDING = "executor.node.personal_spending.spending"
WORKFLOW_MODEL = "orchestrator.selectors.model_of"  # what a workflow says of the model that its steps ask

OUTBOX_KINDS = [
    "core.mail.mailing.KINDS", "core.accounts.password_reset.KINDS", "credentials.renewing.KINDS",
    "core.datastore.clearing.KINDS", "executor.outbox.KINDS", "inference.documents.indexing.KINDS",
    "orchestrator.outbox.KINDS", "orchestrator.workflows.leaving.KINDS", "orchestrator.workflows.switched_off.KINDS",
    "templates.following.KINDS",
]  # fmt: skip
# What becomes of what an account has, where staff delete it.
ACCOUNT_LEAVES = "orchestrator.workflows.leaving.leave"
# What a job does with each of its things.
JOB_KINDS = {
    "bulk_retry": "orchestrator.repair.bulk.retry_one",
    "bulk_stop": "orchestrator.repair.bulk.stop_one",
    "backfill": "orchestrator.triggers.schedules.backfill_one",
}
DEAD_LETTER_SINK = "executor.verbs.dead_letters.keep_row"
SANDBOX_AT_START: bool = env.flag("HEDDLE_SANDBOX_AT_START", default=True)
JAIL_UID: int = jail_account(DATA_DIR)
SANDBOX_PARENTS: int = env.whole("HEDDLE_SANDBOX_PARENTS", 3)
# A share for each worker; the rest is for the web process, the jail, PostgreSQL, Valkey and the system's cache.
WORKER_MEMORY_MB: int = env.whole(
    "HEDDLE_WORKER_MEMORY_MB", max(512, memory_bytes() * 6 // 10 // 2**20 // max(STACK_WORKERS, 1))
)
COMPUTE_PLACES: int = env.whole("HEDDLE_COMPUTE_PLACES", 4)
# All places of all workers together: a fifth of what there is; a child that takes more beside that is the first to go.
COMPUTE_MEMORY_MB: int = env.whole(
    "HEDDLE_COMPUTE_MEMORY_MB",
    min(512, max(256, memory_bytes() // 5 // 2**20 // max(STACK_WORKERS * COMPUTE_PLACES, 1))),
)
NODES_PER_PROCESS: int = env.whole("HEDDLE_NODES_PER_PROCESS", 20)
NODE_MODULES: list[str] = env.names("HEDDLE_NODE_MODULES")  # of other packages, with node types
WATCH_FOLDERS: list[str] = env.names("HEDDLE_WATCH_FOLDERS")
KEEP_RUNS_DAYS: float = env.seconds("HEDDLE_KEEP_RUNS_DAYS", 0)  # 0: for ever
RUNS_PER_PROCESS: int = env.whole("HEDDLE_RUNS_PER_PROCESS", 100)
HTTP_ALLOWED_PRIVATE_HOSTS: list[str] = env.names("HTTP_ALLOWED_PRIVATE_HOSTS")

for _name in [name for name in os.environ if name.startswith(("LANGSMITH_", "LANGCHAIN_"))]:
    del os.environ[_name]  # tracing would send every run's state to a third party

# -- servers: last, as nothing that can be seen before may be wrong ----------------------------------------------------
if EMBEDDED and not needs_servers(sys.argv, INSTALLED_APPS):
    DATABASE_URL, REDIS_URL = DATABASE_URL or NO_SERVERS[0], REDIS_URL or NO_SERVERS[1]
elif EMBEDDED:
    if PORT is not None and serves(sys.argv) and not processes(DATA_DIR):
        try:
            listen(PORT).close()
        except PortTaken as exc:
            sys.exit(f"heddle: {exc}")
    try:
        _services = ensure(DATA_DIR)
    except EmbeddedServerError as exc:
        sys.exit(f"heddle: {exc}")
    DATABASE_URL = DATABASE_URL or _services.database_url
    REDIS_URL = REDIS_URL or _services.redis_url
CELERY_BROKER_URL = REDIS_URL
DATABASES = {"default": env.database(DATABASE_URL)}
DATABASES["default"] |= {
    "ENGINE": "workflow_backend.postgresql",
    "CONN_MAX_AGE": 0,
    "CONN_HEALTH_CHECKS": True,  # a request after a restart of the database finds a living connection
    "OPTIONS": {
        "connect_timeout": 5,
        # A server that says nothing any more is noticed in ten seconds, and not after the quarter of an hour TCP takes.
        "keepalives_idle": 10,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        "tcp_user_timeout": 10_000,
        "pool": {"min_size": 1, "max_size": DATABASE_POOL, "timeout": 10},
        **DATABASES["default"].get("OPTIONS", {}),
    },
}

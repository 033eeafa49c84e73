"""Programs that may be started as MCP servers, and what each of them may use."""

from pathlib import Path

from workflow_backend import environment as env
from workflow_backend.configuration.folders import DATA_DIR
from workflow_backend.embedded.accounts import mcp_accounts

# Programs that may be started as MCP servers, as users write them; those of them that may use the network, or `all`;
# files and folders that they may read, as scripts and their packages; folders that they may read and write, beside the
# private one of each.
MCP_COMMANDS: list[str] = env.names("HEDDLE_MCP_COMMANDS")
MCP_NETWORK: list[str] = env.names("HEDDLE_MCP_NETWORK")
MCP_READ: list[str] = env.names("HEDDLE_MCP_READ")
MCP_PATHS: list[str] = env.names("HEDDLE_MCP_PATHS")
MCP_MEMORY_MB: int = env.whole("HEDDLE_MCP_MEMORY_MB", 1024)
MCP_SESSIONS: int = env.whole("HEDDLE_MCP_SESSIONS", 8)  # of one worker process
MCP_NEEDS_LANDLOCK: bool = env.flag("HEDDLE_MCP_NEEDS_LANDLOCK", default=True)
MCP_FOLDER = Path(env.text("HEDDLE_MCP_FOLDER") or DATA_DIR / "mcp").resolve()
MCP_ACCOUNTS = mcp_accounts(DATA_DIR)

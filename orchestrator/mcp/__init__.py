"""The door at /mcp/: deployed workflows as tools of an MCP server."""

"""PostgreSQL as Django knows it, with a pool that finds its way back after a restart of the server."""

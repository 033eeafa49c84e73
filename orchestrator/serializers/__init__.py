"""Wire forms of workflows and executions."""

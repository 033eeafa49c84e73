"""The journal: results in, group commits, the events that follow, and outputs as they are shown."""

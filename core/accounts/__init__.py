"""People, their keys and log-ins: who somebody is, and what an account may do."""

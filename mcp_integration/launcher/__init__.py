"""The program that starts a server's process, keeps it in, and ends all that came of it. It imports nothing of ours."""

"""What leaves after a commit: rows that say what is to be done, and the room of a worker that does it.

add ─▶ row (in the transaction of what it follows from) ─▶ claim (any worker, fair between owners) ─▶ done: gone
                                                             │ failed: due again later, in the end a dead letter
                                                             └ lost with its process: due again, the third time alone
"""

"""What follows from a run that failed: error workflows, mails to owners."""

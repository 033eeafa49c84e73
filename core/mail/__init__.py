"""Mails: sending by the outbox, reading mailboxes."""

"""Workflows shared with others: who has which role, invitations, and what of the owner's a role does not lend."""

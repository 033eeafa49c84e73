"""What users have used, plans and tiers."""

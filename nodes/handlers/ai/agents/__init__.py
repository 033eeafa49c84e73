"""What agents are made of: which model, which tools, the rounds between them."""

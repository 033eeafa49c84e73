"""What models and people said to each other, for people to see, take with them and forget."""

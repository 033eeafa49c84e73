"""Which runs a worker takes, and the sweeper that puts lost ones back."""

"""What our tables and statements share: packed columns, compression, indexes, what an error of the database means."""

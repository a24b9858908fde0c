"""Who is on file twice, and making one record of two."""

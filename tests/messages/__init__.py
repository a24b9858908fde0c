"""Web hooks to real receivers, mail to real servers, bridges that die in the middle of it."""

"""What happened: CEL events become one call. Pure."""

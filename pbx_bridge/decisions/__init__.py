"""What to do about a ringing call. Pure."""

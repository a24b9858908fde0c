"""What an ended call was worth. Pure."""

"""What is kept about people: giving it out, erasing it, and not keeping it for ever."""

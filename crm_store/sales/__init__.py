"""Working leads: their life, what they become, and what is done about customers."""

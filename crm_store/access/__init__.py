"""Who may: passwords, tokens, roles, and which records somebody sees."""

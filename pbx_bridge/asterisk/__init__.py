"""Where events come from and where orders go: everything that speaks Asterisk's languages."""

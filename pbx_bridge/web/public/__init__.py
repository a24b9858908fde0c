"""Pages that strangers see: web forms, and the numbers that visitors of web pages are shown."""

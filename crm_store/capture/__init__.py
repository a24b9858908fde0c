"""Other ways in: web forms, visitors of web pages, and the rules that respond to a new lead."""

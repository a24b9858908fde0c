"""The CRM and the call store. Knows no telephony; usable on its own from a script."""

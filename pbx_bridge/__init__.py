"""pbx-bridge joins an Asterisk phone system to a CRM."""

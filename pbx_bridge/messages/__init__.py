"""What is told to the outside: web hooks and mail, sent from the queues of the store."""

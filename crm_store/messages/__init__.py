"""What others are told: web hooks and mail, from queues of their own."""

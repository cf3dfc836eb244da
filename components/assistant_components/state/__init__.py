"""What the assistant keeps: the queue and the sessions."""

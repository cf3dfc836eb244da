"""The reference application: receives messages, answers each exactly once, in order per conversation."""

"""Facts about a stack as plain Python: what is known, what is absent, what cannot be known yet, and who refers to whom."""

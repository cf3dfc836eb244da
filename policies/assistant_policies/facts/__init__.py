"""Facts about a stack as plain Python: what is known, absent or not known yet, and who refers to whom."""

"""Rules by family: one rule, one file."""

"""A long run of one process under faults: who writes, who replies badly, who receives, and who kills."""

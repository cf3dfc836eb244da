"""Stand-in for the AWS provider: judges every input as the real one does, and acts on an embedded cloud when one runs."""

"""Stand-in for the AWS provider: judges inputs as the real one does, and acts on an embedded cloud if one runs."""

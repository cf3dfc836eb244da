"""Where the assistant's code runs."""

"""From one settings file to a deployed stack: the settings models, and what turns them into components."""

"""What tells people how the assistant is doing: logs and alarms."""

"""Pulumi components for AI assistants."""

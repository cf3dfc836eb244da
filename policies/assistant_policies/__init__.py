"""Policies for Pulumi AWS programs that run AI assistants."""

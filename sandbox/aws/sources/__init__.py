"""Data sources: what a program may ask the provider without making a resource."""

from sandbox.aws.sources.answers import answer

__all__ = ["answer"]

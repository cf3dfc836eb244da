"""Encryption keys and policy documents."""

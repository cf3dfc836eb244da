"""Texts with wildcards, where a bracket is a bracket."""

from fnmatch import fnmatchcase


def like(text: str, pattern: str) -> bool:
    """Whether the text matches a pattern in which * stands for any text and ? for one character, as in IAM."""
    return fnmatchcase(text, pattern.replace("[", "[[]"))


def like_stars(text: str, pattern: str) -> bool:
    """Whether the text matches a pattern in which * stands for any text, and nothing else is special."""
    return fnmatchcase(text, pattern.replace("[", "[[]").replace("?", "[?]"))

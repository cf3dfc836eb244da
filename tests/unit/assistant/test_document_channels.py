"""docs/channels.md tells the rules that the code has."""

from assistant import channels
from tools.document_channels import PAGE, page


def test_the_page_has_the_rules_of_every_channel() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert page(text) == text, "run python -m tools.document_channels"
    assert all(f"| {name} |" in text for name in channels.NAMES)

"""The guardrail: what is redacted, what is blocked, and that a text that cannot be checked goes nowhere."""

from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from assistant import aws, guardrail
from assistant.answer_config import Pattern
from assistant.config import Config, GuardrailConfig
from assistant.guardrail import PIECE_CHARS, BedrockGuardrail, Blocked, GuardrailUnavailableError, PatternGuardrail

CARD = Pattern(r"\b[0-9]{16}\b")
SPELL = Pattern(r"(?i)abracadabra", "block", "input")


def patterns(*given: Pattern) -> PatternGuardrail:
    return PatternGuardrail(GuardrailConfig("patterns", given, reply="No."))


def test_the_configuration_chooses_the_guardrail() -> None:
    assert guardrail.build(Config()) is None
    assert isinstance(guardrail.build(Config(guardrail=GuardrailConfig("patterns", (CARD,)))), PatternGuardrail)
    assert isinstance(guardrail.build(Config(guardrail=GuardrailConfig("bedrock", id="g"))), BedrockGuardrail)


def test_a_pattern_takes_out_what_it_finds() -> None:
    assert patterns(CARD).check("input", "pay 4111111111111111 or 12") == "pay [removed] or 12"
    assert patterns(CARD).check("output", "4111111111111111") == "[removed]"


def test_a_pattern_blocks_only_in_its_direction() -> None:
    assert patterns(CARD, SPELL).check("input", "say Abracadabra") == Blocked("No.")
    assert patterns(CARD, SPELL).check("output", "say Abracadabra") == "say Abracadabra"


def test_replies_are_held_back_only_for_patterns_that_may_change_them() -> None:
    assert patterns(CARD).checks_output
    assert not patterns(SPELL).checks_output


class FakeBedrock:
    """A Bedrock client that answers from a list."""

    def __init__(self, *answers: Any) -> None:
        self.answers, self.requests = list(answers), []

    def apply_guardrail(self, **request: Any) -> Any:
        self.requests.append(request)
        answer = self.answers.pop(0) if self.answers else {"action": "NONE", "outputs": [], "assessments": [{}]}
        if isinstance(answer, Exception):
            raise answer
        return answer


def intervened(output: str, *actions: str) -> Any:
    found = [{"type": "NAME", "match": "Ada", "action": action} for action in actions]
    assessments = [{"sensitiveInformationPolicy": {"piiEntities": found, "regexes": []}, "invocationMetrics": {}}]
    return {"action": "GUARDRAIL_INTERVENED", "outputs": [{"text": output}], "assessments": assessments}


def bedrock(fake: FakeBedrock) -> BedrockGuardrail:
    return BedrockGuardrail(GuardrailConfig("bedrock", id="gr-1", version="3", reply="No."), client=fake)


def test_bedrock_is_asked_with_the_direction_and_its_masks_are_kept() -> None:
    fake = FakeBedrock(intervened("I am {NAME}", "ANONYMIZED", "NONE"))
    assert bedrock(fake).check("input", "I am Ada") == "I am {NAME}"
    assert fake.requests == [
        {
            "guardrailIdentifier": "gr-1", "guardrailVersion": "3", "source": "INPUT",
            "content": [{"text": {"text": "I am Ada"}}],
        }
    ]  # fmt: skip


@pytest.mark.parametrize("actions", [("BLOCKED",), ("ANONYMIZED", "BLOCKED"), ()])
def test_bedrock_s_refusal_blocks_with_the_guardrail_s_own_words(actions: tuple[str, ...]) -> None:
    assert bedrock(FakeBedrock(intervened("Not here.", *actions))).check("output", "x") == Blocked("Not here.")
    assert bedrock(FakeBedrock(intervened("", *actions))).check("output", "x") == Blocked("No.")


def test_the_same_text_is_asked_about_once_in_each_direction() -> None:
    fake = FakeBedrock()
    made = bedrock(fake)
    assert [made.check("input", "hi"), made.check("input", "hi"), made.check("output", "hi")] == ["hi"] * 3
    assert [request["source"] for request in fake.requests] == ["INPUT", "OUTPUT"]


def test_a_long_text_is_asked_about_in_pieces_and_put_together_again() -> None:
    text = ("word " * PIECE_CHARS)[: 2 * PIECE_CHARS + 7]
    fake = FakeBedrock()
    assert bedrock(fake).check("output", text) == text
    sent = [request["content"][0]["text"]["text"] for request in fake.requests]
    assert "".join(sent) == text
    assert all(len(piece) <= PIECE_CHARS for piece in sent)
    assert sent[0].endswith(" ")
    assert bedrock(FakeBedrock()).check("input", "x" * PIECE_CHARS * 2) == "x" * PIECE_CHARS * 2


@pytest.mark.parametrize(
    "failure",
    [
        ClientError({"Error": {"Code": "ThrottlingException", "Message": "secret"}}, "ApplyGuardrail"),
        ReadTimeoutError(endpoint_url="x"),
    ],
)
def test_a_text_that_cannot_be_checked_goes_nowhere_and_is_checked_again_later(failure: Exception) -> None:
    made = bedrock(FakeBedrock(failure))
    with pytest.raises(GuardrailUnavailableError, match=r"^guardrail: got [^\n]+, expected a verdict$") as told:
        made.check("input", "hi")
    assert "secret" not in str(told.value)
    assert made.check("input", "hi") == "hi"


def test_a_guardrail_of_the_embedded_cloud_masks_and_blocks(cloud: str) -> None:
    made = aws.client("bedrock").create_guardrail(
        name="checks", blockedInputMessaging="Not here.", blockedOutputsMessaging="Not that.",
        wordPolicyConfig={"wordsConfig": [{"text": "abracadabra"}]},
        sensitiveInformationPolicyConfig={
            "regexesConfig": [{"name": "card", "pattern": "[0-9]{16}", "action": "ANONYMIZE"}]
        },
    )  # fmt: skip
    checks = BedrockGuardrail(GuardrailConfig("bedrock", id=made["guardrailId"]))
    assert checks.check("input", "hello") == "hello"
    assert checks.check("input", "say abracadabra") == Blocked("Not here.")
    masked = checks.check("output", "pay 4111111111111111")
    assert isinstance(masked, str)
    assert "4111" not in masked
    assert masked.startswith("pay ")

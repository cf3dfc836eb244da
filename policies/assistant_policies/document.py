"""`python -m assistant_policies.document`: writes RULES.md from the rules themselves."""

import sys
from pathlib import Path

from assistant_policies.registry import Rule, all_rules

HEAD = """# Rules

Generated from the rules by `python -m assistant_policies.document policies/RULES.md`; a test fails when this file is
out of date.

A rule answers **pass**, **fail** or **unknown**. Unknown means that the facts which decide it are not known in this
run, or are no facts of their kind; it is reported and never counted as a pass. A failure stops the update where the
rule's gate is mandatory:

| Gate | local | dev | staging | prod | Used for |
| --- | --- | --- | --- | --- | --- |
| G0 | mandatory | mandatory | mandatory | mandatory | exposure, secrets, administrators, failing deployments |
| G1 | advisory | advisory | mandatory | mandatory | security and correctness |
| G2 | off | advisory | advisory | mandatory | resilience, retention, cost, own keys |

The environment is `ASSIST_ENVIRONMENT`, else the stack's name, else prod. Besides the rules below, two are about the
run itself: **ASSIST-GOV-101**, waivers are valid (G0), and **ASSIST-GOV-102**, verdicts that stay unknown are counted
against a limit, and a rule that fails by itself is never passed over (G0).

| Rule | Holds when it passes | Severity | Gate |
| --- | --- | --- | --- |
"""


def text(rules: list[Rule]) -> str:
    """The whole document."""
    rows = "".join(f"| [{r.id}](#{r.id.lower()}) | {r.title} | {r.severity} | {r.gate} |\n" for r in rules)
    return HEAD + rows + "".join(_section(rule) for rule in rules)


def _section(rule: Rule) -> str:
    types = (
        ", ".join(f"`{kind}`" for kind in rule.types) if rule.types != ("*",) else "every AWS resource that takes tags"
    )
    judged = {
        "resource": "on the resource's own inputs, before it is made",
        "document": "on the policy document, once it is known: before the resource is made, or with the whole stack",
        "stack": "over the whole stack, by the references between resources",
    }[rule.scope]
    return f"""
## {rule.id}

**{rule.title}.** Severity {rule.severity}, gate {rule.gate}.

- Why: {rule.why}.
- Fix: `{rule.fix}`
- Judged {judged}.
- Types: {types}
- References: {", ".join(rule.refs)}
"""


if __name__ == "__main__":
    Path(sys.argv[1] if len(sys.argv) > 1 else "RULES.md").write_text(text(all_rules()), encoding="utf-8")

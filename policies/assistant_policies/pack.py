"""The pack's policies for the Pulumi SDK: for each level one resource policy and one stack policy, and one that tells.

The SDK decodes the whole request again for each policy object, so the rules are not policy objects of their own: a
rule's id and gate lead the text of each violation. The objects stand for levels and not for gates, because the engine
fixes an object's level before it tells the pack which stack it judges, while a gate's level depends on the environment.
"""

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from assistant_policies import governance, report
from assistant_policies.facts.model import Resource
from assistant_policies.run import Run
from assistant_policies.settings import STACK_VARIABLE, Level, SettingsError, is_told, load

if TYPE_CHECKING:
    from pulumi_policy import Policy

    from assistant_policies.runner import Result

NAME = "assistant-policies"
MANDATORY = "What stops an update in this environment"
ADVISORY = "What is told in this environment"


def policies(directory: Path, variables: Mapping[str, str] = os.environ) -> "list[Policy]":
    """The policy objects, in the order in which the SDK must call them: what tells and ends the run comes last."""
    from pulumi_policy import EnforcementLevel, ResourceValidationPolicy, StackValidationPolicy

    run = Run(load(variables), directory, variables=variables)
    fixed = is_told(variables)

    def settled(urn: str) -> None:
        """Takes the environment from the stack's name in the first URN, unless it was told before."""
        if not fixed and not run.settled:
            run.settle(load({**variables, STACK_VARIABLE: Resource(urn, "").stack}))

    def guarded(where: str, judge: "Callable[[], list[Result]]") -> "list[Result]":
        """The results; an exception would take with it what all other policies have found in the same call."""
        try:
            return judge()
        except Exception as error:  # told by ASSIST-GOV-102, which stops the update
            run.fault(where, error)
            return []

    def of_resource(args: Any) -> "list[Result]":
        settled(args.urn)
        return run.resource(args)

    def of_stack(args: Any) -> "list[Result]":
        if args.resources:
            settled(args.resources[0].urn)
        return run.stack(args)

    def resources(level: Level) -> Any:
        def check(args: Any, tell: Any) -> None:
            for result in run.told_at(guarded(args.urn, lambda: of_resource(args)), level):
                tell(result.message)

        return check

    def stack(level: Level) -> Any:
        def check(args: Any, tell: Any) -> None:
            for result in run.told_at(guarded("the whole stack", lambda: of_stack(args)), level):
                tell(result.message, result.urn)

        return check

    def govern(args: Any, tell: Any) -> None:
        for message in governance.mistakes(run):
            tell(message)

    def last(args: Any, tell: Any) -> None:
        for result in run.advisory():
            tell(result.message, result.urn or None)
        for waiver in governance.unused_waivers(run):
            tell(f"waiver {waiver} covered nothing")
        tell(report.line(run))
        if trouble := report.write(run, variables):
            tell(trouble)
        run.begin_again()

    stop, show = EnforcementLevel.MANDATORY, EnforcementLevel.ADVISORY
    governed = "Waivers are valid, and what cannot be decided stays within its limits."
    counted = "What was not decided, what was waived, and the count of all verdicts."
    return [
        ResourceValidationPolicy("assist-mandatory", f"{MANDATORY}.", resources(Level.MANDATORY), stop),
        ResourceValidationPolicy("assist-advisory", f"{ADVISORY}.", resources(Level.ADVISORY), show),
        StackValidationPolicy("assist-mandatory-stack", f"{MANDATORY}, whole stack.", stack(Level.MANDATORY), stop),
        StackValidationPolicy("assist-advisory-stack", f"{ADVISORY}, whole stack.", stack(Level.ADVISORY), show),
        StackValidationPolicy("assist-governance", governed, govern, stop),
        StackValidationPolicy("assist-report", counted, last, show),
    ]


def serve(directory: Path) -> NoReturn:
    """Runs the pack as the engine starts it, from the folder with waivers.yaml. Does not return."""
    from pulumi_policy import PolicyPack

    try:
        found = policies(directory)
    except SettingsError as error:
        # The program that starts packs replaces the text of an exit by its own, so the line is printed here.
        print(f"{NAME}: {error}", file=sys.stderr, flush=True)
        sys.exit(1)
    PolicyPack(NAME, policies=found)
    sys.exit(0)

"""The policy pack as the Pulumi engine starts it. Constructing PolicyPack starts a server and does not return."""

from pathlib import Path

from assistant_policies.pack import NAME, policies

if __name__ == "__main__":
    from pulumi_policy import PolicyPack

    PolicyPack(NAME, policies=policies(Path(__file__).parent))

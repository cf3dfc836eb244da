"""The policy pack as the Pulumi engine starts it."""

from pathlib import Path

from assistant_policies.pack import serve

if __name__ == "__main__":
    serve(Path(__file__).parent)

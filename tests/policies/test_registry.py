"""The rules as a set: one file each, ids of one form, documentation that is current, and a package that works alone."""

import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest
import yaml

import assistant_policies
from assistant_policies import registry
from assistant_policies.document import text
from assistant_policies.facts.model import Resource
from assistant_policies.registry import Check, Context, Rule, Scope, Severity, all_rules, rule
from assistant_policies.verdict import Verdict, passed

PACKAGE = Path(assistant_policies.__file__).parent
FOLDER = PACKAGE.parent


def written(id: str) -> Check:
    def check(resource: Resource, cx: Context) -> Iterable[Verdict]:
        yield passed()

    return rule(
        id, title="t", types=["aws:x/y:Y"], severity=Severity.LOW, gate="G2", scope=Scope.RESOURCE, why="w", fix="f"
    )(check)


@pytest.fixture(autouse=True)
def rules_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    all_rules()
    monkeypatch.setattr(registry, "_RULES", dict(registry._RULES))  # pyright: ignore[reportPrivateUsage]


def test_an_id_that_is_taken_is_refused() -> None:
    with pytest.raises(ValueError, match=r"got ASSIST-DATA-012 twice, in assistant_policies\.rules\.data\.data_012"):
        written("ASSIST-DATA-012")


@pytest.mark.parametrize(
    "id", ["ASSIST-DATA-12", "ASSIST-DATA-0120", "assist-data-012", "ASSIST-DOG-001", "DATA-012", ""]
)
def test_an_id_of_another_form_is_refused(id: str) -> None:
    with pytest.raises(ValueError, match="expected ASSIST-<FAMILY>-<NNN>"):
        written(id)


def test_an_id_that_is_free_is_taken() -> None:
    written("ASSIST-COST-099")
    assert "ASSIST-COST-099" in {one.id for one in all_rules()}


def test_each_rule_has_a_file_of_its_own_that_is_named_after_it() -> None:
    files = {path.relative_to(PACKAGE / "rules") for path in (PACKAGE / "rules").rglob("[a-z]*_*.py")}
    found: set[Path] = set()
    for one in all_rules():
        _, family, number = one.id.lower().split("-")
        path = Path(sys.modules[one.check.__module__].__file__ or "").relative_to(PACKAGE / "rules")
        name = f"{family}_{number}_{one.check.__name__}.py"
        assert path == Path(family) / name
        found.add(path)
    assert found == files


@pytest.mark.parametrize("one", all_rules(), ids=lambda one: one.id)
def test_a_rule_says_all_that_its_messages_and_its_documentation_need(one: Rule) -> None:
    assert one.gate in {"G0", "G1", "G2"}
    assert one.types
    assert all(re.fullmatch(r"\*|[a-z-]+:[a-zA-Z0-9/]+:[A-Za-z0-9]+", kind) for kind in one.types)
    assert one.refs
    for part in (one.title, one.why, one.fix):
        assert part == part.strip(" .")
        assert "\n" not in part


def test_rules_and_algorithms_know_neither_the_sdk_nor_files() -> None:
    for path in [
        *(PACKAGE / "rules").rglob("*.py"),
        *(PACKAGE / "logic").rglob("*.py"),
        *(PACKAGE / "facts").rglob("*.py"),
    ]:
        imported = re.findall(r"^\s*(?:from|import) (\w+)", path.read_text(), re.MULTILINE)
        assert not set(imported) & {"pulumi", "pulumi_policy", "pulumi_aws", "os", "pathlib", "yaml", "networkx"}, path


def test_the_documentation_of_the_rules_is_current() -> None:
    assert (FOLDER / "RULES.md").read_text() == text(all_rules()), (
        "run python -m assistant_policies.document policies/RULES.md"
    )


def test_the_pack_tells_the_engine_the_version_of_its_package() -> None:
    told = yaml.safe_load((FOLDER / "PulumiPolicy.yaml").read_text())["version"]
    assert told == tomllib.loads((FOLDER / "pyproject.toml").read_text())["project"]["version"]


def _alone(program: str, *path: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("ASSIST_", "PULUMI_"))}
    kept["PYTHONPATH"] = os.pathsep.join(map(str, path))
    return subprocess.run(
        [sys.executable, "-c", program], env={**kept, **variables}, capture_output=True, text=True, check=False,
        cwd=path[-1].parent if path else None, timeout=120,
    )  # fmt: skip


def test_the_pack_starts_without_the_aws_sdk_and_without_pulumis_aws_package() -> None:
    program = (
        "import sys, pathlib\nfrom assistant_policies.pack import policies\npolicies(pathlib.Path('.'), {})\n"
        "loaded = {name.partition('.')[0] for name in sys.modules}\n"
        "print(sorted(loaded & {'boto3', 'botocore', 'pulumi_aws', 'networkx'}))"
    )
    done = _alone(program, FOLDER)
    assert done.stdout == "[]\n", done.stderr


def test_an_environment_that_there_is_not_ends_the_start_with_one_line(tmp_path: Path) -> None:
    program = "import pathlib\nfrom assistant_policies.pack import serve\nserve(pathlib.Path('.'))"
    done = _alone(program, FOLDER, ASSIST_ENVIRONMENT="production")
    assert done.returncode == 1
    assert done.stderr == (
        "assistant-policies: ASSIST_ENVIRONMENT: got 'production', expected one of dev, local, prod, staging\n"
    )


def test_the_wheel_holds_the_whole_pack_and_works_by_itself(tmp_path: Path) -> None:
    built = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(FOLDER)],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert built.returncode == 0, built.stderr
    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as content:
        names = set(content.namelist())
        content.extractall(tmp_path / "site")
    here = {
        f"assistant_policies/{path.relative_to(PACKAGE)}"
        for kind in ("*.py", "*.yaml", "py.typed")
        for path in PACKAGE.rglob(kind)
    }
    assert here <= names
    program = (
        "import json, pathlib, assistant_policies\nfrom assistant_policies.pack import policies\n"
        "from assistant_policies.registry import all_rules\nfrom assistant_policies.report import pack_version\n"
        "objects = policies(pathlib.Path('.'), {})\n"
        "print(json.dumps([assistant_policies.__file__, len(all_rules()), len(objects), pack_version()]))"
    )
    done = _alone(program, tmp_path / "site")
    assert done.returncode == 0, done.stderr
    where, rules, objects, version = json.loads(done.stdout)
    assert where.startswith(str(tmp_path))
    assert (rules, objects, version) == (len(all_rules()), 6, "0.1.0")

"""Every test asserts something: a test that only runs code says nothing about what it does."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
ROOT = TESTS.parent
CHECK_NAMES = ("assert_", "check", "expect")  # a function so named asserts on behalf of the test


def names(call: ast.Call) -> str:
    """The called function's own name: `raises` for `pytest.raises(...)`."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def asserts(body: ast.AST) -> bool:
    """True when there is an assert that can fail, a `raises`, or a call of something whose name says that it checks."""
    for node in ast.walk(body):
        if isinstance(node, ast.Assert) and not isinstance(node.test, ast.Constant):
            return True
        if isinstance(node, ast.Call):
            name = names(node)
            if name in {"raises", "fail"} or name.lstrip("_").startswith(CHECK_NAMES):
                return True
    return False


def unchecked(text: str) -> Iterator[str]:
    """The names of the tests in a file that assert nothing."""
    for node in ast.walk(ast.parse(text)):
        if (
            isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and node.name.startswith("test_")
            and not asserts(node)
        ):
            yield node.name


def test_every_test_asserts_something() -> None:
    empty = [
        f"{file.relative_to(ROOT)}: {name}"
        for file in sorted(TESTS.rglob("test_*.py"))
        for name in unchecked(file.read_text())
    ]
    assert empty == []


def test_the_tests_are_found() -> None:
    assert any(TESTS.rglob("test_*.py"))


@pytest.mark.parametrize(
    "body",
    [
        "    run()",
        "    assert True",
        "    assert 1, 'always'",
        "    checked = run()",
        "    '''assert x == 1'''",
        "    try:\n        run()\n    except Exception:\n        pass",
    ],
)
def test_a_test_that_cannot_fail_by_itself_is_found(body: str) -> None:
    assert list(unchecked(f"def test_x():\n{body}\n")) == ["test_x"]
    assert list(unchecked(f"class TestX:\n  async def test_y(self):\n  {body.replace(chr(10), chr(10) + '  ')}")) == [
        "test_y"
    ]


@pytest.mark.parametrize(
    "body",
    [
        "    assert run() == 1",
        "    with pytest.raises(ValueError):\n        run()",
        "    for x in y:\n        assert x",
        "    kit.check_graph(run())",
        "    _assert_same(1, run())",
    ],
)
def test_a_test_that_checks_something_is_not_found(body: str) -> None:
    assert list(unchecked(f"def test_x():\n{body}\n")) == []

"""What the documentation says is true: paths, commands, the report's schema, the walk-throughs, the import rules."""

from __future__ import annotations

import ast
import re
import runpy
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
from typer.main import get_command

from fpgaflow.board import load_board
from fpgaflow.cli import app
from fpgaflow.exactness import Exactness
from fpgaflow.mapping.objective import Objective
from fpgaflow.report.summary import SCHEMA, Report, StageReport, Throughput

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("examples/*.md")])
NEW_OPERATOR = ("fpgaflow/ops/thresholded_relu.py", "tests/ops/test_thresholded_relu.py")
REPOSITORY_PATH = re.compile(
    r"`((?:fpgaflow|tests|templates|hls_lib|rtl_lib|sim|boards|examples|benchmarks|docs)/[\w/.]*)`"
)
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")


def text(page: str) -> str:
    return (ROOT / page).read_text()


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text(page), re.DOTALL)


def section(page: str, title: str) -> str:
    """From a heading to the next one."""
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", text(page), re.DOTALL | re.MULTILINE)
    assert found, title
    return found[1]


def rows(table: str) -> list[list[str]]:
    """Cells of a table, without its head."""
    lines = [line for line in table.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def names(cell: str) -> list[str]:
    return re.findall(r"`([\w/]+)`", cell)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_paths_exist(page: Path) -> None:
    found = [ROOT / path for path in REPOSITORY_PATH.findall(page.read_text()) if path not in NEW_OPERATOR]
    found += [page.parent / path for path in LINK.findall(page.read_text())]
    assert [path for path in found if not path.exists()] == []


@pytest.mark.parametrize(
    ("title", "of"),
    [("The whole", Report), ("`exactness`", Exactness), ("`stages`", StageReport), ("`throughput`", Throughput)],
)
def test_report_schema(title: str, of: type) -> None:
    documented = [name for field, *_ in rows(section("docs/report.md", title)) for name in names(field)]
    assert sorted(documented) == sorted(field.name for field in fields(of))


def test_report_schema_version() -> None:
    assert f"`{SCHEMA}`" in text("docs/report.md")


def test_options_exist() -> None:
    commands = get_command(app).commands.values()
    known = {
        name for command in commands for option in command.params for name in (*option.opts, *option.secondary_opts)
    }
    assert set(re.findall(r"`(?:fpgaflow \w[^`]*)?(--[\w-]+)", text("README.md"))) <= known


def test_objectives() -> None:
    documented = re.findall(r"`--objective (\w+)`", text("README.md"))
    assert documented == [objective.value for objective in Objective]


def test_board_example(tmp_path: Path) -> None:
    (shown,) = blocks("CONTRIBUTING.md", "toml")
    (tmp_path / "shown.toml").write_text(shown)
    assert load_board(tmp_path / "shown.toml") == load_board("ultra96")


def test_list_of_operators() -> None:
    made = runpy.run_path(str(ROOT / "docs" / "make_ops.py"))["markdown"]()
    assert made == text("docs/ops.md"), "run python docs/make_ops.py"


@pytest.mark.slow
def test_new_operator(tmp_path: Path) -> None:
    """The operator of the walk-through is new, its files are in style, and its test passes."""
    shutil.copytree(ROOT / "fpgaflow", tmp_path / "fpgaflow", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "tests" / "ops", tmp_path / "tests" / "ops", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("tests/__init__.py", "tests/models.py", "tests/written.py", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    for name, content in zip(NEW_OPERATOR, blocks("CONTRIBUTING.md", "python"), strict=True):
        assert f"`{name}`" in text("CONTRIBUTING.md") and not (tmp_path / name).exists()
        (tmp_path / name).write_text(content)
    for module, *options in (
        ("pytest", "-q", "-p", "no:cacheprovider", NEW_OPERATOR[1]),
        ("ruff", "check", "--no-cache", *NEW_OPERATOR),
        ("ruff", "format", "--no-cache", "--check", *NEW_OPERATOR),
    ):
        pytest.importorskip(module)
        command = [sys.executable, "-m", module, *options]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_one_test_command() -> None:
    """README, CONTRIBUTING and the continuous integration run the same."""
    (command,) = [line for line in text(".ci/run").splitlines() if "pytest" in line]
    assert f"\n{command}\n" in "".join(blocks("README.md", "sh"))
    assert f"\n{command}\n" in "".join(blocks("CONTRIBUTING.md", "sh"))


def test_import_rules() -> None:
    never = {
        part: set(names(others)) if others != "any other" else None
        for parts, others in rows(section("ARCHITECTURE.md", "Who may import what"))
        for part in names(parts)
    }
    broken = []
    for file, imported in imports():
        for part, forbidden in never.items():
            if file != part and not file.startswith((f"{part}/", f"{part}_")):
                continue
            top = imported.split("/")[0]
            if imported != file and (forbidden is None or top in forbidden):
                broken.append(f"{file} imports {imported}")
    assert broken == []


def test_outside_imports() -> None:
    """The importers of onnx, subprocess, jinja2 and torch are the ones that ARCHITECTURE.md names."""
    importers: dict[str, set[str]] = {"onnx": set(), "subprocess": set(), "jinja2": set(), "torch": set()}
    for file in (ROOT / "fpgaflow").rglob("*.py"):
        for name in _imported(file):
            if name.split(".")[0] in importers:
                importers[name.split(".")[0]].add(file.relative_to(ROOT / "fpgaflow").as_posix())
    assert {name.split("/")[0] for name in importers["onnx"]} == {"frontend"}
    assert {name.split("/")[0] for name in importers["torch"]} == {"train"}
    assert importers["subprocess"] == {"toolchain/run.py"}
    assert importers["jinja2"] == {"backends/render.py"}


def imports() -> Iterator[tuple[str, str]]:
    """(file, imported) of every import within fpgaflow, both as paths without suffix below the package."""
    package = ROOT / "fpgaflow"
    for file in package.rglob("*.py"):
        for name in _imported(file):
            if name.startswith("fpgaflow."):
                where = file.relative_to(package).with_suffix("").as_posix()
                yield where, "/".join(name.split(".")[1:])


def _imported(file: Path) -> Iterator[str]:
    """Full names of imported modules, those for the type checker only left out."""
    tree = ast.parse(file.read_text())
    guards = [node for node in ast.walk(tree) if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    skipped = {id(inside) for guard in guards for inside in ast.walk(guard)}
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)

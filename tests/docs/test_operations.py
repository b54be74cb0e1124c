"""The documents say what the code does: settings, commands, rule kinds, the tree."""

import re
import tomllib
from pathlib import Path

import pytest
import typer.main

from alerts.parameters import KINDS
from domain.quantity import Quantity
from domain.rule import RuleKind
from haulwatch.__main__ import app
from runtime.settings import PREFIX, Settings, documentation

ROOT = Path(__file__).resolve().parents[2]


def text_of(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def settings_table() -> str:
    """The table of docs/OPERATIONS.md, as the code has it."""
    rows = ["| Setting | Default | Unit | Allowed | Meaning |", "|---|---|---|---|---|"]
    for doc in documentation():
        default = doc.default if "`" in doc.default else f"`{doc.default}`"
        rows.append(
            f"| `{doc.variable}` | {default if doc.default else 'empty'} | {doc.unit} | {doc.allowed} | {doc.meaning} |"
        )
    return "\n".join(rows)


def command_names() -> set[str]:
    """Every command, with its group before it."""
    root = typer.main.get_command(app)
    found: set[str] = set()

    def walk(command: object, path: str) -> None:
        children = getattr(command, "commands", None)
        if children:
            for name, child in children.items():
                walk(child, f"{path} {name}".strip())
        else:
            found.add(path)

    walk(root, "")
    return found


def test_the_settings_table_of_the_operations_page_is_the_one_of_the_code():
    page = text_of("docs/OPERATIONS.md")
    table = re.search(r"<!-- settings: .*? -->\n(.*?)\n<!-- end", page, re.DOTALL)
    assert table is not None
    assert table[1] == settings_table()


@pytest.mark.parametrize(
    "path", ["README.md", "README.zh-CN.md", "docs/OPERATIONS.md", "docs/WIRE.md", "compose.yaml"]
)
def test_every_setting_a_document_names_exists(path: str):
    named = set(re.findall(rf"{PREFIX}[A-Z][A-Z0-9_]*[A-Z0-9]", text_of(path)))
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    assert named <= known | {"HAULWATCH_RETENTION"}


@pytest.mark.parametrize("path", ["README.md", "README.zh-CN.md", "docs/OPERATIONS.md", "docs/WIRE.md"])
def test_every_command_a_document_shows_exists(path: str):
    known = command_names()
    shown = re.findall(
        r"(?:^    |`)(?:\.venv/bin/)?haulwatch ([a-z]+)(?: ([a-z][a-z0-9]*))?", text_of(path), re.MULTILINE
    )
    assert shown
    # Reserved for the exports, and said so where it is named.
    unknown = {f"{a} {b}".strip() for a, b in shown if a not in known and f"{a} {b}" not in known} - {
        "export weekly"
    }
    assert unknown == set()


@pytest.mark.parametrize("name", sorted(command_names()))
def test_a_command_is_named_on_the_operations_page(name: str):
    if name in {"demo-fleet", "demo-past"}:
        pytest.skip("a part of up --demo, not for people")
    page = text_of("docs/OPERATIONS.md")
    last = name.rsplit(maxsplit=1)[-1]
    assert re.search(rf"`[^`]*\b{last}\b[^`]*`", page), name


def test_the_rules_page_has_every_kind_once_and_every_kind_is_judged():
    rows = re.findall(r"^\| `((?!kind`)[a-z_]+)` \|", text_of("docs/RULES.md"), re.MULTILINE)
    assert sorted(rows) == sorted(kind.value for kind in RuleKind)
    assert set(KINDS) == set(RuleKind)


@pytest.mark.parametrize("kind", sorted(kind.value for kind in KINDS))
def test_the_rules_page_shows_every_judged_kind(kind: str):
    assert f"](pictures/{kind}.svg)" in text_of("docs/RULES.md")
    assert "Not flagged" in text_of(f"docs/pictures/{kind}.svg")


def test_the_glossary_has_a_word_for_every_rule_kind():
    rows = re.findall(r"^\| `([a-z_]+)` \|", text_of("docs/GLOSSARY.md"), re.MULTILINE)
    assert sorted(rows) == sorted(kind.value for kind in RuleKind)


def test_the_wire_page_names_every_quantity_of_the_dust_report():
    page = text_of("docs/WIRE.md")
    assert [quantity for quantity in Quantity if f"`{quantity.value}`" not in page] == []


@pytest.mark.parametrize(
    "path", ["README.md", "README.zh-CN.md", *sorted(f"docs/{p.name}" for p in (ROOT / "docs").glob("*.md"))]
)
def test_every_link_to_a_file_leads_to_one(path: str):
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text_of(path)):
        if not target.startswith(("http:", "https:")):
            assert ((ROOT / path).parent / target).exists(), target


def test_the_packages_of_the_distribution_are_those_of_the_tree():
    listed = tomllib.loads(text_of("pyproject.toml"))["tool"]["setuptools"]["packages"]
    roots = {name for name in listed if "." not in name}
    there = {
        str(init.parent.relative_to(ROOT)).replace("/", ".")
        for root in roots
        for init in (ROOT / root).rglob("__init__.py")
    }
    assert sorted(listed) == sorted(there)


def test_the_pins_name_no_address():
    lines = text_of("constraints.txt").splitlines()
    assert [
        line for line in lines if line and not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+", line)
    ] == []

"""The rules of the house that no linter knows."""

import ast
import importlib
import inspect
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

from productive_integrations import __version__
from productive_integrations.commands import COMMANDS
from productive_integrations.prompts import PROMPTS, Prompt
from productive_integrations.resources import RESOURCES, Resource
from productive_integrations.settings import PREFIX, Settings
from productive_integrations.tools import TOOLS, Tool
from productive_integrations.validation import RULES, Rule

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "server" / "productive_integrations"
MODULES = sorted(PACKAGE.rglob("*.py"))
README = (ROOT / "README.md").read_text(encoding="utf-8")
PYPROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
MANIFEST = json.loads((ROOT / "manifest.json").read_text(encoding="utf-8"))
MAX_LINES = 300

# Each part may import the parts of its row, which all stand above it: no circle can form.
NOUNS = ("errors", "text", "providers", "schemas")
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "errors": (),
    "text": (),
    "published": (),
    "callers": (),
    "providers": (),
    "schemas": ("providers",),
    "settings": ("errors",),
    "charts": ("errors", "providers", "schemas"),
    "validation": NOUNS,
    "productive": ("errors", "providers", "schemas", "settings"),
    "state": ("errors", "providers", "schemas"),
    "mappings": (*NOUNS, "charts", "validation", "productive", "state"),
    "review": (),
    "resources": (*NOUNS, "published", "validation", "mappings"),
    "prompts": (*NOUNS, "published", "mappings"),
    "tools": (*NOUNS, "published", "callers", "mappings", "resources", "review"),
    "app": (
        *NOUNS,
        *("settings", "charts", "validation", "productive", "state", "mappings", "review", "tools", "resources"),
        "prompts",
    ),
    "sandbox": (),
    "commands": (*NOUNS, "callers", "validation", "productive", "mappings"),
    "cli": ("errors", "settings", "charts", "state", "app", "sandbox", "commands"),
    "__main__": ("cli",),
}
HOMES_OF_MCP = {"app", "tools", "resources", "prompts", "review"}
HELPERS_OF_TOOLS = {"__init__", "approval", "base", "on_page"}


def part_of(module: Path) -> str:
    return module.relative_to(PACKAGE).parts[0].removesuffix(".py")


def place_of(module: Path) -> str:
    return module.relative_to(PACKAGE).as_posix()


def imports_of(module: Path) -> Iterator[str]:
    """Every module that is imported anywhere in the file, by its full name."""
    package = ["productive_integrations", *module.relative_to(PACKAGE).parent.parts]
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            # `from . import name` may name a module of the package.
            yield from (f"{base}.{alias.name}" for alias in node.names)


def parts_imported(module: Path) -> set[str]:
    """The parts of our own package that a file imports, its own left out."""
    names = [name.split(".") for name in imports_of(module)]
    ours = {name[1] for name in names if name[0] == "productive_integrations" and len(name) > 1}
    return ours - {part_of(module), "__version__"}


def committed_files() -> Iterator[Path]:
    """All files but those that .gitignore names."""
    ignored = [".git", *(line.strip("/") for line in (ROOT / ".gitignore").read_text(encoding="utf-8").split())]
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        if path.is_file() and not any(fnmatch(part, pattern) for part in parts for pattern in ignored):
            yield path


def section(title: str) -> str:
    """A section of the README."""
    return README.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def commands(title: str) -> list[str]:
    """The lines of the one shell block of a section."""
    (block,) = re.findall(r"```sh\n(.*?)```", section(title), flags=re.DOTALL)
    return str(block).splitlines()


def rows(title: str) -> list[list[str]]:
    """The rows of a section's first table, each cell without its code marks."""
    lines = [line for line in section(title).splitlines() if line.startswith("|")]
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines[2:]]


def first_line(tool: Tool) -> str:
    return (inspect.getdoc(tool.function) or "").partition("\n")[0]


def test_no_module_has_more_than_300_lines() -> None:
    lengths = {place_of(module): len(module.read_text(encoding="utf-8").splitlines()) for module in MODULES}

    assert {place: lines for place, lines in lengths.items() if lines > MAX_LINES} == {}


def test_a_part_imports_only_what_its_row_allows() -> None:
    forbidden = {
        (place_of(module), part)
        for module in MODULES
        for part in parts_imported(module) - set(MAY_IMPORT.get(part_of(module), ()))
    }

    assert forbidden == set()


def test_every_part_has_a_row_and_rows_point_upwards() -> None:
    assert {part_of(module) for module in MODULES} - {"__init__"} <= MAY_IMPORT.keys()

    order = list(MAY_IMPORT)
    for part, allowed in MAY_IMPORT.items():
        assert set(allowed) <= set(order[: order.index(part)]), part


def test_only_the_command_imports_the_sandbox() -> None:
    assert [part for part, allowed in MAY_IMPORT.items() if "sandbox" in allowed] == ["cli"]
    assert MAY_IMPORT["sandbox"] == ()


def test_the_docs_show_the_same_parts() -> None:
    table = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").partition("## Layers")[2]
    documented = re.findall(r"^\| `(\w+)` \|", table, flags=re.MULTILINE)

    assert documented == [part for part in MAY_IMPORT if part != "__main__"]


def test_the_sdk_has_few_homes() -> None:
    users = {part_of(module) for module in MODULES for name in imports_of(module) if name.split(".")[0] == "mcp"}

    assert users <= HOMES_OF_MCP


def test_the_http_client_has_one_home_and_the_place_that_builds_it() -> None:
    users = {place_of(module) for module in MODULES for name in imports_of(module) if name.split(".")[0] == "httpx"}

    assert "productive/client.py" in users
    assert {place for place in users if not place.startswith("app/")} == {"productive/client.py"}


def test_what_the_sdk_brings_along_is_not_used() -> None:
    borrowed = {"httpx2", "httpcore", "httpcore2", "mcp_types"}

    assert {name for module in MODULES for name in imports_of(module) if name.split(".")[0] in borrowed} == set()


def test_commands_run_without_the_sdk() -> None:
    script = (
        "import sys, productive_integrations.cli, productive_integrations.app.services;"
        "import productive_integrations.app.doctor;"
        "print({'mcp', 'starlette', 'uvicorn'} & sys.modules.keys())"
    )
    done = subprocess.run(  # noqa: S603 - the command is the line above
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=30
    )

    assert done.stdout.strip() == "set()"


def test_every_file_of_a_tool_holds_the_tool_of_its_name() -> None:
    files = {path.stem for path in (PACKAGE / "tools").glob("*.py")} - HELPERS_OF_TOOLS
    tools = {name: importlib.import_module(f"productive_integrations.tools.{name}").TOOL for name in files}

    assert {name: tool.name for name, tool in tools.items()} == {name: name for name in files}
    assert sorted(tools) == sorted(tool.name for tool in TOOLS)


@pytest.mark.parametrize(
    ("part", "value", "listed"), [("resources", "RESOURCE", RESOURCES), ("prompts", "PROMPT", PROMPTS)]
)
def test_every_file_of_a_resource_or_prompt_holds_the_one_of_its_name(
    part: str, value: str, listed: tuple[Resource | Prompt, ...]
) -> None:
    files = {path.stem for path in (PACKAGE / part).glob("*.py")} - {"__init__", "base"}
    held = {name: getattr(importlib.import_module(f"productive_integrations.{part}.{name}"), value) for name in files}

    assert {name: one.name for name, one in held.items()} == {name: name for name in files}
    assert {id(one) for one in held.values()} == {id(one) for one in listed}


def test_rules_stand_in_the_order_of_their_ids_and_share_neither_id_nor_name() -> None:
    ids = [rule.id for rule in RULES]

    assert ids == sorted(set(ids))
    assert len({rule.name for rule in RULES}) == len(RULES)


def test_every_rule_that_is_written_is_in_the_list() -> None:
    areas = (path.stem for path in (PACKAGE / "validation").glob("*.py") if path.stem != "__init__")
    modules = [importlib.import_module(f"productive_integrations.validation.{area}") for area in areas]
    written = {value.id for module in modules for value in vars(module).values() if isinstance(value, Rule)}

    assert written == {rule.id for rule in RULES}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_page_of_a_rule_begins_with_a_sentence_and_goes_on(rule: Rule) -> None:
    summary, blank, *why = rule.page.splitlines()

    assert re.fullmatch(r"[A-Z`].*\.", summary)
    assert blank == ""
    assert why


def test_the_manifest_names_the_tools_as_the_server_does() -> None:
    assert MANIFEST["tools"] == [{"name": tool.name, "description": first_line(tool)} for tool in TOOLS]


def test_the_manifest_has_the_version_of_the_package() -> None:
    project = tomllib.loads(PYPROJECT)

    assert MANIFEST["version"] == __version__
    assert project["project"]["dynamic"] == ["version"]
    assert project["tool"]["hatch"]["version"]["path"] == "server/productive_integrations/__init__.py"
    assert f"## [{__version__}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_manifest_starts_the_console_script_with_settings_that_exist() -> None:
    server = MANIFEST["server"]
    asked = {text.removeprefix("${user_config.").removesuffix("}") for text in server["mcp_config"]["env"].values()}

    assert (ROOT / server["entry_point"]).is_file()
    assert server["mcp_config"]["args"][-1] in tomllib.loads(PYPROJECT)["project"]["scripts"]
    assert asked == MANIFEST["user_config"].keys()
    assert {name.removeprefix(PREFIX).lower() for name in server["mcp_config"]["env"]} == asked
    assert asked <= Settings.model_fields.keys()


def test_the_readme_lists_the_tools_in_their_order() -> None:
    assert [name for name, _ in rows("What it can do")] == [tool.name for tool in TOOLS]


def test_the_pages_list_the_commands_in_their_order() -> None:
    page = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8").partition("\n## ")[0]
    names = [command.name for command in COMMANDS]

    assert [row[0].split()[0] for row in rows("On the command line")] == names
    assert re.findall(r"^\| `(\w+)", page, flags=re.MULTILINE) == names


def test_the_readme_lists_the_resources_and_the_prompts_in_their_order() -> None:
    assert [uri for uri, _ in rows("Resources and prompts")] == [resource.uri for resource in RESOURCES]
    assert re.findall(r"^- `(\w+)`", section("Resources and prompts"), re.MULTILINE) == [one.name for one in PROMPTS]


def test_the_readme_lists_exactly_the_settings_that_the_server_knows() -> None:
    assert [name for name, _, _ in rows("Settings")] == [PREFIX + name.upper() for name in Settings.model_fields]


def test_the_readme_gives_the_defaults_that_the_server_has() -> None:
    defaults = {name: default for name, _, default in rows("Settings")}

    for name, field in Settings.model_fields.items():
        default = defaults[PREFIX + name.upper()]
        if field.is_required():
            assert default.startswith("required")
        elif field.default_factory is None and field.default is not None:
            assert default == str(field.default).lower() if isinstance(field.default, bool) else str(field.default)


def test_one_command_installs_by_hash_and_serves_the_demo_with_a_clean_standard_output() -> None:
    (command,) = commands("Quick start")
    steps = command.split(" && ")

    assert steps[-1] == ".venv/bin/productive-integrations-mcp --demo"
    assert "--require-hashes -r constraints/runtime.txt" in command
    assert all(step.endswith(" >&2") for step in steps if "pip install" in step)


def test_one_command_runs_the_tests_here_and_in_ci() -> None:
    _, *lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()

    assert commands("Tests") == lines


PIN = re.compile(r"^([a-z0-9-]+)(?:\[[a-z0-9, -]+\])?==(\S+)", flags=re.MULTILINE)


def test_pins_carry_hashes_and_no_address() -> None:
    for path in sorted((ROOT / "constraints").glob("*.txt")):
        text = path.read_text(encoding="utf-8")
        pins = re.split(r"\n(?=\S)", text.strip())

        assert not re.search(r"https?:|--index|--find-links|file:", text), path.name
        for pin in pins:
            assert PIN.match(pin), pin[:60]
            assert re.search(r"--hash=sha256:[0-9a-f]{64}$", pin), pin[:60]


def pinned(name: str) -> set[str]:
    """The pins of a file, without extras, markers and hashes."""
    text = (ROOT / "constraints" / f"{name}.txt").read_text(encoding="utf-8")
    return {"==".join(pin) for pin in PIN.findall(text)}


def test_pins_agree_from_file_to_file() -> None:
    assert pinned("runtime") <= pinned("postgres")
    assert pinned("runtime") | pinned("build") <= pinned("dev")


def test_every_dependency_is_pinned() -> None:
    project: dict[str, Any] = tomllib.loads(PYPROJECT)
    needed = {
        "runtime": project["project"]["dependencies"],
        "postgres": project["project"]["optional-dependencies"]["postgres"],
        "build": project["build-system"]["requires"],
        "dev": project["dependency-groups"]["dev"],
    }
    for name, requirements in needed.items():
        names = {re.split(r"[^a-z0-9-]", requirement)[0] for requirement in requirements}
        assert names <= {pin.split("==")[0] for pin in pinned(name)}, name


# Written so that the patterns do not find themselves.
FOREIGN = re.compile(
    r"py[p]i\.org|python[h]osted\.org|npm[j]s\.org|deb[i]an\.org|proxy\.golan[g]\.org|crate[s]\.io"
    r"|https?://[^/ \"]+/(?:simpl[e]|package[s])/"
    r"|(?<![\w.!])/(?:wor[k]|tm[p]|hom[e]|roo[t]|op[t]|us[r])(?:/|\b(?![\w-]))"
)


def test_no_file_names_a_registry_or_a_path_of_one_machine() -> None:
    found = {
        (path.relative_to(ROOT).as_posix(), match.group())
        for path in committed_files()
        for match in FOREIGN.finditer(path.read_bytes().decode("utf-8", "replace"))
    }

    assert found == set()


def test_every_ignore_of_the_linter_has_its_reason() -> None:
    lint = tomllib.loads(PYPROJECT)["tool"]["ruff"]["lint"]
    codes = {*lint["ignore"], *(code for codes in lint["per-file-ignores"].values() for code in codes)}
    lines = PYPROJECT.splitlines()

    assert [line for line in lines if any(f'"{code}"' in line for code in codes) and not re.search(r"# \w", line)] == []

import re
import shlex
from pathlib import Path

import pytest

from commands.speaking import Say

PAGE = Path(__file__).parents[2] / "docs" / "command-line.md"
PROGRAM = "productive-integrations-mcp"


def steps() -> list[tuple[list[str], list[str]]]:
    """The commands of the page's session, each with the lines that it answers."""
    session = PAGE.read_text(encoding="utf-8").partition("```console\n")[2].partition("```")[0]
    blocks = re.split(r"^\$ ", session, flags=re.MULTILINE)[1:]
    return [(shlex.split(first), rest) for first, *rest in (block.splitlines() for block in blocks)]


def as_shown(shown: str, said: str) -> bool:
    """Whether a line is the one of the page; `…` stands for anything."""
    return re.fullmatch(".*".join(map(re.escape, shown.split("…"))), said) is not None


def test_the_session_of_the_page_happens_as_shown(say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    plan_id = ""
    for (program, *words), shown in steps():
        if program == "sed":
            # Of a script such as s/^one/two/; `sed -i` is not the same everywhere.
            _, script, file = words
            _, before, after, _ = script.split("/")
            text = re.sub(before, after, Path(file).read_text(encoding="utf-8"), flags=re.MULTILINE)
            Path(file).write_text(text, encoding="utf-8")
            continue
        assert program == PROGRAM

        said = say(*(word.replace("plan_…", plan_id) for word in words))

        lines = said.out.splitlines()
        assert said.status == 0
        assert len(lines) == len(shown)
        assert all(map(as_shown, shown, lines)), lines
        plan_id = (re.findall(r"plan_\w+", said.out) or [plan_id])[0]
    assert plan_id

import os
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from front_door import DESIGN, XERO_NL, XERO_UK, FrontDoor, content_of, text_of
from productive_integrations import charts
from productive_integrations.app.build import open_services
from productive_integrations.charts import HEADER, Charts
from productive_integrations.errors import SettingsError
from productive_integrations.providers.markers import CodeKind
from productive_integrations.schemas.chart import Chart, ChartRow

FIRST = "integration_id,kind,code,name,class,active"
ACCOUNTS = "account_code_mapping"
SALES = f"""{FIRST}
{XERO_UK},account,200,Sales \u2013 Design,REVENUE,true
{XERO_UK},account,210,Sales \u2013 Support,REVENUE,true
{XERO_UK},account,211,Sales \u2013 Support,REVENUE,true
{XERO_UK},account,299,Sales \u2013 before 2020,REVENUE,false
{XERO_UK},account,090,Current account,BANK,true
{XERO_UK},item,19,Design hours,,true
"""


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    folder = tmp_path / "charts"
    folder.mkdir()
    return folder


def read(folder: Path, text: str | bytes, integration_id: str = "1") -> Chart:
    (folder / "xero.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    return Charts(folder).of(integration_id)


def rows(*lines: str) -> str:
    return "\n".join([FIRST, *lines])


def test_a_row_has_a_kind_a_code_a_name_classes_and_whether_it_is_active(folder: Path) -> None:
    chart = read(folder, rows("1,account,200,Sales,REVENUE,true", "1,tax,OUTPUT2,20%,Revenue | other income,false"))

    assert chart.rows == (
        ChartRow(CodeKind.ACCOUNT, "200", "Sales", frozenset({"REVENUE"})),
        ChartRow(CodeKind.TAX, "OUTPUT2", "20%", frozenset({"REVENUE", "OTHERINCOME"}), active=False),
    )


@pytest.mark.parametrize(
    "text",
    [
        b"\xef\xbb\xbf" + rows("1,account,0200,Sales,,").encode(),
        rows("1,account,0200,Sales,,").replace("\n", "\r\n"),
        rows("", "1,account,0200,Sales,,", "  ,,,,,", ""),
        rows(" 1 , ACCOUNT , 0200 , Sales , | , "),
        rows("1,account,0200,Sales,,").replace(FIRST, " Integration_ID,KIND,Code,Name,Class,Active "),
        rows('"1","account","0200","Sales","",""'),
    ],
    ids=["byte order mark", "CRLF", "blank lines", "blanks around", "header in another case", "all quoted"],
)
def test_what_spreadsheets_do_to_a_file_does_not_matter(folder: Path, text: str | bytes) -> None:
    assert read(folder, text).rows == (ChartRow(CodeKind.ACCOUNT, "0200", "Sales"),)


def test_quoted_names_may_hold_commas_line_breaks_and_quotes(folder: Path) -> None:
    chart = read(folder, rows('1,account,200,"Sales, ""fees""\nand more",REVENUE,true', "1,account,201,Next,,"))

    assert [row.name for row in chart.rows] == ['Sales, "fees"\nand more', "Next"]


@pytest.mark.parametrize(
    ("active", "wanted"),
    [
        *((word, True) for word in ("", "true", "TRUE", "Yes", "1", "Active")),
        *((word, False) for word in ("false", "NO", "0", "inactive", "Archived")),
    ],
)
def test_active_is_yes_when_blank_and_takes_the_usual_words(folder: Path, active: str, *, wanted: bool) -> None:
    assert read(folder, rows(f"1,account,200,Sales,,{active}")).rows[0].active is wanted


@pytest.mark.parametrize("kind", ["account", "item", "product", "article", "ledger", "tax"])
def test_every_kind_that_the_document_names_can_be_looked_up(folder: Path, kind: str) -> None:
    chart = read(folder, rows(f"1,{kind},A1,Thing,,"))

    assert [found.holds(CodeKind(chart.rows[0].kind)) for found in (chart, Chart())] == [True, False]
    assert chart.find(chart.rows[0].kind, "A1") is chart.rows[0]
    assert f"`{kind}`" in (Path(__file__).parents[1] / "docs" / "charts.md").read_text(encoding="utf-8")


def test_several_files_make_up_the_charts_of_several_integrations(folder: Path) -> None:
    (folder / "a.csv").write_text(rows("1,account,200,Sales,,", "2,item,19,Hours,,"), encoding="utf-8")
    (folder / "b.csv").write_text(rows("1,tax,OUTPUT2,20%,,"), encoding="utf-8")
    (folder / "notes.txt").write_text("no chart", encoding="utf-8")
    (folder / "empty.csv").write_text(FIRST, encoding="utf-8")

    both = Charts(folder)

    assert [row.code for row in both.of("1").rows] == ["200", "OUTPUT2"]
    assert [row.code for row in both.of("2").rows] == ["19"]
    assert both.of("3") == Chart()


def test_a_code_may_be_there_once_for_each_integration_and_kind(folder: Path) -> None:
    (folder / "a.csv").write_text(
        rows("1,account,19,Sales,,", "1,item,19,Hours,,", "2,account,19,,,"), encoding="utf-8"
    )
    assert [row.kind for row in Charts(folder).of("1").rows] == [CodeKind.ACCOUNT, CodeKind.ITEM]

    (folder / "b.csv").write_text(rows("1,tax,19,,,", "1,account,19,CANARY,,"), encoding="utf-8")
    with pytest.raises(SettingsError, match=r"^PRODUCTIVE_CHARTS: b\.csv, line 3: [^0-9]+$") as caught:
        Charts(folder)
    assert "CANARY" not in str(caught.value)


def test_without_a_folder_every_chart_is_empty() -> None:
    assert Charts(None).of("1") == Chart()


WRONG: dict[str, tuple[str | bytes, str]] = {
    "an empty file": ("", "xero.csv must begin with the line"),
    "no header": ("1,account,CANARY,CANARY,,", "xero.csv must begin with the line"),
    "a column too few in the header": (rows("").replace(",active", ""), "xero.csv must begin with the line"),
    "semicolons": (rows("1,account,CANARY,,,").replace(",", ";"), "xero.csv must begin with the line"),
    "cells missing": (rows("1,account,200,,,", "1,account,CANARY"), "xero.csv, line 3 must have 6 cells"),
    "a cell too many": (rows("1,account,CANARY,Sales, fees,,"), "xero.csv, line 2 must have 6 cells"),
    "an unknown kind": (rows("1,CANARY,200,,,"), "xero.csv, line 2: kind must be one of account, item"),
    "no kind": (rows("1,,CANARY,,,"), "xero.csv, line 2: kind"),
    "no code": (rows("1,account, ,CANARY,,"), "xero.csv, line 2: code is blank"),
    "a name for an integration": (rows("CANARY,account,200,,,"), "xero.csv, line 2: integration_id"),
    "foreign digits": (rows("\uff11,account,CANARY,,,"), "xero.csv, line 2: integration_id"),
    "no integration": (rows(",account,CANARY,,,"), "xero.csv, line 2: integration_id"),
    "an unclear active": (rows("1,account,200,,,CANARY"), "xero.csv, line 2: active must be true or false"),
    "a line after one of two lines": (rows('1,account,200,"a\nb",,', "1,CANARY,1,,,"), "xero.csv, line 4: kind"),
    "Latin-1": (rows("1,account,CANARY,").encode() + b"\xe9,,", "xero.csv is not a CSV file in UTF-8"),
    "UTF-16": (rows("1,account,CANARY,,,").encode("utf-16"), "xero.csv is not a CSV file in UTF-8"),
    "an open quote": (rows('1,account,CANARY,"Sales,,'), "xero.csv is not a CSV file in UTF-8"),
    "text after a quote": (rows('1,account,"CANARY"x,Sales,,'), "xero.csv is not a CSV file in UTF-8"),
    "an endless cell": (rows(f"1,account,{'CANARY' * 30_000},,,"), "xero.csv is not a CSV file in UTF-8"),
}


@pytest.mark.parametrize(("text", "message"), WRONG.values(), ids=WRONG)
def test_a_file_that_cannot_be_understood_is_named_with_its_line_and_not_quoted(
    folder: Path, text: str | bytes, message: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        read(folder, text)

    assert str(caught.value).startswith(f"PRODUCTIVE_CHARTS: {message}")
    assert "CANARY" not in str(caught.value)
    # A traceback quotes our own lines, never those of the file.
    assert "CANARY" not in "".join(traceback.format_exception_only(caught.value.__cause__ or caught.value))


def test_a_file_that_is_too_large_is_not_opened(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = rows("1,account,200,Sales,,")
    monkeypatch.setattr(charts, "MAX_BYTES", len(text))
    assert read(folder, text).rows

    with pytest.raises(SettingsError, match=r"^PRODUCTIVE_CHARTS: xero\.csv is larger than 20 MB\.$"):
        read(folder, text + " ")


def test_a_file_that_changed_is_read_again(folder: Path) -> None:
    read(folder, rows("1,account,200,Sales,,"))
    running = Charts(folder)
    running.refresh()

    (folder / "xero.csv").write_text(rows("1,account,2000,Sales,,"), encoding="utf-8")
    assert [row.code for row in running.of("1").rows] == ["2000"]

    (folder / "more.csv").write_text(rows("1,account,300,More,,"), encoding="utf-8")
    assert [row.code for row in running.of("1").rows] == ["300", "2000"]

    (folder / "xero.csv").unlink()
    assert [row.code for row in running.of("1").rows] == ["300"]


def test_a_file_of_the_same_size_with_another_time_is_read_again(folder: Path) -> None:
    read(folder, rows("1,account,200,Sales,,"))
    running = Charts(folder)

    (folder / "xero.csv").write_text(rows("1,account,300,Sales,,"), encoding="utf-8")
    os.utime(folder / "xero.csv", (2_000_000_000, 2_000_000_000))

    assert [row.code for row in running.of("1").rows] == ["300"]


def test_a_file_that_did_not_change_is_kept(folder: Path) -> None:
    read(folder, rows("1,account,200,Sales,,"))
    running = Charts(folder)

    assert running.of("1") is running.of("1")


@pytest.mark.anyio
@pytest.mark.parametrize("place", ["CANARY", "charts/xero.csv"], ids=["nothing there", "a file"])
async def test_a_folder_that_is_not_there_stops_the_start(
    door: FrontDoor, sales: Path, tmp_path: Path, place: str
) -> None:
    with pytest.raises(SettingsError, match=r"^PRODUCTIVE_CHARTS: there is no such folder") as caught:
        async with open_services(door.settings(charts=str(tmp_path / place))):
            raise AssertionError("it started")

    assert "CANARY" not in str(caught.value)
    assert door.sandbox.requests == []


@pytest.mark.anyio
async def test_a_chart_that_cannot_be_understood_stops_the_start(door: FrontDoor, folder: Path) -> None:
    (folder / "xero.csv").write_text(rows("1,CANARY,200,,,"), encoding="utf-8")

    with pytest.raises(SettingsError, match=r"xero\.csv, line 2"):
        async with open_services(door.settings(charts=str(folder))):
            raise AssertionError("it started")


async def planned(door: FrontDoor, folder: Path, value: str, integration_id: str = XERO_UK) -> dict[str, Any]:
    """What an edit of Design comes to, with the charts of the folder."""
    arguments = {"integration_id": integration_id, "mapping": ACCOUNTS, "set": {"Design": value}}
    async with door.client(charts=str(folder)) as client:
        return content_of(await client.call_tool("update_mapping", arguments))


def found(outcome: dict[str, Any]) -> list[tuple[str, str]]:
    return [(finding["rule"], finding["severity"]) for finding in outcome["findings"]]


@pytest.fixture(name="sales")
def _sales(folder: Path) -> Path:
    (folder / "xero.csv").write_text(SALES, encoding="utf-8")
    return folder


@pytest.mark.anyio
@pytest.mark.parametrize("words", ["Sales \u2013 Design", "  sales \u2013  DESIGN", "200"])
async def test_an_account_is_known_by_its_name_or_code_in_the_chart(door: FrontDoor, sales: Path, words: str) -> None:
    plan = await planned(door, sales, words)

    assert plan["outcome"] == "approval_required"
    assert [(row["key"], row["after"]) for row in plan["changes"]] == [(DESIGN, "200")]
    assert found(plan) == []


@pytest.mark.anyio
async def test_a_code_named_through_the_chart_is_what_gets_stored(door: FrontDoor, sales: Path) -> None:
    arguments = {"integration_id": XERO_UK, "mapping": ACCOUNTS, "set": {"Design": "Sales \u2013 Design"}}
    async with door.client(approval="none", charts=str(sales)) as client:
        receipt = content_of(await client.call_tool("update_mapping", arguments))

    assert receipt["outcome"] == "applied"
    assert door.stored(XERO_UK, ACCOUNTS)[DESIGN] == "200"


@pytest.mark.anyio
async def test_a_name_of_two_accounts_is_ambiguous_and_both_codes_are_offered(door: FrontDoor, sales: Path) -> None:
    plan = await planned(door, sales, "Sales \u2013 Support")

    assert (plan["outcome"], found(plan)) == ("blocked", [("MAP302", "block")])
    assert {"210", "211"} <= set(plan["findings"][0]["fix"].replace(".", " ").split())


@pytest.mark.anyio
async def test_a_value_that_the_chart_does_not_hold_is_blocked(door: FrontDoor, sales: Path) -> None:
    plan = await planned(door, sales, "4030")

    assert (plan["outcome"], found(plan)) == ("blocked", [("MAP501", "block")])
    assert "Sales \u2013 Design" in plan["findings"][0]["fix"]


@pytest.mark.anyio
async def test_an_item_where_an_account_belongs_is_blocked(door: FrontDoor, sales: Path) -> None:
    plan = await planned(door, sales, "19")

    assert (plan["outcome"], found(plan)) == ("blocked", [("MAP502", "block")])


@pytest.mark.anyio
@pytest.mark.parametrize("words", ["299", "Sales \u2013 before 2020"])
async def test_an_inactive_account_asks_for_a_yes(door: FrontDoor, sales: Path, words: str) -> None:
    plan = await planned(door, sales, words)

    assert (plan["outcome"], found(plan)) == ("approval_required", [("MAP504", "confirm")])
    assert plan["changes"][0]["after"] == "299"


@pytest.mark.anyio
async def test_a_bank_account_for_sales_asks_for_a_yes(door: FrontDoor, sales: Path) -> None:
    plan = await planned(door, sales, "Current account")

    assert (plan["outcome"], found(plan)) == ("approval_required", [("MAP505", "confirm")])
    assert plan["changes"][0]["after"] == "090"


@pytest.mark.anyio
async def test_a_chart_says_nothing_about_another_integration(door: FrontDoor, sales: Path) -> None:
    plan = await planned(door, sales, "200", XERO_NL)

    assert ("MAP503", "confirm") in found(plan)
    assert not {rule for rule, _ in found(plan)} & {"MAP501", "MAP502", "MAP504", "MAP505"}


@pytest.mark.anyio
async def test_without_a_chart_a_new_code_asks_for_a_yes(door: FrontDoor, folder: Path) -> None:
    assert found(await planned(door, folder, "200")) == [("MAP503", "confirm")]


@pytest.mark.anyio
async def test_a_running_server_sees_a_new_chart_and_a_broken_one(door: FrontDoor, sales: Path) -> None:
    arguments = {"integration_id": XERO_UK, "mapping": ACCOUNTS, "set": {"Design": "2001"}}
    async with door.client(charts=str(sales)) as client:
        before = content_of(await client.call_tool("update_mapping", arguments))
        (sales / "xero.csv").write_text(f"{SALES}{XERO_UK},account,2001,New,REVENUE,true\n", encoding="utf-8")
        after = content_of(await client.call_tool("update_mapping", arguments))
        (sales / "xero.csv").write_text(f"{SALES}CANARY,account,2001,New,REVENUE,true\n", encoding="utf-8")
        broken = await client.call_tool("update_mapping", arguments)

    assert found(before) == [("MAP501", "block")]
    assert found(after) == []
    assert broken.is_error
    assert text_of(broken).startswith("PRODUCTIVE_CHARTS: xero.csv, line 8: integration_id")
    assert "CANARY" not in text_of(broken)
    assert door.sent("PATCH") == []


def test_the_examples_of_the_document_are_charts(folder: Path) -> None:
    page = (Path(__file__).parents[1] / "docs" / "charts.md").read_text(encoding="utf-8")
    blocks = [block.partition("```")[0] for block in page.split("```csv\n")[1:]]
    ours = [block for block in blocks if block.startswith(",".join(HEADER))]

    assert len(ours) >= 4
    for number, block in enumerate(ours):
        (folder / f"{number}.csv").write_text(block, encoding="utf-8")
    assert {row.kind for row in _all(Charts(folder), page)} >= {
        CodeKind.ACCOUNT,
        CodeKind.TAX,
        CodeKind.ITEM,
        CodeKind.LEDGER,
    }


def _all(read_charts: Charts, page: str) -> Iterator[ChartRow]:
    for integration_id in {line.partition(",")[0] for line in page.splitlines() if line[:1].isdigit()}:
        yield from read_charts.of(integration_id).rows

"""How long all rules take over a mapping, and how that grows with it.

Run by hand: `python benchmarks/validation.py`. The figures to look at are the ratios: ten times the entries should take
about ten times as long.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from statistics import median

from productive_integrations.mappings.check import stored_as_asked
from productive_integrations.mappings.plan import work_out
from productive_integrations.providers import provider_of
from productive_integrations.providers.markers import CodeKind, Noun
from productive_integrations.schemas.chart import Chart, ChartRow
from productive_integrations.schemas.directory import Directory, Entry, Listing
from productive_integrations.schemas.edit import Edit
from productive_integrations.schemas.integration import Integration
from productive_integrations.validation import Proposal, judge

RUNS = 7
SIZES = (1_000, 10_000)
MAPPING = "account_code_mapping"


def organization(size: int) -> Proposal:
    """A Xero mapping of `size` entries in an organization with as many service types."""
    types = tuple(Entry(str(100_000 + number), f"Service type {number}") for number in range(size))
    stored = {entry.id: str(4000 + number % 500) for number, entry in enumerate(types)}
    values = {
        "integration_type_id": 3,
        "name": "Xero",
        "connected_at": "2026-01-01",
        "account_code": "4000",
        MAPPING: stored,
    }
    integration = Integration(id="1", type_title="Xero", record=provider_of(3).read(values), present=frozenset(values))
    return Proposal(integration, MAPPING, directory=Directory([Listing(Noun.SERVICE_TYPE, types)]))


def edit_of(entries: int) -> Callable[[int], Proposal]:
    """An edit that names service types and gives each another code in use."""
    words = {f"Service type {number}": str(4000 + (number + 1) % 500) for number in range(entries)}
    edit = Edit(integration_id="1", mapping=MAPPING, set=words)
    return lambda size: work_out(edit, organization(size))


def wrong_edit_of(entries: int) -> Callable[[int], Proposal]:
    """An edit of service types that nobody has, each with a code that nobody uses."""
    words = {f"Servise tipe {number}": f"9{number}" for number in range(entries)}
    edit = Edit(integration_id="1", mapping=MAPPING, set=words)
    return lambda size: work_out(edit, organization(size))


def neglected(size: int) -> Proposal:
    """A check in which every service type is archived and no code is in the chart."""
    clean = organization(size)
    archived = tuple(replace(entry, archived=True) for entry in clean.directory[Noun.SERVICE_TYPE].entries)
    chart = Chart(tuple(ChartRow(CodeKind.ACCOUNT, f"8{number}", f"Account {number}") for number in range(size)))
    directory = Directory([Listing(Noun.SERVICE_TYPE, archived)])
    return stored_as_asked(replace(clean, directory=directory, chart=chart))


CASES: dict[str, Callable[[int], Proposal]] = {
    "an edit of 1 entry": edit_of(1),
    "an edit of 500 entries": edit_of(500),
    "an edit of 500 wrong ones": wrong_edit_of(500),
    "a check in which all is wrong": neglected,
    "a check of every entry": lambda size: stored_as_asked(organization(size)),
}


def milliseconds(case: Callable[[int], Proposal], size: int) -> float:
    """The median time that all rules take, each time over a proposal that nothing has been worked out of."""
    taken = []
    for _ in range(RUNS):
        proposal = case(size)
        start = time.perf_counter()
        judge(proposal)
        taken.append((time.perf_counter() - start) * 1000)
    return median(taken)


def main() -> None:
    """Print a row a case."""
    print(f"{'all rules over':<31}{SIZES[0]:>9,}{SIZES[1]:>9,}  ratio")
    for name, case in CASES.items():
        small, large = (milliseconds(case, size) for size in SIZES)
        print(f"{name:<31}{small:>6.1f} ms{large:>6.1f} ms{large / small:>6.1f}")


if __name__ == "__main__":
    main()

"""A little organization in which a rule's case is an edit, a stored state and the findings they give."""

import csv
from dataclasses import replace
from typing import Any

from productive_integrations.mappings.check import stored_as_asked
from productive_integrations.mappings.plan import work_out
from productive_integrations.providers import Reference, type_named
from productive_integrations.providers.markers import Noun
from productive_integrations.schemas.chart import CHART_KINDS, Chart, ChartRow
from productive_integrations.schemas.directory import Directory, Entry, Listing
from productive_integrations.schemas.edit import Edit
from productive_integrations.schemas.integration import Integration, Stored, fingerprint
from productive_integrations.validation import Proposal

OWN, OTHER = "1", "2"
DIRECTORY = Directory(
    [
        Listing(
            Noun.SERVICE_TYPE,
            (
                Entry("11", "Design"),
                Entry("12", "Development"),
                Entry("13", "Print design", archived=True),
                Entry("14", "Strategy"),
                Entry("15", "Support"),
                Entry("16", "Support"),
                Entry("17", "Workshop"),
            ),
        ),
        Listing(
            Noun.TAX_RATE,
            (
                Entry("21", "VAT 20%", group=OWN, group_name="Own Ltd", percent=20),
                Entry("22", "VAT 5%", group=OWN, group_name="Own Ltd", percent=5),
                Entry("23", "VAT 17.5%", archived=True, group=OWN, group_name="Own Ltd", percent=17.5),
                Entry("29", "BTW 21%", group=OTHER, group_name="Other B.V.", percent=21),
            ),
        ),
        Listing(
            Noun.SUBSIDIARY,
            (Entry("1", "Own Ltd"), Entry("2", "Other B.V."), Entry("3", "Closed GmbH", archived=True)),
        ),
        Listing(
            Noun.DEAL_STATUS,
            (
                Entry("41", "Won", group="5", group_name="New business", phase="won"),
                Entry("42", "Lost", group="5", group_name="New business", phase="lost"),
                Entry("43", "Negotiation", group="5", group_name="New business", phase="open"),
                Entry("44", "Negotiation", group="6", group_name="Partnerships", phase="open"),
                Entry("45", "Verbal yes", archived=True, group="5", group_name="New business", phase="open"),
            ),
        ),
        Listing(
            Noun.PROJECT,
            (Entry("61", "Website"), Entry("62", "Campaign"), Entry("63", "Old fair", archived=True)),
        ),
        Listing(
            Noun.CUSTOM_FIELD,
            (
                Entry("51", "Start date", group="Person"),
                Entry("52", "PO reference", group="Invoice"),
                Entry("53", "Salary band", group="Person"),
                Entry("54", "Segment", group="Company"),
                Entry("55", "Region", group="Person"),
            ),
        ),
    ]
)
XERO_STORED = {"11": "4000", "12": "4020", "14": "200", "15": "4010", "16": "4010"}
MAIN = "account_code_mapping"


def proposal_of(case: dict[str, Any]) -> Proposal:
    """A case as a proposal. Left out: type xero, account_code_mapping, a mapping in use, an active integration."""
    provider = type_named(case.get("type", "xero"))
    assert provider is not None, case
    mapping = case.get("mapping", MAIN)
    attributes: dict[str, Any] = {
        "integration_type_id": provider.type_id,
        "name": provider.title,
        "connected_at": "2026-01-01T00:00:00Z",
        "subsidiary": Reference(id=OWN, name="Own Ltd"),
        "account_code": "4000" if provider.title == "Xero" else None,
    }
    attributes |= {name: None for name in provider.model_fields if name not in attributes}
    attributes |= case.get("integration", {})
    attributes[mapping] = case.get("stored", XERO_STORED if mapping == MAIN else {})
    integration = Integration(
        id="9", type_title=provider.title, record=provider.read(attributes), present=frozenset(attributes)
    )
    now = Proposal(
        integration,
        mapping,
        directory=DIRECTORY,
        chart=chart_of(case.get("chart", ())),
        others=tuple(
            Stored(
                str(100 + number),
                provider.type_id,
                other.get("subsidiary"),
                other.get("active", True),
                other["entries"],
            )
            for number, other in enumerate(case.get("others", ()))
        ),
        planned_identity={name: fingerprint(value) for name, value in case["planned"].items()}
        if "planned" in case
        else None,
    )
    if case.get("check"):
        return stored_as_asked(now)
    edit = Edit(
        integration_id="9",
        mapping=mapping,
        set=case.get("set", {}),
        remove=tuple(case.get("remove", ())),
        default=case.get("default"),
    )
    return replace(work_out(edit, now), unmatched=tuple(case.get("unmatched", {}).items()))


def chart_of(lines: Any) -> Chart:
    """A chart from lines of `kind,code,name,class,active`."""
    return Chart(
        tuple(
            ChartRow(
                CHART_KINDS[kind], code, name, frozenset(part for part in classes.split("|") if part), active == "true"
            )
            for kind, code, name, classes, active in csv.reader(lines)
        )
    )

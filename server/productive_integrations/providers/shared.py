"""Attributes that several types have in common, each declared once."""

from typing import Annotated

from pydantic import Field, JsonValue

from .base import Token
from .markers import Attribute, Credential, Setting, State, Toggle

# The words that Xero, QuickBooks and Intacct use; which of them a mapping may post to is our conclusion.
SALES_CLASSES = ("REVENUE", "SALES", "INCOME", "OTHERINCOME")
COST_CLASSES = ("EXPENSE", "EXPENSES", "DIRECTCOSTS", "OVERHEADS", "DEPRECIATN", "COGS")

ExportNumber = Annotated[
    bool | None,
    Attribute(Toggle(), "inferred", "confirm"),
    Field(description="Send Productive's own invoice number. Off: the accounting system numbers invoices."),
]
ImportNumber = Annotated[
    bool | None,
    Attribute(Toggle(), "inferred", "confirm"),
    Field(description="Bring back the number that the accounting system gave the invoice."),
]
ExportAttachment = Annotated[
    bool | None,
    Attribute(Toggle(), "documented", "confirm"),
    Field(description="Attach Productive's PDF to every exported invoice."),
]
ImportAttachment = Annotated[
    bool | None,
    Attribute(Toggle(), "inferred", "confirm"),
    Field(description="Bring back the PDF that the accounting system made of the invoice."),
]
ExportExpenseAttachment = Annotated[
    bool | None,
    Attribute(Toggle(), "inferred", "confirm"),
    Field(description="Attach the scanned receipt to every exported expense."),
]
PaymentsImport = Annotated[
    bool | None,
    Attribute(Toggle(), "inferred", "confirm"),
    Field(description="Bring in payments booked in the accounting system. Payments never go the other way."),
]
UseExpenseSync = Annotated[
    bool | None,
    Attribute(Toggle(), "inferred", "confirm"),
    Field(description="Send expenses to the accounting system at all."),
]
UseCompaniesExport = Annotated[
    bool | None,
    Attribute(Toggle(), "unknown", "confirm"),
    Field(description="Send companies as customers. Which accounting systems take this is not documented."),
]
RealmId = Annotated[
    str | None,
    Attribute(State(parent=True), "documented", "never", "internal"),
    Field(description="The company file on the other side. Every code in the mappings belongs to it."),
]
ClientId = Annotated[
    Token | None,
    Attribute(Credential(), "unknown", "never", "secret"),
    Field(repr=False, description="The name under which Productive logs in on the other side."),
]

Calendars = Annotated[
    list[JsonValue] | None,
    Attribute(Setting(), "inferred", "never", "personal"),
    Field(description="The calendars that are synced. Their ids are often e-mail addresses."),
]
CalendarWriteStatus = Annotated[
    JsonValue,
    Attribute(Setting(), "inferred", "confirm"),
    Field(description="Whether Productive only reads the calendar or also writes events into it."),
]
CalendarWriteOptions = Annotated[
    JsonValue,
    Attribute(Setting(), "unknown", "confirm"),
    Field(description="Finer choices for the events that are written. Their form is not documented."),
]

SlackOptions = Annotated[
    JsonValue,
    Attribute(Setting(), "inferred", "never", "secret"),
    Field(
        repr=False,
        description="Choices for messages, status and events. They can hold keys, so none is shown.",
    ),
]

# Which type has the two folder attributes is stated nowhere; Slack and Jira are the plausible ones.
Folders = Annotated[
    list[JsonValue] | None,
    Attribute(Setting(), "unknown", "confirm"),
    Field(description="The folders chosen for syncing. They count only while not all folders are synced."),
]
AllFolders = Annotated[
    bool | None,
    Attribute(Toggle(), "unknown", "confirm"),
    Field(description="Sync every folder. Off: only the chosen ones."),
]

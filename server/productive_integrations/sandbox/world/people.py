"""Who works there, for whom, and on what."""

from productive_integrations.sandbox.records import Record

from .making import FOUNDED, OWNER, made

LONDON, AMSTERDAM, STOCKHOLM, BERLIN = "11204", "11871", "12350", "11560"

_SUBSIDIARIES = (
    (LONDON, "Harbour & Pine Ltd", "London", "31102", "74211", None),
    (AMSTERDAM, "Harbour & Pine B.V.", "Amsterdam", "31410", "78804", None),
    (STOCKHOLM, "Harbour & Pine AB", "Stockholm", "31688", "80122", None),
    (BERLIN, "Pine Digital GmbH", "Berlin", None, None, "2024-12-31T16:00:00.000+00:00"),
)
_PEOPLE = (
    ("187331", "Imogen", "Hartley", "Finance Director", LONDON, None, None),
    ("187402", "Callum", "Reyes", "Managing Director", LONDON, None, None),
    ("187465", "Priya", "Nair", "Design Director", LONDON, "187402", None),
    ("187529", "Tom", "Ashdown", "Technical Director", LONDON, "187402", None),
    ("187583", "Beatrice", "Okafor", "Account Director", LONDON, "187402", None),
    ("187640", "Sanne", "de Vries", "Managing Director, Amsterdam", AMSTERDAM, "187402", None),
    ("187711", "Joost", "Bakker", "Finance Manager", AMSTERDAM, "187331", None),
    ("187798", "Lieke", "Mulder", "Senior Developer", AMSTERDAM, "187640", None),
    ("188024", "Elin", "Lindqvist", "Managing Director, Stockholm", STOCKHOLM, "187402", None),
    ("188107", "Oskar", "Nyström", "Motion Designer", STOCKHOLM, "188024", None),
    ("188190", "Maja", "Ekdahl", "Project Manager", STOCKHOLM, "188024", None),
    ("188266", "Hannah", "Whitlock", "Project Manager", LONDON, "187583", None),
    ("188345", "Dev", "Chaudhary", "Data Analyst", LONDON, "187529", None),
    ("186950", "Jonas", "Krüger", "Developer", BERLIN, None, "2024-12-20T12:00:00.000+00:00"),
)
_COMPANIES = (
    ("412077", "Harbour & Pine", "HP", LONDON, None),
    ("412318", "Meridian Rail", "MER", LONDON, None),
    ("412455", "Oakfield Building Society", "OBS", LONDON, None),
    ("412603", "Tidewater Brewing Co.", "TID", LONDON, None),
    ("412811", "Van Dijk Logistiek", "VDL", AMSTERDAM, None),
    ("412934", "Museum De Linde", "MDL", AMSTERDAM, None),
    ("413120", "Norrsken Outdoor", "NOR", STOCKHOLM, None),
    ("413288", "Ålgård Energi", "ALG", STOCKHOLM, None),
    ("413502", "Lumen Health Partners", "LUM", LONDON, None),
    ("411866", "Rheinwerk Messe", "RWM", BERLIN, "2024-11-29T15:30:00.000+00:00"),
)
_PROJECTS = (
    ("303015", "Template: website", "412077", "TPL-001", "187529", None),
    ("305118", "Meridian booking platform", "412318", "MER-014", "187529", None),
    ("305240", "Meridian station signage", "412318", "MER-015", "187465", None),
    ("305377", "Oakfield rebrand", "412455", "OBS-003", "187465", None),
    ("305461", "Tidewater summer campaign", "412603", "TID-022", "187583", None),
    ("305590", "Van Dijk driver app", "412811", "VDL-007", "187798", None),
    ("305702", "De Linde ticket shop", "412934", "MDL-004", "187640", None),
    ("305833", "Norrsken store", "413120", "NOR-011", "188190", None),
    ("305947", "Ålgård annual report", "413288", "ALG-002", "188107", None),
    ("306055", "Lumen patient portal", "413502", "LUM-001", "188266", None),
    ("304206", "Rheinwerk exhibitor site", "411866", "RWM-009", "186950", "2024-11-29T15:31:00.000+00:00"),
)
_CUSTOM_FIELDS = (
    ("44102", "PO reference", "Invoice", 1, None),
    ("44118", "Internal note", "Invoice", 1, None),
    ("44135", "Cost centre of client", "Invoice", 3, None),
    ("44177", "NetSuite customer segment", "Company", 3, None),
    ("44190", "Credit limit", "Company", 2, None),
    ("44226", "Project phase", "Project", 3, None),
    ("44241", "Campaign code", "Project", 1, None),
    ("44283", "Shirt size", "Person", 3, None),
    ("44309", "Start date in group", "Person", 4, None),
    ("44325", "Pay rate", "Person", 2, None),
    ("44371", "Budget owner", "Deal", 6, None),
    ("44398", "Line department", "LineItem", 3, None),
    ("43950", "Old ledger group", "Invoice", 3, "2023-06-30T08:00:00.000+00:00"),
)


def subsidiaries() -> list[Record]:
    """The companies of the group."""
    return [
        made(
            "subsidiaries",
            record_id,
            {"name": name, "archived_at": archived_at, "city": city, "invoice_number_scope": "subsidiary"},
            OWNER
            | {
                "default_tax_rate": ("tax_rates", tax_rate) if tax_rate else None,
                "integration": ("integrations", books) if books else None,
            },
        )
        for record_id, name, city, tax_rate, books, archived_at in _SUBSIDIARIES
    ]


def people() -> list[Record]:
    """The staff."""
    return [
        made(
            "people",
            record_id,
            {
                "first_name": first,
                "last_name": last,
                "email": f"{first}.{last}@harbourpine.example".lower().replace(" ", ""),
                "title": title,
                "archived_at": None,
                "deactivated_at": gone_at,
                "joined_at": FOUNDED,
            },
            OWNER
            | {
                "company": ("companies", "412077"),
                "manager": ("people", manager) if manager else None,
                "subsidiary": ("subsidiaries", subsidiary),
            },
        )
        for record_id, first, last, title, subsidiary, manager, gone_at in _PEOPLE
    ]


def companies() -> list[Record]:
    """The agency itself and its clients."""
    return [
        made(
            "companies",
            record_id,
            {
                "name": name,
                "company_code": code,
                "billing_name": name,
                "archived_at": archived_at,
                "settings": {},
            },
            OWNER | {"default_subsidiary": ("subsidiaries", subsidiary), "default_tax_rate": None},
        )
        for record_id, name, code, subsidiary, archived_at in _COMPANIES
    ]


def projects() -> list[Record]:
    """Work for clients."""
    return [
        made(
            "projects",
            record_id,
            {"name": name, "project_number": number, "project_type_id": 2, "archived_at": archived_at},
            OWNER | {"company": ("companies", company), "project_manager": ("people", manager)},
        )
        for record_id, name, company, number, manager, archived_at in _PROJECTS
    ]


def custom_fields() -> list[Record]:
    """Fields that the agency added."""
    return [
        made(
            "custom_fields",
            record_id,
            {
                "name": name,
                "customizable_type": kind,
                "data_type_id": data_type,
                "global": True,
                "show_in_add_edit_views": True,
                "archived_at": archived_at,
            },
            OWNER | {"project": None},
        )
        for record_id, name, kind, data_type, archived_at in _CUSTOM_FIELDS
    ]

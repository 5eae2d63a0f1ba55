"""What is sold, at which tax, and how a sale goes."""

from productive_integrations.sandbox.records import Record

from .making import FOUNDED, OWNER, made
from .people import AMSTERDAM, LONDON, STOCKHOLM

_SERVICE_TYPES = """
600112 Strategy
600118 Brand strategy
600125 Workshop
600131 Design
600137 UX design
600144 UI design
600152 UX research
600159 Illustration
600166 Motion design
600173 Copywriting
600180 Content production
600188 Photography
600195 Video production
600203 Development
600210 Front-end development
600217 Back-end development
600224 Mobile development
600231 E-commerce development
600239 Quality assurance
600246 DevOps
600254 Technical architecture
600261 Data analytics
600268 Tracking and tagging
600275 SEO
600283 Paid search
600290 Paid social
600298 Media buying
600305 Media planning
600312 Email marketing
600320 CRM implementation
600327 Consulting
600335 Project management
600342 Account management
600350 Retainer
600357 Hosting
600365 Maintenance and support
600372 Training
600380 Accessibility audit
600387 Localisation
600395 Print production
600402 Travel
600410 Licences and subscriptions
614080 Community management
629510 Community management
617330 Events
633770 AI prototyping
634201 Sustainability reporting
"""
_ARCHIVED_SERVICE_TYPES = """
580140 Flash development
581203 Telemarketing
582330 Print design
583104 Internal tools
584270 Podcast production
"""
_NOTES = {
    "617330": "Called Experiential until March 2026.",
    "629510": "Came with the Stockholm studio. Billed monthly.",
}
_TAX_RATES = (
    ("31102", "UK VAT 20%", "VAT", 20.0, LONDON, None),
    ("31109", "UK VAT 5% reduced", "VAT", 5.0, LONDON, None),
    ("31117", "UK VAT zero rated", "VAT", 0.0, LONDON, None),
    ("31124", "UK VAT exempt", "VAT", 0.0, LONDON, None),
    ("31131", "EU services, reverse charge", "VAT", 0.0, LONDON, None),
    ("31138", "UK outside the scope of VAT", "VAT", 0.0, LONDON, None),
    ("31952", "UK domestic reverse charge", "VAT", 0.0, LONDON, None),
    ("30871", "UK VAT 17.5%", "VAT", 17.5, LONDON, "2022-03-01T10:00:00.000+00:00"),
    ("31410", "BTW 21%", "BTW", 21.0, AMSTERDAM, None),
    ("31418", "BTW 9%", "BTW", 9.0, AMSTERDAM, None),
    ("31425", "BTW 0%", "BTW", 0.0, AMSTERDAM, None),
    ("31433", "BTW verlegd", "BTW", 0.0, AMSTERDAM, None),
    ("31440", "BTW vrijgesteld", "BTW", 0.0, AMSTERDAM, None),
    ("31688", "Moms 25%", "Moms", 25.0, STOCKHOLM, None),
    ("31695", "Moms 12%", "Moms", 12.0, STOCKHOLM, None),
    ("31703", "Moms 6%", "Moms", 6.0, STOCKHOLM, None),
    ("31710", "Moms 0% export", "Moms", 0.0, STOCKHOLM, None),
    ("31718", "Omvänd betalningsskyldighet", "Moms", 0.0, STOCKHOLM, None),
)
_PIPELINES = (("84120", "New business", 1, 1), ("89770", "Partnerships", 1, 2), ("90315", "Delivery", 2, 3))
OPEN, WON, LOST = 1, 2, 3
_DEAL_STATUSES = (
    ("204871", "84120", "Lead", OPEN, None),
    ("204878", "84120", "Qualified", OPEN, None),
    ("204886", "84120", "Proposal sent", OPEN, None),
    ("204893", "84120", "Negotiation", OPEN, None),
    ("204901", "84120", "Won", WON, None),
    ("204908", "84120", "Lost", LOST, None),
    ("203544", "84120", "Verbal yes", OPEN, "2024-05-02T09:30:00.000+00:00"),
    ("219330", "89770", "Introduced", OPEN, None),
    ("219338", "89770", "Scoping", OPEN, None),
    ("219345", "89770", "Negotiation", OPEN, None),
    ("219353", "89770", "Signed", WON, None),
    ("219360", "89770", "Declined", LOST, None),
    ("231117", "90315", "Planned", OPEN, None),
    ("231124", "90315", "Delivered", WON, None),
)


def service_types() -> list[Record]:
    """What the agency sells. Two live ones have the same name."""
    retired = "2024-01-15T09:00:00.000+00:00"
    return [
        made(
            "service_types",
            record_id,
            {"name": name, "archived_at": archived_at, "description": _NOTES.get(record_id)},
        )
        for lines, archived_at in ((_SERVICE_TYPES, None), (_ARCHIVED_SERVICE_TYPES, retired))
        for record_id, name in (line.split(" ", 1) for line in lines.strip().splitlines())
    ]


def tax_rates() -> list[Record]:
    """The rates of each subsidiary."""
    return [
        made(
            "tax_rates",
            record_id,
            {
                "name": name,
                "archived_at": archived_at,
                "primary_component_name": component,
                "primary_component_value": percent,
                "secondary_component_name": None,
                "secondary_component_value": None,
            },
            OWNER | {"subsidiary": ("subsidiaries", subsidiary)},
        )
        for record_id, name, component, percent, subsidiary, archived_at in _TAX_RATES
    ]


def pipelines() -> list[Record]:
    """Two for sales and one for delivery."""
    return [
        made("pipelines", record_id, {"name": name, "pipeline_type_id": kind, "position": position})
        for record_id, name, kind, position in _PIPELINES
    ]


def deal_statuses() -> list[Record]:
    """The steps of each pipeline. "Negotiation" is in both sales pipelines."""
    return [
        made(
            "deal_statuses",
            record_id,
            {
                "name": name,
                "status_id": status,
                "position": position,
                "archived_at": archived_at,
                "booking_tracking_enabled": status != LOST,
                "expense_tracking_enabled": status != LOST,
                "lost_reason_enabled": status == LOST,
                "probability_enabled": status == OPEN,
                "time_tracking_enabled": status != LOST,
            },
            OWNER | {"pipeline": ("pipelines", pipeline)},
        )
        for position, (record_id, pipeline, name, status, archived_at) in enumerate(_DEAL_STATUSES, 1)
    ]


def deals() -> list[Record]:
    """Deals that integrations are tied to."""
    return [
        made(
            "deals",
            record_id,
            {"name": name, "date": FOUNDED[:10]},
            OWNER
            | {
                "company": ("companies", company),
                "deal_status": ("deal_statuses", "204901"),
                "project": ("projects", project),
                "subsidiary": ("subsidiaries", subsidiary),
            },
        )
        for record_id, name, company, project, subsidiary in (
            ("552031", "Meridian booking platform, phase 2", "412318", "305118", LONDON),
            ("552480", "Van Dijk driver app, release 1", "412811", "305590", AMSTERDAM),
        )
    ]

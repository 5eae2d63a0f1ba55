"""Systems that Productive takes sales and people from. Their keys are on the other side."""

from productive_integrations.sandbox.records import Record

from .making import OAUTH, integration
from .people import AMSTERDAM, BERLIN, LONDON, STOCKHOLM


def integrations() -> list[Record]:
    """HubSpot, Salesforce and BambooHR."""
    return [_hubspot(), _salesforce(), _bamboo()]


def _hubspot() -> Record:
    """Lost deals come in as won, and one stage goes to an archived status."""
    return integration(
        "76650",
        18,
        "HubSpot",
        "2023-05-22T12:00:00.000+00:00",
        secrets=OAUTH,
        creator="187583",
        last_synced_at="2026-10-01T06:20:00.000+00:00",
        hubspot_stages_mapping={
            "appointmentscheduled": "204871",
            "qualifiedtobuy": "204878",
            "presentationscheduled": "204886",
            "contractsent": "203544",
            "closedwon": "204901",
            "closedlost": "204901",
            "1234912": "219338",
            "1234913": "219345",
        },
        hubspot_pipelines=["default", "1234900"],
        hubspot_sync_deals=True,
        hubspot_default_company_id=412077,
        hubspot_default_deal_owner_id=187583,
        hubspot_default_subsidiary_id=int(LONDON),
        hubspot_default_template_id=303015,
    )


def _salesforce() -> Record:
    """Ids are numbers here; one region still goes to the closed Berlin company."""
    return integration(
        "89915",
        31,
        "Salesforce",
        "2026-02-09T10:45:00.000+00:00",
        secrets=OAUTH,
        creator="187583",
        last_synced_at="2026-10-01T06:25:00.000+00:00",
        salesforce_product_family_mapping={
            "Advisory": 600327,
            "Design": 600131,
            "Engineering": 600203,
            "Training": 600372,
            "Media": 600298,
        },
        salesforce_default_service_type_id=600327,
        salesforce_subsidiary_field="Region__c",
        salesforce_subsidiary_mapping={
            "UK&I": int(LONDON),
            "Benelux": int(AMSTERDAM),
            "Nordics": int(STOCKHOLM),
            "DACH": int(BERLIN),
        },
        salesforce_default_subsidiary_id=int(LONDON),
        salesforce_project_template_id=303015,
        salesforce_stage_id=204901,
    )


def _bamboo() -> Record:
    """What people are paid is copied into a field that their colleagues see."""
    return integration(
        "85036",
        23,
        "BambooHR",
        "2025-01-20T08:00:00.000+00:00",
        secrets=OAUTH,
        last_synced_at="2026-10-01T03:00:00.000+00:00",
        bamboo_workplace_field="location",
        bamboo_workplace_mapping={
            "London": LONDON,
            "Bristol": LONDON,
            "Amsterdam": AMSTERDAM,
            "Stockholm": STOCKHOLM,
        },
        bamboo_custom_field_mapping={
            "jobTitle": "title",
            "hireDate": "44309",
            "4501": "44283",
            "payRate": "44325",
        },
        bamboo_default_subsidiary_id=int(LONDON),
        bamboo_enable_time_offs=True,
        bamboo_enable_cost_rates=False,
        bamboo_enable_user_provisioning=False,
    )

from collections.abc import Mapping
from functools import cache

from .bamboo_hr import BambooHR
from .base import Provider
from .economic import Economic
from .exact import ExactOnline
from .filters import ListFilters
from .fortnox import Fortnox
from .google_calendar import GoogleCalendar
from .hubspot import HubSpot
from .jira import Jira
from .microsoft import Microsoft
from .netsuite import NetSuite
from .plain import (
    CPP,
    Apideck,
    BreatheHR,
    Datev,
    Gmail,
    Harvest,
    MergeDev,
    OutlookMail,
    Personio,
    Rippling,
    TeamsBot,
    Webhook,
    Zapier,
)
from .quickbooks import QuickBooks
from .sage_accounting import SageAccounting
from .sage_intacct import SageIntacct
from .salesforce import Salesforce
from .single_sign_on import SingleSignOn
from .slack import Slack
from .slack_bot import SlackBot
from .twinfield import Twinfield
from .xero import Xero

PROVIDERS: tuple[type[Provider], ...] = (
    CPP,
    QuickBooks,
    Xero,
    ExactOnline,
    Zapier,
    Webhook,
    Jira,
    SingleSignOn,
    GoogleCalendar,
    Harvest,
    Slack,
    Microsoft,
    Economic,
    SlackBot,
    Fortnox,
    Personio,
    MergeDev,
    HubSpot,
    Twinfield,
    BreatheHR,
    SageAccounting,
    Rippling,
    BambooHR,
    Apideck,
    Gmail,
    NetSuite,
    SageIntacct,
    OutlookMail,
    Datev,
    TeamsBot,
    Salesforce,
)
"""Every integration type that Productive knows, by its number. A new one is a file and a line here."""


def provider_of(type_id: int) -> type[Provider]:
    """The class of an integration type; LookupError when Productive has added one that is not known here."""
    for provider in PROVIDERS:
        if provider.type_id == type_id:
            return provider
    raise LookupError(f"Integration type {type_id} is not known to this version.")


def type_named(text: str) -> type[Provider] | None:
    """The type that a person means by a number or by a name in any case, spacing and punctuation."""
    number, name = text.strip(), _plain(text)
    for provider in PROVIDERS:
        if number == str(provider.type_id) or name in map(_plain, (provider.title, *provider.aliases)):
            return provider
    return None


def _plain(name: str) -> str:
    return "".join(filter(str.isalnum, name.casefold()))


@cache
def mappings_by_name() -> Mapping[str, tuple[type[Provider], ...]]:
    """Each mapping attribute with the types that have it."""
    homes: dict[str, tuple[type[Provider], ...]] = {}
    for provider in PROVIDERS:
        for name in provider.mappings():
            homes[name] = (*homes.get(name, ()), provider)
    return homes


def attribute_names() -> frozenset[str]:
    """The name of every attribute, filter and sort key of integrations."""
    of_types = (name for provider in PROVIDERS for name in provider.model_fields)
    return frozenset(of_types).union(ListFilters.model_fields)

"""Types that the API gives no attribute of their own."""

from typing import ClassVar

from .common import Common


class CPP(Common):
    """CPP: a type of which only the name is published."""

    type_id: ClassVar[int] = 1
    title: ClassVar[str] = "CPP"


class Zapier(Common):
    """Zapier: events in Productive start a Zap."""

    type_id: ClassVar[int] = 5
    title: ClassVar[str] = "Zapier"


class Webhook(Common):
    """Webhook: events in Productive are sent to an address."""

    type_id: ClassVar[int] = 6
    title: ClassVar[str] = "Webhook"
    aliases: ClassVar[tuple[str, ...]] = ("Webhooks",)


class Harvest(Common):
    """Harvest: time tracked there."""

    type_id: ClassVar[int] = 10
    title: ClassVar[str] = "Harvest"


class Personio(Common):
    """Personio: people and their time off."""

    type_id: ClassVar[int] = 16
    title: ClassVar[str] = "Personio"


class MergeDev(Common):
    """Merge: a go-between to several HR systems."""

    type_id: ClassVar[int] = 17
    title: ClassVar[str] = "Merge Dev"
    aliases: ClassVar[tuple[str, ...]] = ("Merge",)


class BreatheHR(Common):
    """BreatheHR: people and their time off."""

    type_id: ClassVar[int] = 20
    title: ClassVar[str] = "BreatheHR"
    aliases: ClassVar[tuple[str, ...]] = ("Breathe",)


class Rippling(Common):
    """Rippling: people and their time off."""

    type_id: ClassVar[int] = 22
    title: ClassVar[str] = "Rippling"


class Apideck(Common):
    """Apideck: a go-between to several HR systems."""

    type_id: ClassVar[int] = 24
    title: ClassVar[str] = "Apideck"


class Gmail(Common):
    """Gmail: mail beside the deals and companies it is about."""

    type_id: ClassVar[int] = 25
    title: ClassVar[str] = "Gmail"
    aliases: ClassVar[tuple[str, ...]] = ("Google Mail",)


class OutlookMail(Common):
    """Outlook Mail: mail beside the deals and companies it is about."""

    type_id: ClassVar[int] = 28
    title: ClassVar[str] = "Outlook Mail"
    aliases: ClassVar[tuple[str, ...]] = ("Outlook",)


class Datev(Common):
    """DATEV: account numbers are kept with each company's export settings, not in the integration."""

    type_id: ClassVar[int] = 29
    title: ClassVar[str] = "DATEV"


class TeamsBot(Common):
    """Teams Bot: people get their own messages from Productive in Microsoft Teams."""

    type_id: ClassVar[int] = 30
    title: ClassVar[str] = "Teams Bot"
    aliases: ClassVar[tuple[str, ...]] = ("Microsoft Teams", "Teams")

from typing import ClassVar

from .common import Common
from .shared import Calendars, CalendarWriteOptions, CalendarWriteStatus


class Microsoft(Common):
    """Microsoft: events of an Outlook calendar, which may share Google Calendar's settings."""

    type_id: ClassVar[int] = 12
    title: ClassVar[str] = "Microsoft"
    aliases: ClassVar[tuple[str, ...]] = ("Microsoft Calendar", "Outlook Calendar")

    calendars: Calendars = None
    calendar_write_status: CalendarWriteStatus = None
    calendar_write_options: CalendarWriteOptions = None

from typing import Annotated, ClassVar

from pydantic import Field, JsonValue

from .common import Common
from .markers import Attribute, State
from .shared import Calendars, CalendarWriteOptions, CalendarWriteStatus


class GoogleCalendar(Common):
    """Google Calendar: events of chosen calendars appear beside a person's work."""

    type_id: ClassVar[int] = 9
    title: ClassVar[str] = "Google Calendar"

    calendars: Calendars = None
    calendar_write_status: CalendarWriteStatus = None
    calendar_write_options: CalendarWriteOptions = None
    google_events_write_scope: Annotated[JsonValue, Attribute(State(), "inferred", "never")] = Field(
        None, description="Whether Google has allowed Productive to write events."
    )

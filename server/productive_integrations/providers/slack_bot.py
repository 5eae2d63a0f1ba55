from typing import ClassVar

from .common import Common
from .shared import SlackOptions


class SlackBot(Common):
    """Slack Bot: people get their own messages from Productive in Slack."""

    type_id: ClassVar[int] = 14
    title: ClassVar[str] = "Slack Bot"

    slack_options: SlackOptions = None

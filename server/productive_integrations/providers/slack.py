from typing import ClassVar

from .common import Common
from .shared import AllFolders, Folders, SlackOptions


class Slack(Common):
    """Slack: news of a project or a deal goes to a channel."""

    type_id: ClassVar[int] = 11
    title: ClassVar[str] = "Slack"

    slack_options: SlackOptions = None
    folders: Folders = None
    all_folders: AllFolders = None

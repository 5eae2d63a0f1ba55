from typing import Annotated, ClassVar

from pydantic import Field

from .common import Common
from .markers import Attribute, Setting
from .shared import AllFolders, Folders


class Jira(Common):
    """Jira: tasks of a project are kept in step with the issues of a Jira project."""

    type_id: ClassVar[int] = 7
    title: ClassVar[str] = "Jira"

    jira_organization: Annotated[str | None, Attribute(Setting(), "documented", "never")] = Field(
        None, description="The Jira site that was connected."
    )
    jira_project: Annotated[str | None, Attribute(Setting(), "documented", "confirm")] = Field(
        None, description="The Jira project that tasks are kept in step with, by its key."
    )
    folders: Folders = None
    all_folders: AllFolders = None

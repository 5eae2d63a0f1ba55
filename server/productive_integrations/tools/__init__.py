from .apply_mapping_plan import TOOL as APPLY_MAPPING_PLAN
from .base import Tool
from .check_integration import TOOL as CHECK_INTEGRATION
from .copy_mapping import TOOL as COPY_MAPPING
from .get_integration import TOOL as GET_INTEGRATION
from .list_changes import TOOL as LIST_CHANGES
from .list_integrations import TOOL as LIST_INTEGRATIONS
from .undo_change import TOOL as UNDO_CHANGE
from .update_mapping import TOOL as UPDATE_MAPPING

TOOLS: tuple[Tool, ...] = (
    LIST_INTEGRATIONS,
    GET_INTEGRATION,
    CHECK_INTEGRATION,
    UPDATE_MAPPING,
    APPLY_MAPPING_PLAN,
    COPY_MAPPING,
    LIST_CHANGES,
    UNDO_CHANGE,
)
"""Every tool, in the order a client lists them. A new one is a file and a line here."""

__all__ = ["TOOLS", "Tool"]

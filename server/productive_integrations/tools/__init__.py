from .apply_mapping_plan import TOOL as APPLY_MAPPING_PLAN
from .base import Tool
from .get_integration import TOOL as GET_INTEGRATION
from .list_integrations import TOOL as LIST_INTEGRATIONS
from .update_mapping import TOOL as UPDATE_MAPPING

TOOLS: tuple[Tool, ...] = (LIST_INTEGRATIONS, GET_INTEGRATION, UPDATE_MAPPING, APPLY_MAPPING_PLAN)
"""Every tool, in the order a client lists them. A new one is a file and a line here."""

__all__ = ["TOOLS", "Tool"]

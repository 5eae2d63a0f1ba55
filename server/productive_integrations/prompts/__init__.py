from .base import Prompt
from .explain_integration_type import PROMPT as EXPLAIN_INTEGRATION_TYPE
from .map_unmapped import PROMPT as MAP_UNMAPPED
from .review_integration import PROMPT as REVIEW_INTEGRATION

PROMPTS: tuple[Prompt, ...] = (REVIEW_INTEGRATION, MAP_UNMAPPED, EXPLAIN_INTEGRATION_TYPE)
"""Every prompt, in the order a client lists them. A new one is a file and a line here."""

__all__ = ["PROMPTS", "Prompt"]

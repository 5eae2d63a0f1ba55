"""The page on which a person sees a plan and answers: an MCP App. `scripts/build-review` makes it."""

from .answers import PageAnswer, new_key, read_answer
from .page import PAGE_META, called_by_page, review_app, shown_on_page

__all__ = ["PAGE_META", "PageAnswer", "called_by_page", "new_key", "read_answer", "review_app", "shown_on_page"]

from collections.abc import AsyncIterator, Mapping
from urllib.parse import parse_qs, urlsplit

from productive_integrations.errors import BadAnswer

from .client import Client
from .jsonapi import Document

PAGE_SIZE = 200
MAX_PAGES = 500


async def pages(
    client: Client, path: str, params: Mapping[str, str] | None = None, first: int = 1
) -> AsyncIterator[Document]:
    """Every page of a list, from page number `first`, by number or by cursor as the API offers them."""
    place = {"page[number]": str(first)}
    total = None
    for _ in range(MAX_PAGES):
        page = await client.get(path, {**(params or {}), "page[size]": str(PAGE_SIZE), **place})
        if total is not None and page.meta.total_count not in {None, total}:
            # Records have moved between the pages, perhaps past the place where they were looked for.
            raise BadAnswer("Productive's list changed while it was read. Try again.")
        total = page.meta.total_count
        yield page
        following = _next_place(page)
        if following is None:
            return
        if following == place:
            raise BadAnswer("Productive's list does not end: a page names itself as the next.")
        place = following
    raise BadAnswer(f"Productive's list is longer than {MAX_PAGES * PAGE_SIZE} records.")


def _next_place(page: Document) -> dict[str, str] | None:
    # Only the place is taken from a link; following its address would send the token where it points.
    query = parse_qs(urlsplit(page.links.next).query) if page.links.next else {}
    for name in ("page[after]", "page[number]"):
        if query.get(name):
            return {name: query[name][0]}
    number, last = page.meta.current_page, page.meta.total_pages
    if number is not None and last is not None and number < last:
        return {"page[number]": str(number + 1)}
    return None

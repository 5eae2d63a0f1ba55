"""How the page says what a person pressed: in the `plan_id`, the one argument that every host passes on as it is."""

import hashlib
import secrets
from dataclasses import dataclass

_DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class PageAnswer:
    """A `plan_id` as it came in. `digest` is that of the key that came with it."""

    plan_id: str
    declined: bool = False
    digest: str | None = None


def read_answer(plan_id: str) -> PageAnswer:
    """Take `plan_…`, `plan_….declined` or `plan_….<key>` apart."""
    plain, dot, said = plan_id.partition(".")
    if said == _DECLINED:
        return PageAnswer(plain, declined=True)
    return PageAnswer(plain, digest=_digest(said) if dot else None)


def new_key() -> tuple[str, str]:
    """A key of 128 random bits for the page, and its digest for the state."""
    key = secrets.token_hex(16)
    return key, _digest(key)


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()

"""Leave to send requests to Productive."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Window:
    """At most `requests` in any `seconds`."""

    requests: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Account:
    """Whose budget it is. `token` is a digest of the API token, which is itself never kept."""

    token: str
    organization_id: str
    token_window: Window
    organization_window: Window


@dataclass(frozen=True, slots=True)
class Group:
    """Requests that were entered together and are over since `age` seconds; `sent` of them really left."""

    ticket: str
    sent: int
    age: float

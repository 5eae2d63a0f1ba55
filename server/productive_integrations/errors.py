"""Every failure that a person or a model is told about, grouped by who can act.

IntegrationsError
├── CallerError            the one who asked can ask differently
│   ├── InvalidArgument    an argument has a wrong form; names the field
│   ├── NotFound           no such integration, mapping or plan
│   ├── PlanExpired        the plan's ten minutes are over
│   └── RequestRefused     the API refuses this request for good; carries the HTTP status
├── OperatorError          the one who runs the server must act
│   ├── SettingsError      the start cannot work
│   ├── TokenRefused       Productive does not accept the token
│   ├── AccessDenied       the token may not read this
│   └── StateError         plans and changes cannot be written down
└── ServiceError           nobody here can act; try again
    ├── RateLimited        no request budget within the wait; carries the seconds
    ├── Unreachable        no connection, so nothing was sent
    ├── NoAnswer           the answer is missing: what was sent may have arrived
    ├── ServerFault        Productive failed while handling the request (5xx)
    └── BadAnswer          an answer that is not what the API promises

Texts are ours alone: nothing that the API or a person wrote becomes part of one.
"""

import math

LONGEST_WAIT = 3700.0
"""Seconds: a little over the longest window of Productive's limits."""


class IntegrationsError(Exception):
    """Base of all failures with a text for the caller."""


class CallerError(IntegrationsError):
    """The caller can ask differently."""


class InvalidArgument(CallerError):
    """An argument has a wrong form. The text starts with the field's name and never echoes the value."""

    def __init__(self, field: str, remedy: str) -> None:
        super().__init__(f"{field}: {remedy}")
        self.field = field


class NotFound(CallerError):
    """What was asked for does not exist, or not for this caller."""


class PlanExpired(CallerError):
    """The plan can no longer be applied."""


class RequestRefused(CallerError):
    """The API refused the request for good (4xx other than 401, 404, 429). `status` is the HTTP status."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class OperatorError(IntegrationsError):
    """The one who runs the server must act."""


class SettingsError(OperatorError):
    """The server cannot start with these settings."""


class TokenRefused(OperatorError):
    """Productive does not accept the API token (401)."""


class AccessDenied(OperatorError):
    """The token may not do this (403)."""


class StateError(OperatorError):
    """The state store cannot be used."""


class ServiceError(IntegrationsError):
    """Nobody here can act."""


class RateLimited(ServiceError):
    """The request budget does not free itself in time. `seconds` is how long to wait."""

    def __init__(self, seconds: float) -> None:
        whole = max(1, math.ceil(min(seconds, LONGEST_WAIT)))
        super().__init__(f"The request budget is used up; no edit was sent. Try again in {whole} seconds.")
        self.seconds = whole


class Unreachable(ServiceError):
    """No connection could be made; nothing was sent."""


class NoAnswer(ServiceError):
    """The connection broke off or the time ran out after sending: a write may have arrived."""


class ServerFault(ServiceError):
    """Productive failed while it handled the request (5xx): a write may have been done."""


class BadAnswer(ServiceError):
    """The answer is not what the API promises."""

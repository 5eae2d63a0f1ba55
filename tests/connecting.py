"""The API's client as the product uses it, against the sandbox or against answers made up for a test."""

from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

from productive_integrations.app.build import exit_guard
from productive_integrations.productive.client import Client
from productive_integrations.productive.limits import RequestBudget
from productive_integrations.sandbox import Sandbox
from productive_integrations.settings import read_settings

Answer = Callable[[httpx.Request], httpx.Response]


@dataclass
class Connect:
    """Makes clients that wait for no gate; `timeout="0.3"` stands for PRODUCTIVE_TIMEOUT=0.3."""

    sandbox: Sandbox
    api_url: str
    clients: list[Client] = field(default_factory=list)

    def __call__(self, transport: httpx.AsyncBaseTransport | None = None, **changed: str) -> Client:
        environment = {
            "api_token": self.sandbox.token,
            "organization_id": self.sandbox.organization_id,
            "base_url": self.api_url,
            "timeout": "20",
            "wait": "0",
        } | changed
        settings = read_settings({f"PRODUCTIVE_{name.upper()}": value for name, value in environment.items()})
        self.clients.append(Client(settings, exit_guard(settings.base_url), RequestBudget(), transport))
        return self.clients[-1]

    def answered_by(self, answer: Answer, **changed: str) -> Client:
        """A client whose every request is answered by a function."""
        return self(httpx.MockTransport(lambda request: _on_the_way(answer(request))), **changed)

    def answered(self, *answers: httpx.Response, **changed: str) -> Client:
        """A client that gets these answers in turn."""
        turns = iter(answers)
        return self.answered_by(lambda _: next(turns), **changed)


def _on_the_way(response: httpx.Response) -> httpx.Response:
    """The answer with its body still to be read, as the network gives it."""
    if not response.is_closed:
        return response
    return httpx.Response(response.status_code, headers=response.headers, stream=httpx.ByteStream(response.content))

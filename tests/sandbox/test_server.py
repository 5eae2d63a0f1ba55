import asyncio
import threading
import time

import httpx
import pytest

from productive_integrations.sandbox import Fault, Sandbox, running, serving


def headers(sandbox: Sandbox) -> dict[str, str]:
    return {"X-Auth-Token": sandbox.token, "X-Organization-Id": sandbox.organization_id}


def test_an_address_is_under_the_base_path_and_gone_afterwards(sandbox: Sandbox) -> None:
    with running(sandbox) as url:
        assert url.startswith("http://127.0.0.1:")
        assert url.endswith("/api/v2/")
        assert httpx.get(url + "pipelines", headers=headers(sandbox)).status_code == 200
    with pytest.raises(httpx.ConnectError):
        httpx.get(url + "pipelines")
    assert "sandbox" not in {thread.name for thread in threading.enumerate()}


def test_stopping_does_not_wait_for_answers_under_way(sandbox: Sandbox, capfd: pytest.CaptureFixture[str]) -> None:
    sandbox.faults.extend([Fault(kind="slow", seconds=60), Fault(kind="drip", skip=1, seconds=60)])
    with running(sandbox) as url:
        for _ in range(2):
            with pytest.raises(httpx.ReadTimeout):
                httpx.get(url + "pipelines", headers=headers(sandbox), timeout=0.3)
        start = time.monotonic()
    assert time.monotonic() - start < 10
    assert capfd.readouterr().err == ""


def test_two_sandboxes_run_side_by_side(sandbox: Sandbox) -> None:
    other = Sandbox()
    with running(sandbox) as one, running(other) as two:
        httpx.get(one + "pipelines", headers=headers(sandbox))
        assert one != two
        assert (len(sandbox.requests), len(other.requests)) == (1, 0)


def test_it_runs_in_the_loop_of_a_program(sandbox: Sandbox) -> None:
    async def program() -> int:
        async with serving(sandbox) as url, httpx.AsyncClient(headers=headers(sandbox)) as client:
            return (await client.get(url + "pipelines")).status_code

    assert asyncio.run(program()) == 200

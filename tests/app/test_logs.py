import logging
import sys
import warnings

import pytest

from productive_integrations.app.logs import start_logging
from productive_integrations.settings import read_settings

TOKEN = "9f8e-CANARY-token"
pytestmark = pytest.mark.usefixtures("logging_as_before")
ROOT = logging.getLogger()


def start(level: str = "DEBUG", state: str = "") -> None:
    start_logging(
        read_settings(
            {
                "PRODUCTIVE_API_TOKEN": TOKEN,
                "PRODUCTIVE_ORGANIZATION_ID": "1",
                "PRODUCTIVE_LOG_LEVEL": level,
                "PRODUCTIVE_STATE": state,
            }
        )
    )


def test_logs_go_to_standard_error_and_never_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    start()

    logging.getLogger("anything").info("a line of %s", "words")

    captured = capsys.readouterr()
    assert captured.out == ""
    assert "INFO anything: a line of words" in captured.err


def test_the_token_is_blacked_out_of_messages_arguments_and_stacks(capsys: pytest.CaptureFixture[str]) -> None:
    start()
    log = logging.getLogger("anything")

    log.warning("in the message: %s", {"X-Auth-Token": TOKEN})
    log.warning(f"{TOKEN} twice {TOKEN}", stack_info=True)  # noqa: G004
    log.warning([TOKEN])

    err = capsys.readouterr().err
    assert "CANARY" not in err
    assert err.count("[secret]") == 4


def test_the_token_is_blacked_out_of_tracebacks_and_their_causes(capsys: pytest.CaptureFixture[str]) -> None:
    start()

    error = ValueError(f"bad header {TOKEN}")
    error.__cause__ = KeyError(TOKEN)
    logging.getLogger("anything").error("failed with %s", TOKEN, exc_info=error)

    err = capsys.readouterr().err
    assert "ValueError: bad header [secret]" in err
    assert "KeyError: '[secret]'" in err
    assert "CANARY" not in err


def test_a_password_of_the_state_is_blacked_out_as_written_and_as_meant(capsys: pytest.CaptureFixture[str]) -> None:
    start(state="postgresql://me:CANARY%2Fpass@db/state")

    logging.getLogger("anything").warning("CANARY%2Fpass and CANARY/pass")

    assert "[secret] and [secret]" in capsys.readouterr().err


def test_what_is_below_the_level_is_not_logged(capsys: pytest.CaptureFixture[str]) -> None:
    start("WARNING")

    logging.getLogger("anything").info("quiet")
    logging.getLogger("anything").warning("loud")

    err = capsys.readouterr().err
    assert "quiet" not in err
    assert "loud" in err


@pytest.mark.parametrize("name", ["httpx", "httpcore.connection", "uvicorn.access"])
def test_requests_and_their_addresses_are_not_logged_even_for_debugging(
    capsys: pytest.CaptureFixture[str], name: str
) -> None:
    start("DEBUG")

    logging.getLogger(name).info("GET https://api.productive.io/api/v2/people")

    assert "people" not in capsys.readouterr().err


def test_starting_again_does_not_log_twice(capsys: pytest.CaptureFixture[str]) -> None:
    start()
    start()

    logging.getLogger("anything").info("once")

    assert capsys.readouterr().err.count("once") == 1
    assert len(ROOT.handlers) == 1
    assert getattr(ROOT.handlers[0], "stream", None) is sys.stderr


def test_the_token_is_blacked_out_of_what_ends_the_process(capsys: pytest.CaptureFixture[str]) -> None:
    start()
    error = ValueError(f"bad header {TOKEN}")

    sys.excepthook(ValueError, error, None)
    warnings.showwarning(UserWarning(f"careful with {TOKEN}"), UserWarning, "a_file", 1)

    err = capsys.readouterr().err
    assert "CRITICAL" in err
    assert "ValueError: bad header [secret]" in err
    assert "careful with [secret]" in err
    assert "CANARY" not in err


def test_no_local_value_is_in_a_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    start()

    def failing(argument: str) -> None:
        kept = argument + "-kept"
        raise ValueError(len(kept))

    try:
        failing("INNER")
    except ValueError:
        logging.getLogger("anything").exception("failed")

    assert "INNER-kept" not in capsys.readouterr().err


def test_what_a_client_sent_cannot_move_the_cursor_of_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    start()

    logging.getLogger("anything").warning("Invalid Host header: %s", "evil\x1b[2J\r\u202e\ud800")

    assert "evil\\u{1b}[2J\\u{d}\\u{202e}\\u{d800}" in capsys.readouterr().err

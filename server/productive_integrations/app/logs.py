import logging
import sys
from types import TracebackType

from productive_integrations.settings import Settings
from productive_integrations.text import visible

_log = logging.getLogger(__name__)
_CHATTY = ("httpx", "httpcore", "httpx2", "httpcore2", "uvicorn")


class _WithoutSecrets(logging.Formatter):
    """Formats a record, traceback included, with all secrets blacked out and nothing that a terminal obeys."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        for secret in self._secrets:
            text = text.replace(secret, "[secret]")
        return visible(text)


def start_logging(settings: Settings) -> None:
    """Log to standard error, which never carries MCP. Requests and their addresses are not logged."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_WithoutSecrets(settings.secrets))
    logging.basicConfig(level=settings.log_level, handlers=[handler], force=True)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    # What ends the process, or is only warned of, would be printed past the formatter.
    logging.captureWarnings(capture=True)
    sys.excepthook = _log_the_end


def _log_the_end(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    _log.critical("ended by a defect of this server", exc_info=(kind, error, traceback))

import logging
import sys

from productive_integrations.settings import Settings

_CHATTY = ("httpx", "httpcore", "httpx2", "httpcore2", "uvicorn")


class _WithoutToken(logging.Formatter):
    """Formats a record, traceback included, with the API token blacked out."""

    def __init__(self, token: str) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._token = token

    def format(self, record: logging.LogRecord) -> str:
        return super().format(record).replace(self._token, "[token]")


def start_logging(settings: Settings) -> None:
    """Log to standard error, which never carries MCP. Requests and their addresses are not logged."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_WithoutToken(settings.api_token.get_secret_value()))
    logging.basicConfig(level=settings.log_level, handlers=[handler], force=True)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)

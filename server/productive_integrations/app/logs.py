import logging
import sys

from productive_integrations.settings import Settings

_CHATTY = ("httpx", "httpcore", "httpx2", "httpcore2", "uvicorn")


class _WithoutSecrets(logging.Formatter):
    """Formats a record, traceback included, with the secrets of the settings blacked out."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        for secret in self._secrets:
            text = text.replace(secret, "[secret]")
        return text


def start_logging(settings: Settings) -> None:
    """Log to standard error, which never carries MCP. Requests and their addresses are not logged."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_WithoutSecrets(settings.secrets))
    logging.basicConfig(level=settings.log_level, handlers=[handler], force=True)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)

from .build import build_server

__all__ = ["build_server"]

from .app import Request
from .faults import Fault
from .records import Record
from .sandbox import Sandbox
from .server import running, serve, serving
from .switches import Switches

__all__ = ["Fault", "Record", "Request", "Sandbox", "Switches", "running", "serve", "serving"]

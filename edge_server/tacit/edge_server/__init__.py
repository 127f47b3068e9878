"""The edge over HTTP: decides from a bundle, serves it by its hash, follows its file.

from tacit.edge_server import Settings, create_app
app = create_app(Settings(bundle=Path("storefront.tacit")))
"""

from tacit.edge_server.app import app_from_environment, create_app, file_store, loader
from tacit.edge_server.headers import HeaderSignal
from tacit.edge_server.loaded import Loaded
from tacit.edge_server.problems import PROBLEMS, ProblemError
from tacit.edge_server.serve import NoBundleError, serve
from tacit.edge_server.settings import Settings, SettingsError
from tacit.edge_server.store import FileStore, MemoryStore, Outcome, Status, Store
from tacit.edge_server.types import Clock, SystemClock

__all__ = [
    "PROBLEMS",
    "Clock",
    "FileStore",
    "HeaderSignal",
    "Loaded",
    "MemoryStore",
    "NoBundleError",
    "Outcome",
    "ProblemError",
    "Settings",
    "SettingsError",
    "Status",
    "Store",
    "SystemClock",
    "app_from_environment",
    "create_app",
    "file_store",
    "loader",
    "serve",
]

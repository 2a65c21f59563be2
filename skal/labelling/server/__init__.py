"""The store of labels over HTTP, for a page in a browser."""

from skal.labelling.server.access import Access
from skal.labelling.server.application import make_application
from skal.labelling.server.running import make_server

__all__ = ["Access", "make_application", "make_server"]

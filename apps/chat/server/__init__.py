"""The web server: who may reach what, uploads, downloads, and the pages."""

from apps.chat.server.app import create_app
from apps.chat.server.running import serve

__all__ = ["create_app", "serve"]

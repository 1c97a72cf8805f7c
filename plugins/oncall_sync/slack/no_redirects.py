"""For urllib, which follows a redirect to whatever host it names, and takes headers and address along."""

from __future__ import annotations

from urllib.request import HTTPRedirectHandler


class NoRedirects(HTTPRedirectHandler):
    """A redirect becomes an HTTPError."""

    def redirect_request(self, *_: object) -> None:
        return None

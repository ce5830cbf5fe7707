"""A server for one page on this machine: one address, one key, one browser."""

from __future__ import annotations

import json
import secrets
from functools import cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from threading import Lock, Timer
from typing import TYPE_CHECKING, Any

from hemispasm.model.errors import HemispasmError, IntegrityError

if TYPE_CHECKING:
    from collections.abc import Callable

    from hemispasm.imaging_page.session import PageSession

HOST = "127.0.0.1"
LARGEST_BODY = 1_000_000
# A page that is reloaded says goodbye and comes back at once; one that is closed does not.
LINGER_S = 4.0
_SILENCE_S = 30.0
_KEY_HEADER = "X-Hemispasm-Key"
_STATIC = {
    "/": ("page.html", "text/html; charset=utf-8"),
    "/page.js": ("page.js", "text/javascript; charset=utf-8"),
    "/page.css": ("page.css", "text/css; charset=utf-8"),
    "/licences.txt": ("licences.txt", "text/plain; charset=utf-8"),
}
# The viewer draws through WebGL and loads its own pictures from data addresses; nothing else.
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_JSON = "application/json"


def page_is_built() -> bool:
    """Whether the page's script is part of this installation."""
    folder = files("hemispasm.imaging_page") / "built"
    return all((folder / name).is_file() for name, _ in _STATIC.values())


def require_page() -> None:
    """Refuse, in one sentence, where the page's script is not part of this installation.

    Raises
    ------
    IntegrityError
        ``page_not_built``.
    """
    if not page_is_built():
        raise IntegrityError(
            "page_not_built",
            "The page is not part of this installation: it was built where there was no Node.js.",
            "Install Node.js 18 or later and run `python3 dev.py setup`, or install a released "
            "wheel; until then write seeds.json by hand, as docs/howto/place-seeds.md shows.",
        )


@cache
def _page_file(name: str) -> bytes:
    return (files("hemispasm.imaging_page") / "built" / name).read_bytes()


class PageServer(ThreadingHTTPServer):
    """Serves one session; the key in the address is good once.

    Parameters
    ----------
    session : PageSession
        What the page works on.
    port : int
        0 takes any free one.
    """

    daemon_threads = True

    def __init__(self, session: PageSession, port: int = 0) -> None:
        super().__init__((HOST, port), _Handler)
        self.session = session
        self._first_key = secrets.token_urlsafe(24)
        self._key = secrets.token_urlsafe(24)
        self._opened = False
        self._guard = Lock()
        self._leaving: Timer | None = None

    @property
    def origin(self) -> str:
        """The only origin that is answered."""
        return f"http://{HOST}:{self.server_address[1]}"

    @property
    def address(self) -> str:
        """What a browser opens; the part after # never leaves it."""
        return f"{self.origin}/#{self._first_key}"

    def open_with(self, first_key: str) -> str | None:
        """Return the key of the session for the key in the address; that one is good once."""
        with self._guard:
            if self._opened or not secrets.compare_digest(first_key, self._first_key):
                return None
            self._opened = True
            return self._key

    def knows(self, key: str) -> bool:
        """Whether a request comes from the page."""
        return secrets.compare_digest(key.encode(), self._key.encode())

    def leave(self) -> None:
        """Stop soon, unless the page comes back."""
        with self._guard:
            self._stay()
            self._leaving = Timer(LINGER_S, self.shutdown)
            self._leaving.daemon = True
            self._leaving.start()

    def stay(self) -> None:
        """Take back `leave`."""
        with self._guard:
            self._stay()

    def _stay(self) -> None:
        if self._leaving is not None:
            self._leaving.cancel()
            self._leaving = None

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep silent: a browser that hangs up is no fault, and a traceback could name a path."""


class _Handler(BaseHTTPRequestHandler):
    server: PageServer
    protocol_version = "HTTP/1.1"
    timeout = _SILENCE_S

    def version_string(self) -> str:
        return "hemispasm"

    def log_message(self, format: str, *args: object) -> None:
        """Write no log: nobody needs one, and addresses are nobody's business."""

    def do_GET(self) -> None:
        if not self._is_ours():
            return
        if self.path in _STATIC:
            name, kind = _STATIC[self.path]
            self._send(HTTPStatus.OK, _page_file(name), kind)
            return
        number = self.path.removeprefix("/api/volume/")
        if self.path == "/api/examination":
            self._answer(self.server.session.describe)
        elif number != self.path and number.isascii() and number.isdigit() and len(number) < 4:
            self._answer(lambda: self.server.session.volume(int(number)))
        else:
            self._refuse(HTTPStatus.NOT_FOUND)

    def do_POST(self) -> None:
        body = self._body() if self._is_ours() else None
        if body is None:
            return
        session = self.server.session
        asked: dict[str, Callable[[bytes], Any]] = {
            "/api/track": session.track,
            "/api/draft": session.draft,
            "/api/seeds": session.keep,
            "/api/reading": session.read,
        }
        if self.path == "/api/open":
            self._open(body)
        elif self.path == "/api/closed":
            if self._has_key():
                self.server.leave()
                self._send(HTTPStatus.NO_CONTENT, b"", _JSON)
        elif self.path in asked:
            self._answer(lambda: asked[self.path](body))
        else:
            self._refuse(HTTPStatus.NOT_FOUND)

    def _is_ours(self) -> bool:
        """Whether this machine's browser asks, and on behalf of this page."""
        origin = self.server.origin
        site = self.headers.get("Sec-Fetch-Site", "same-origin")
        ours = (
            self.headers.get_all("Host") == [origin.removeprefix("http://")]
            and self.headers.get("Origin", origin) == origin
            and site in ("same-origin", "none")
            and (self.command == "GET" or self.headers.get("Origin") == origin)
        )
        if not ours:
            self._refuse(HTTPStatus.FORBIDDEN)
        return ours

    def _has_key(self) -> bool:
        known = self.server.knows(self.headers.get(_KEY_HEADER, ""))
        if not known:
            self._refuse(HTTPStatus.UNAUTHORIZED)
        return known

    def _body(self) -> bytes | None:
        size = self.headers.get("Content-Length", "")
        if self.headers.get_content_type() != _JSON or "Transfer-Encoding" in self.headers:
            self._refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        elif not (size.isascii() and size.isdigit()):
            self._refuse(HTTPStatus.LENGTH_REQUIRED)
        elif len(size) > 9 or int(size) > LARGEST_BODY:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        else:
            return self.rfile.read(int(size))
        return None

    def _open(self, body: bytes) -> None:
        try:
            said = json.loads(body)["key"]
        except (ValueError, TypeError, KeyError, RecursionError):
            said = ""
        key = self.server.open_with(said) if isinstance(said, str) and said.isascii() else None
        if key is None:
            self._refuse(HTTPStatus.UNAUTHORIZED)
            return
        self._send(HTTPStatus.OK, json.dumps({"key": key}).encode(), _JSON)

    def _answer(self, work: Callable[[], Any]) -> None:
        if not self._has_key():
            return
        self.server.stay()
        try:
            made = work()
        except HemispasmError as error:
            self._send(HTTPStatus.BAD_REQUEST, json.dumps(error.to_json()).encode(), _JSON)
        except OSError:
            self._fault("file_failed", "A file could not be read or written.", "Check the disk.")
        except Exception:
            self._fault("unexpected", "Something failed here.", "Move a mark, or start again.")
        else:
            raw = isinstance(made, bytes)
            data = made if raw else json.dumps(made, allow_nan=False).encode()
            self._send(HTTPStatus.OK, data, "application/octet-stream" if raw else _JSON)

    def _fault(self, code: str, cause: str, next_step: str) -> None:
        said = {"code": code, "cause": cause, "next_step": next_step}
        self._send(HTTPStatus.INTERNAL_SERVER_ERROR, json.dumps(said).encode(), _JSON)

    def _refuse(self, status: HTTPStatus) -> None:
        # The body, if there is one, was not read: this connection cannot go on.
        self.close_connection = True
        said = {"code": "refused", "cause": f"{status.phrase}.", "next_step": "Start again."}
        self._send(status, json.dumps(said).encode(), _JSON)

    def _send(self, status: HTTPStatus, data: bytes, kind: str) -> None:
        self.send_response(status)
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

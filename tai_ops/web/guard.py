"""What every request must pass and every answer carries: who may ask, and what a browser may do with it.

Until there is sign-in the program serves loopback alone, so the rules are those of loopback: the Host names this
machine (or a page elsewhere could be pointed here by its own name server), and whatever changes something or opens
a session comes from a page that this server sent.
"""

import base64
import hashlib
import ipaddress
import re
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

READING = frozenset({"GET", "HEAD", "OPTIONS"})
_INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


class SameMachine:
    """Lets through what is asked of this machine by its own pages; 400 for another Host, 403 for another origin."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request, or hand it on."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if not is_loopback_host(headers.get("host")):
            await _refuse(scope, receive, send, 400, "this server answers to localhost alone")
        elif _acts(scope) and not is_own_origin(headers.get("origin"), headers.get("host")):
            await _refuse(scope, receive, send, 403, "the request comes from another site's page")
        else:
            await self._app(scope, receive, send)


class SecurityHeaders:
    """Puts the headers on every answer that tell a browser to load, run and reveal nothing from elsewhere."""

    def __init__(self, app: ASGIApp, policy: str) -> None:
        self._app = app
        self._headers = {
            "Content-Security-Policy": policy,
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
            "Referrer-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on, and add the headers to what comes back."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)


def content_security_policy(index_page: str) -> str:
    """The policy under which the pages' own script runs, its inline scripts allowed by their hashes.

    Styles are set from script, hence `unsafe-inline` for them; charts and tables work with images and workers that
    the page itself makes (`data:`, `blob:`).
    """
    hashes = "".join(f" '{_hash(script)}'" for script in _INLINE_SCRIPT.findall(index_page))
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self'{hashes}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "media-src 'self' data: blob:",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def is_loopback_host(host: str | None) -> bool:
    """Whether a Host header names this machine: localhost or a loopback address, with or without a port."""
    if not host or "@" in host:
        return False
    try:
        parts = urlsplit(f"//{host}")
        name, _port = parts.hostname, parts.port
    except ValueError:
        return False
    return parts.netloc == host and (name == "localhost" or is_loopback_address(name or ""))


def is_loopback_address(address: str) -> bool:
    """Whether it is an address of this machine that no other machine reaches."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def is_own_origin(origin: str | None, host: str | None) -> bool:
    """Whether the page that asks came from this very server. A program that is no browser sends no origin."""
    if origin is None:
        return True
    return host is not None and origin.lower() in {f"http://{host.lower()}", f"https://{host.lower()}"}


def _acts(scope: Scope) -> bool:
    return scope["type"] == "websocket" or scope["method"] not in READING


def _hash(script: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int, reason: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": reason})
        return
    await PlainTextResponse(reason + "\n", status)(scope, receive, send)

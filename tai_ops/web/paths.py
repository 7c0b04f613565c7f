"""Paths that the pages' server would otherwise answer with a page, whatever was asked."""

from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse
from starlette.routing import Route

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def front_page_route(path: str) -> Route:
    """Lead the front page's own name to where it is served, its parameters kept."""

    async def front_page(request: Request) -> RedirectResponse:
        query = request.scope["query_string"].decode("latin-1")
        return RedirectResponse(f"/?{query}" if query else "/", 307)

    return Route(path, front_page, methods=["GET"])


def told_where_it_is_served(index_page: str) -> str:
    """The front end's page, told that its server is at the root.

    Opened at the address of a page it would look for the server below that address first, and the browser would
    report two errors each time.
    """
    told = '<script>window.__streamlit = {BACKEND_BASE_URL: window.location.origin + "/"}</script>'
    return index_page.replace("<head>", f"<head>\n    {told}", 1)


_ESCAPE_IN_FIELD = """
addEventListener("keydown", event => {
  const field = event.composedPath()[0];
  if (event.key !== "Escape" || !field.matches || !document.querySelector(".st-key-leave")) return;
  if (!field.matches("input, textarea, select") && !field.isContentEditable) return;
  event.stopImmediatePropagation();
  field.blur();
}, true);
"""


def leaving_fields_by_escape(index_page: str) -> str:
    """The front end's page, where Escape in a field leaves the field, and not what has Escape as its own key.

    The framework gives a button its key also while somebody types, for Escape alone.
    """
    return index_page.replace("</head>", f"  <script>{_ESCAPE_IN_FIELD}</script>\n  </head>", 1)


_SLASH_FINDS = """
addEventListener("keydown", event => {
  const box = () => document.querySelector(".st-key-find input");
  const field = event.composedPath()[0];
  if (event.ctrlKey || event.metaKey || event.altKey || !field.matches) return;
  if (event.key === "Enter" && field === box()) {
    const first = ".st-key-found_" + field.value.trim().toLowerCase().replace(/[^a-z0-9]/g, "-") + " button";
    let tries = 0;
    const soon = setInterval(() => {
      const found = document.querySelector(first);
      if (found) found.click();
      if (found || ++tries > 40) clearInterval(soon);
    }, 100);
  }
  if (event.key !== "/" || field.matches("input, textarea, select") || field.isContentEditable) return;
  if (field.closest("[data-testid=stDataFrame]")) return;
  event.preventDefault();
  document.querySelector("[data-testid=stExpandSidebarButton]")?.click();
  let tries = 0;
  const soon = setInterval(() => {
    box()?.focus();
    if (document.activeElement === box() || ++tries > 20) clearInterval(soon);
  }, 50);
}, true);
"""


def finding_by_slash(index_page: str) -> str:
    """The front end's page, where `/` goes into the box that finds records, and Enter there opens the first found."""
    return index_page.replace("</head>", f"  <script>{_SLASH_FINDS}</script>\n  </head>", 1)


_ENTER_PRESSES = """
addEventListener("keydown", event => {
  const control = event.composedPath()[0];
  if (event.key !== "Enter" || event.ctrlKey || event.metaKey || event.altKey || !control.closest) return;
  if (control.closest("button, a[href], summary, [data-testid=stDataFrame]")) event.stopImmediatePropagation();
}, true);
"""


def pressing_by_enter(index_page: str) -> str:
    """The front end's page, where Enter on a button, link or fold presses that one, and not what has Enter as its key.

    The framework would take the press from whatever has the focus: Decline would accept.
    """
    return index_page.replace("</head>", f"  <script>{_ENTER_PRESSES}</script>\n  </head>", 1)


def page_routes(names: Iterable[str], index_page: str) -> list[Route]:
    """Answer the address of each page with the front end's page."""

    async def page(_request: Request) -> HTMLResponse:
        return HTMLResponse(index_page, headers={"Cache-Control": "no-cache"})

    return [Route(f"/{name}", page, methods=["GET"]) for name in names]


def api_not_found() -> list[Route]:
    """What answers below /api where nothing else does: 404, as JSON. It stands last among the routes."""

    async def not_found(request: Request) -> JSONResponse:
        return JSONResponse({"error": f"there is nothing at {request.scope['path']}"}, 404)

    return [Route("/api", not_found, methods=METHODS), Route("/api/{rest:path}", not_found, methods=METHODS)]

"""Paths that the pages' server would otherwise answer with a page, whatever was asked."""

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse
from starlette.routing import Route

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def front_page_route(path: str) -> Route:
    """Lead the front page's own name to where it is served, its parameters kept."""

    async def front_page(request: Request) -> RedirectResponse:
        query = request.scope["query_string"].decode("latin-1")
        return RedirectResponse(f"/?{query}" if query else "/", 307)

    return Route(path, front_page, methods=["GET"])


def api_not_found() -> list[Route]:
    """What answers below /api where nothing else does: 404, as JSON. It stands last among the routes."""

    async def not_found(request: Request) -> JSONResponse:
        return JSONResponse({"error": f"there is nothing at {request.scope['path']}"}, 404)

    return [Route("/api", not_found, methods=METHODS), Route("/api/{rest:path}", not_found, methods=METHODS)]

"""A real server of HTTP on a free port of this machine, in a thread, for tests that ask over a socket."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import uvicorn
from starlette.applications import Starlette

from tai_ops.web.intake import intake_routes


@contextmanager
def taking(store, port=0, **limits) -> Iterator[int]:
    """The paths of the intake on that store, served as the program serves them; the port."""
    listening = socket.create_server(("127.0.0.1", port))
    app = Starlette(routes=intake_routes(lambda: store, **limits))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(60)
        listening.close()


@contextmanager
def answering(**paths) -> Iterator[str]:
    """A site whose paths answer with a status, with what a function writes, or with a redirect; its address."""

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = paths[self.path.strip("/")]
            if callable(answer):
                answer(self)
                return
            where = answer if isinstance(answer, str) else None
            self.send_response(302 if where else answer)
            if where:
                self.send_header("Location", where)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()

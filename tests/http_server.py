"""HTTP servers that tests put where others' would be."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler], port: int = 0) -> Iterator[int]:
    """Serve on a port of this machine, which is yielded; by default on one that was free."""
    # Else the body of an answer waits for 40 ms until its head is acknowledged.
    handler.disable_nagle_algorithm = True
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    # By default the server checks only every half second whether it should stop.
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

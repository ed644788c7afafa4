"""An HTTP server on loopback for what Dovecot asks, answered by a function of the test."""

import http.server
import threading


class HttpStub:
    """Started when made; `stop()` ends it. `answer(method, path, headers, body)` returns the body of
    a 200."""

    def __init__(self, answer):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'

            def _handle(self):
                asked = self.rfile.read(int(self.headers.get('Content-Length') or 0))
                body = answer(self.command, self.path, self.headers, asked)
                self.send_response(200)
                self.send_header('Content-Type', 'application/json')
                self.send_header('Content-Length', str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = _handle

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self._server.daemon_threads = True
        self.url = f'http://127.0.0.1:{self._server.server_port}/'
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()

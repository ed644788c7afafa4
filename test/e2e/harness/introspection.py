"""An OAuth2 server that knows one user's token (RFC 7662), and what Dovecot has to be told of it."""

import http.server
import json
import threading

from . import project


class Introspection:
    """Started when made; `stop()` ends it. `tokens`: whose each is."""

    def __init__(self, tokens):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                user = tokens.get((self.headers.get('Authorization') or '').removeprefix('Bearer '))
                body = json.dumps({'active': user is not None, 'email': user, 'username': user}).encode()
                self.send_response(200)
                self.send_header('Content-Type', 'application/json')
                self.send_header('Content-Length', str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self._url = f'http://127.0.0.1:{self._server.server_port}/'
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()

    def passdb(self, version, more=''):
        """A passdb for Dovecot 2.3 or 2.4 that takes the tokens of this server."""
        settings = (f'introspection_url = {self._url}\nintrospection_mode = auth\n'
                    'username_attribute = email\nactive_attribute = active\n'
                    'active_value = true\n')
        if version == '2.4':
            return (f'oauth2 {{\n{settings}}}\n'
                    'passdb oauth2 {\n  mechanisms_filter = xoauth2 oauthbearer\n' + more + '}\n')
        file = project.temporary_folder('oauth') / 'dovecot-oauth2.conf.ext'
        file.write_text(settings)
        return (f'passdb {{\n  driver = oauth2\n  mechanisms = xoauth2 oauthbearer\n  args = {file}\n'
                + more + '}\n')

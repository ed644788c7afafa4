"""An OAuth2 server that knows one user's token (RFC 7662), and what Dovecot has to be told of it."""

import json

from . import project
from .http_stub import HttpStub


class Introspection(HttpStub):
    """`tokens`: whose each is."""

    def __init__(self, tokens):
        def answer(_method, _path, headers, _body):
            user = tokens.get((headers.get('Authorization') or '').removeprefix('Bearer '))
            return json.dumps({'active': user is not None, 'email': user, 'username': user}).encode()
        super().__init__(answer)

    def passdb(self, version, more=''):
        """A passdb for Dovecot 2.3 or 2.4 that takes the tokens of this server."""
        settings = (f'introspection_url = {self.url}\nintrospection_mode = auth\n'
                    'username_attribute = email\nactive_attribute = active\n'
                    'active_value = true\n')
        if version == '2.4':
            return (f'oauth2 {{\n{settings}}}\n'
                    'passdb oauth2 {\n  mechanisms_filter = xoauth2 oauthbearer\n' + more + '}\n')
        file = project.temporary_folder('oauth') / 'dovecot-oauth2.conf.ext'
        file.write_text(settings)
        return (f'passdb {{\n  driver = oauth2\n  mechanisms = xoauth2 oauthbearer\n  args = {file}\n'
                + more + '}\n')

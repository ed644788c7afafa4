"""nginx with TLS on loopback, its own certificate authority, and what it was asked."""

import dataclasses
import os
import subprocess

from . import project
from .process import Daemon, free_port, listens, wait_until

_CONFIG = '''
daemon off;
worker_processes 1;
pid {folder}/pid;
error_log {folder}/error.log;
{user}
events {{ worker_connections 64; }}
http {{
  log_format asked '$request_method|$uri|$args|$status|$server_protocol|$sent_http_content_encoding'
                   '|$http_if_none_match|$http_user_agent|$body_bytes_sent';
  access_log {folder}/access.log asked;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  default_type application/octet-stream;
  gzip on;
  gzip_types *;
  gzip_min_length 1;
  ssl_certificate {folder}/server.pem;
  ssl_certificate_key {folder}/server.key;
  server {{
    listen 127.0.0.1:{port} ssl http2;
    server_name {name};
    root {files};
{locations}
  }}
}}
'''


@dataclasses.dataclass
class Request:
    method: str
    path: str
    arguments: str
    status: int
    protocol: str
    encoding: str
    if_none_match: str
    user_agent: str
    body_bytes: int


def _openssl(folder, *arguments):
    subprocess.run(['openssl', *arguments], cwd=folder, check=True, capture_output=True)


def _certificates(folder, names):
    """ca.pem, and server.pem with server.key for these names alone."""
    new = ('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
           '-days', '2')
    _openssl(folder, *new, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=Tests')
    _openssl(folder, *new, '-keyout', 'server.key', '-out', 'server.pem', '-subj', f'/CN={names[0]}',
             '-addext', 'subjectAltName=' + ','.join(f'DNS:{name}' for name in names),
             '-CA', 'ca.pem', '-CAkey', 'ca.key')


class WebServer:
    """Serves `files` (HTTP/2, compressed). `locations` are more of them, in nginx's language, in
    which PORT stands for the server's port and FILES for the folder. Its certificate is for
    `name` and `other_names`."""

    def __init__(self, locations='', name='localhost', port=None, other_names=()):
        self.folder = project.temporary_folder('https')
        self.files = self.folder / 'files'
        self.files.mkdir()
        self.port = port or free_port()
        self.url = f'https://{name}:{self.port}'
        self.ca = self.folder / 'ca.pem'
        _certificates(self.folder, [name, *other_names])
        locations = locations.replace('PORT', str(self.port)).replace('FILES', str(self.files))
        config = self.folder / 'nginx.conf'
        config.write_text(_CONFIG.format(
            folder=self.folder, files=self.files, port=self.port, name=name, locations=locations,
            user='user root;' if os.geteuid() == 0 else ''))
        self._daemon = Daemon(['nginx', '-e', str(self.folder / 'error.log'), '-c', str(config)],
                              self.folder / 'log')
        self._daemon.wait_for(lambda: listens(self.port), 'nginx')
        self._read = 0
        self._second = 1_750_000_000

    def serve(self, name, content):
        """Puts a file there, in one step; returns its URL."""
        path = self.files / name
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name('.unfinished')
        if isinstance(content, bytes):
            unfinished.write_bytes(content)
        else:
            unfinished.write_text(content)
        # nginx tells versions apart by length and second of change: so each has its own second.
        self._second += 1
        os.utime(unfinished, (self._second, self._second))
        unfinished.rename(path)
        return f'{self.url}/{name}'

    def asked(self, count):
        """The next `count` requests; waits until nginx has logged them."""
        log = self.folder / 'access.log'
        wait_until(lambda: len(self._lines(log)) >= self._read + count, f'{count} requests')
        lines = self._lines(log)[self._read:][:count]
        self._read += count
        requests = []
        for line in lines:
            fields = line.split('|')
            requests.append(Request(*fields[:3], int(fields[3]), *fields[4:8], int(fields[8])))
        return requests

    def waiting(self):
        """How many requests are in the log that asked() has not returned."""
        return len(self._lines(self.folder / 'access.log')) - self._read

    @staticmethod
    def _lines(log):
        return log.read_text().splitlines() if log.exists() else []

    def forget(self):
        """Passes over all requests so far. For what a test did not count."""
        self._read = len(self._lines(self.folder / 'access.log'))

    def stop(self):
        self._daemon.stop()

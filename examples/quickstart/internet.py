#!/usr/bin/env python3
"""A small internet on loopback: internet.py FOLDER CONFIGURATION

Answers with what lies in FOLDER, as the real servers answer: NSD with FOLDER/zones, a WHOIS server
with FOLDER/whois/ADDRESS, an RDAP server (HTTP) with FOLDER/rdap/ip/ADDRESS. Writes the sections of
badclients' configuration that lead to them to the end of CONFIGURATION, then a line to standard
output, and answers until it is ended.
"""

import contextlib
import functools
import http.server
import pathlib
import random
import signal
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
import time

REGISTRIES = 'arin', 'ripencc', 'apnic', 'lacnic', 'afrinic'


class Whois(socketserver.StreamRequestHandler):
    """RFC 3912: a line with the question, the answer, and the end."""

    def handle(self):
        words = self.rfile.readline(512).decode('ascii', 'replace').split()
        path = self.server.folder / pathlib.PurePath(words[-1] if words else 'nothing').name
        answer = path.read_text() if path.is_file() else '%ERROR:101: no entries found\n'
        self.wfile.write(answer.replace('\n', '\r\n').encode())


class Rdap(http.server.SimpleHTTPRequestHandler):
    def guess_type(self, _path):
        return 'application/rdap+json'

    def log_message(self, *_):
        pass


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, handler, folder=None):
        super().__init__(('127.0.0.1', 0), handler)
        self.folder = folder
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self):
        return self.server_address[1]


def free_port():
    """Free for UDP and TCP, and none that the kernel gives to clients (ip(7)): a client that gets
    the port that it asks is connected to itself."""
    while True:
        port = random.randrange(10000, 32000)
        with contextlib.suppress(OSError):
            for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
                with socket.socket(socket.AF_INET, kind) as sock:
                    sock.bind(('127.0.0.1', port))
            return port


def start_nameserver(zones, scratch, port):
    (scratch / 'nsd.conf').write_text(f'''
server:
  ip-address: 127.0.0.1@{port}
  server-count: 1
  username: ""
  database: ""
  zonesdir: "{zones}"
  pidfile: "{scratch}/nsd.pid"
  xfrdfile: "{scratch}/xfrd.state"
  xfrdir: "{scratch}"
  zonelistfile: "{scratch}/zone.list"
remote-control:
  control-enable: no
''' + ''.join(f'zone:\n  name: {zone.name}\n  zonefile: {zone.name}\n' for zone in zones.iterdir()))
    log = (scratch / 'nsd.log').open('w')
    return subprocess.Popen(['nsd', '-d', '-c', scratch / 'nsd.conf'], stdout=log, stderr=log)


def wait_for(nameserver, port):
    """NSD takes questions by TCP as well, as soon as its zones are read."""
    while nameserver.poll() is None:
        try:
            return socket.create_connection(('127.0.0.1', port), timeout=1).close()
        except OSError:
            time.sleep(0.01)
    sys.exit('internet.py: NSD has ended')


def main(folder, configuration):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    folder = pathlib.Path(folder).resolve()
    whois = Server(Whois, folder / 'whois')
    rdap = Server(functools.partial(Rdap, directory=folder / 'rdap'))
    nowhere = '127.0.0.1:9'  # the discard port, on which nobody listens
    dns_port = free_port()
    # First of all: whatever fails from here on, nobody else is asked.
    with pathlib.Path(configuration).open('a') as file:
        file.write(f'\n[dns]\nnameserver = 127.0.0.1:{dns_port}\n\n[whois]\n')
        file.writelines(f'{name} = 127.0.0.1:{whois.port}\n' for name in (*REGISTRIES, 'iana'))
        file.write(f'cymru = {nowhere}\n\n[rdap]\n')
        file.writelines(f'{name} = http://127.0.0.1:{rdap.port}/\n' for name in REGISTRIES)
    with tempfile.TemporaryDirectory() as scratch:
        nameserver = start_nameserver(folder / 'zones', pathlib.Path(scratch), dns_port)
        try:
            wait_for(nameserver, dns_port)
            print('ready', flush=True)
            nameserver.wait()
        finally:
            nameserver.terminate()
            nameserver.wait()


if __name__ == '__main__':
    main(*sys.argv[1:])

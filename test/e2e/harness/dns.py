"""A private NSD that answers for all zones that the tests ask about."""

import ipaddress
import socket
import string
import struct

from . import project
from .process import Daemon, free_port

APEXES = ('in-addr.arpa', 'ip6.arpa', 'origin.asn.cymru.com', 'origin6.asn.cymru.com',
          'asn.cymru.com')


def reverse_name(address):
    return ipaddress.ip_address(address).reverse_pointer


def _quoted(text):
    """A TXT record's text in a zone file; any byte may be in it."""
    plain = string.ascii_letters + string.digits + ' |-.,/'
    return '"' + ''.join(chr(byte) if chr(byte) in plain else f'\\{byte:03d}'
                         for byte in text.encode(errors='surrogateescape')) + '"'


class Nameserver:
    """Filled with records first, then started. An unknown name in a zone gives NXDOMAIN, a name in
    no zone REFUSED (lame), a name in a zone that is `broken` SERVFAIL."""

    def __init__(self, zones=(), ttl=3600):
        self._ttl = ttl
        self._zones = {apex: [] for apex in (*APEXES, *zones)}
        self._broken = []
        self._daemon = None
        self.port = None

    def record(self, name, kind, data, ttl=None):
        """`data` as in a zone file."""
        apex = max((z for z in self._zones if name == z or name.endswith('.' + z)), key=len)
        self._zones[apex].append(f'{name}. {ttl or self._ttl} IN {kind} {data}')
        return self

    def reverse(self, address, *names):
        """Names as in a zone file, without the dot at the end: \\DDD is a byte."""
        for name in names:
            self.record(reverse_name(address), 'PTR', name + '.')
        return self

    def origin(self, address, text):
        """Team Cymru's answer: "63949 | 139.162.128.0/19 | NL | ripencc | 2004-02-02"."""
        name = reverse_name(address)
        name = name.replace('in-addr.arpa', 'origin.asn.cymru.com')
        return self.record(name.replace('ip6.arpa', 'origin6.asn.cymru.com'), 'TXT', _quoted(text))

    def description(self, text):
        """Team Cymru's answer about an AS: "63949 | US | arin | 2014-10-15 | AKAMAI ..., SG"."""
        return self.record(f'AS{text.split()[0]}.asn.cymru.com', 'TXT', _quoted(text))

    def broken(self, apex):
        """A zone that the server is meant to have, and has not."""
        self._broken.append(apex)
        return self

    def lame(self, apex):
        """A zone that is delegated to a server that does not exist."""
        parent = max((z for z in self._zones if apex.endswith('.' + z)), key=len)
        self._zones[parent].append(f'{apex}. {self._ttl} IN NS nowhere.invalid.')
        return self

    def start(self):
        folder = project.temporary_folder('nsd')
        self.port = free_port()
        for apex, records in self._zones.items():
            (folder / f'{apex}.zone').write_text('\n'.join([
                f'{apex}. {self._ttl} IN SOA ns.invalid. admin.invalid. 1 3600 600 86400 60',
                f'{apex}. {self._ttl} IN NS ns.invalid.', *records]) + '\n')
        zones = [f'zone:\n  name: {apex}\n  zonefile: {apex}.zone\n'
                 for apex in (*self._zones, *self._broken)]
        config = folder / 'nsd.conf'
        config.write_text(f'''
server:
  ip-address: 127.0.0.1@{self.port}
  server-count: 1
  username: ""
  database: ""
  zonesdir: "{folder}"
  pidfile: "{folder}/nsd.pid"
  xfrdfile: "{folder}/xfrd.state"
  xfrdir: "{folder}"
  zonelistfile: "{folder}/zone.list"
  ipv4-edns-size: 512  # so that a large answer comes truncated, and by TCP after that
  round-robin: no
  rrl-ratelimit: 0  # else NSD drops questions where many logins ask about the same AS
remote-control:
  control-enable: no
''' + ''.join(zones))
        self._daemon = Daemon(['nsd', '-d', '-c', str(config)], folder / 'nsd.log')
        self._daemon.wait_for(lambda: self._answers('in-addr.arpa'), 'NSD answers')
        return self

    def stop(self):
        if self._daemon:
            self._daemon.stop()

    def _answers(self, name):
        labels = b''.join(bytes([len(label)]) + label.encode() for label in name.split('.'))
        question = struct.pack('>6H', 7, 0, 1, 0, 0, 0) + labels + struct.pack('>BHH', 0, 6, 1)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(0.2)
            try:
                sock.connect(('127.0.0.1', self.port))
                sock.send(question)
                answer = sock.recv(4096)
            except OSError:
                return False
        return answer[3] & 0xf == 0 and answer[6:8] == b'\0\1'


class SilentNameserver:
    """Takes every question, and never answers."""

    def __init__(self):
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(('127.0.0.1', 0))
        self.port = self._socket.getsockname()[1]

    def stop(self):
        self._socket.close()

"""What the end-to-end tests stand on: real servers on loopback, and programs run as users do.

Python's standard library only. Every server listens on loopback; where the tests run as root they
move into a network namespace of their own first, in which nothing else can be reached.
"""

from .audit import AuditLine, audit_lines
from .case import TestCase, main
from .dns import Nameserver, SilentNameserver
from .dns_relay import DnsRelay
from .dovecot import Dovecot
from .dovecot24 import Dovecot24
from .fuse import HangingFolder
from .geoip import write_mmdb
from .process import together
from .redis import Redis
from .site import Site
from .whois import Registries
from . import world

__all__ = ['AuditLine', 'audit_lines', 'TestCase', 'main', 'Nameserver', 'SilentNameserver', 'DnsRelay',
           'Dovecot', 'Dovecot24', 'HangingFolder', 'write_mmdb', 'Redis', 'Site', 'Registries', 'together']

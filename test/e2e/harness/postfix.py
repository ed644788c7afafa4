"""A private Postfix on loopback that asks Dovecot, of the Debian 13 beside this system."""

import os
import re
import subprocess

from . import debian13, project, smtp
from .process import Daemon, free_port, listens

EXAMPLE = project.ROOT / 'examples/postfix/main.cf'


class Postfix:
    """Started when made; `stop()` ends it. examples/postfix/main.cf as it is printed, with
    `sasl_socket` as Dovecot's. Clients say with the PROXY protocol (version 1) where they come
    from."""

    def __init__(self, sasl_socket):
        debian13.require()
        folder = project.temporary_folder('postfix')
        for name in ('etc', 'queue', 'data'):
            (folder / name).mkdir()
        uid, gid = re.search(r'(?m)^postfix:[^:]*:(\d+):(\d+):',
                             (debian13.ROOT / 'etc/passwd').read_text()).groups()
        os.chown(folder / 'data', int(uid), int(gid))
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30',
                        '-subj', '/CN=localhost', '-keyout', folder / 'key.pem',
                        '-out', folder / 'cert.pem'], check=True, capture_output=True)
        self.port = free_port()
        self.log = folder / 'postfix.log'
        (folder / 'etc' / 'main.cf').write_text(f'''
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file_prefixes = {folder}
maillog_file = {self.log}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = localhost
smtputf8_enable = no
smtpd_peername_lookup = no
smtpd_upstream_proxy_protocol = haproxy
smtpd_tls_cert_file = {folder}/cert.pem
smtpd_tls_key_file = {folder}/key.pem
''' + EXAMPLE.read_text().replace('private/auth', str(sasl_socket), 1))
        (folder / 'etc' / 'master.cf').write_text(f'''
127.0.0.1:{self.port} inet n - n - 20 smtpd
tlsmgr unix - - n 1000? 1 tlsmgr
anvil unix - - n - 1 anvil
rewrite unix - - n - - trivial-rewrite
proxymap unix - - n - - proxymap
postlog unix-dgram n - n - 1 postlogd
''')
        self._daemon = Daemon(debian13.inside('postfix', '-c', folder / 'etc', 'start-fg'),
                              folder / 'stderr.log')
        self._daemon.wait_for(lambda: listens(self.port), 'Postfix listens')

    def stop(self):
        self._daemon.stop()

    def log_in(self, user, password, address, mechanism='PLAIN'):
        with smtp.Client(self.port, address) as client:
            client.ehlo()
            return client.encrypt().log_in(mechanism, user, password)

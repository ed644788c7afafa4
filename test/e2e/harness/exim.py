"""A private Exim on loopback that takes mail from nobody: it only checks passwords."""

import shutil
import subprocess

from . import project
from .process import Daemon, free_port, listens

PROGRAM = shutil.which('exim4', path='/usr/sbin:/usr/bin')


def available():
    """Whether there is an Exim that can ask Dovecot (Debian: exim4-daemon-heavy)."""
    if PROGRAM is None:
        return False
    version = subprocess.run([PROGRAM, '-bV'], capture_output=True, text=True, check=False).stdout
    return 'dovecot' in next((line for line in version.splitlines()
                              if line.startswith('Authenticators:')), '')


class Exim:
    """Started when made; `stop()` ends it. `authenticators`: that section of the configuration.
    Clients say with the PROXY protocol (version 1) where they come from."""

    def __init__(self, authenticators):
        folder = project.temporary_folder('exim')
        for name in ('spool', 'log'):
            (folder / name).mkdir()
            shutil.chown(folder / name, 'Debian-exim', 'Debian-exim')
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30',
                        '-subj', '/CN=localhost', '-keyout', folder / 'key.pem',
                        '-out', folder / 'cert.pem'], check=True, capture_output=True)
        for name in ('key.pem', 'cert.pem'):
            (folder / name).chmod(0o644)
        self.port = free_port()
        self.log = folder / 'log' / 'mainlog'
        config = folder / 'exim.conf'
        config.write_text(f'''
primary_hostname = localhost
spool_directory = {folder}/spool
log_file_path = {folder}/log/%slog
local_interfaces = 127.0.0.1
daemon_smtp_ports = {self.port}
hosts_proxy = 127.0.0.1
host_lookup =
rfc1413_query_timeout = 0s
tls_advertise_hosts = *
tls_certificate = {folder}/cert.pem
tls_privatekey = {folder}/key.pem
begin authenticators
{authenticators}
''')
        self._daemon = Daemon([PROGRAM, '-C', str(config), '-bdf', '-q1h'], folder / 'stderr.log')
        self._daemon.wait_for(lambda: listens(self.port), 'Exim listens')

    def stop(self):
        self._daemon.stop()

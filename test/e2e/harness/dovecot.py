"""A private Dovecot on loopback, with its files in a temporary folder: 2.3, or 2.4 (`dovecot24`)."""

import base64
import contextlib
import functools
import os
import socket
import socketserver
import subprocess
import threading
import time
import unittest

from . import policy, project
from .process import Daemon, free_port, listens, wait_until

# As README.md has it, except for the first passdb (there it is the site's own) and the paths.
PASSDBS = '''
passdb {
  driver = passwd-file
  args = scheme=PLAIN @users@
  result_success = continue-ok
  result_failure = continue
}
passdb {
  driver = checkpassword
  args = @badclients@ --config @config@
  skip = unauthenticated
  mechanisms = plain login cram-md5 digest-md5 scram-sha-1 scram-sha-256 apop external gssapi gss-spnego otp ntlm
  result_success = continue
  result_failure = return-fail
  result_internalfail = continue
}
'''

UID = 5001  # of every mailbox, where root can give them away


@functools.cache
def version():
    """Of the Dovecot that is installed: (2, 3)."""
    text = subprocess.run(['dovecot', '--version'], capture_output=True, text=True, check=True).stdout
    return tuple(int(number) for number in text.split('.')[:2])


def first_lines(of=None):
    """What dovecot.conf has to begin with: that of the installed Dovecot, or of this version."""
    if (of or version()) < (2, 4):
        return ''
    return 'dovecot_config_version = 2.4.0\ndovecot_storage_version = 2.4.0\n'


class Dovecot:
    """Started when made; `stop()` ends it. Users and passwords: `users`. With Dovecot 2.4 the test
    that makes one is skipped.

    `passdbs`: the passdb blocks. `settings` come last. In both @users@, @badclients@ and @config@
    stand for the paths of the passwd-file, the program and its configuration.
    """

    users = {'alice': 'correct horse', 'bob': 'battery staple'}
    version = '2.3'

    def __init__(self, site, passdbs=PASSDBS, settings='', programs=None):
        self._require()
        self.folder = project.temporary_folder('dovecot')
        self.log_file = self.folder / 'dovecot.log'
        self.ports = {name: free_port() for name in ('imap', 'pop3', 'submission', 'sieve')}
        self.sasl_socket = self.folder / 'run' / 'auth-client'
        self._relay = _Relay()
        self._markers = 0
        self.config = self.folder / 'dovecot.conf'
        text = self._settings() + passdbs + settings
        for word, value in (('@users@', self._write_users()), ('@config@', site.config),
                            ('@badclients@', (programs or project.programs()) / 'badclients')):
            text = text.replace(word, str(value))
        self.config.write_text(text)
        self.daemon = Daemon(self.command('dovecot', '-c', self.config, '-F'),
                             self.folder / 'stderr.log')
        self.daemon.wait_for(self._ready, 'Dovecot listens')

    @classmethod
    def with_policy(cls, site, passdbs=None, settings='', **block):
        """One that asks badclients-policy, as the example for its version says (`policy.block`)."""
        return cls(site, passdbs or cls.PASSWORDS,
                   policy.block(site, cls.version, **block) + settings)

    # A passdb that checks passwords, and nothing else.
    PASSWORDS = '''
passdb {
  driver = passwd-file
  args = scheme=PLAIN @users@
}
'''

    def _require(self):
        if version() >= (2, 4):
            raise unittest.SkipTest('this is not Dovecot 2.3')

    @staticmethod
    def command(*command):
        """The command that runs a program of this Dovecot."""
        return list(map(str, command))

    def stop(self):
        self.daemon.stop()
        self._relay.stop()

    def log(self):
        return self.log_file.read_text(errors='surrogateescape') if self.log_file.exists() else ''

    def log_of(self, act):
        """What act() adds to the log."""
        self._settle_log()
        before = len(self.log())
        act()
        self._settle_log()
        return self.log()[before:]

    def _settle_log(self):
        """Waits until all that was said so far stands in the log, which has its own process.

        Each service has a pipe to that process, which reads all that have something and then looks
        again: when a refusal that we cause now is in the log, it is reading the others, and when a
        second one is there, it has read what they had then.
        """
        for _ in range(2):
            self._mark_log()

    def _mark_log(self):
        """Again where the auth process was just starting or being replaced: it may have lost it."""
        self._markers += 1
        user = f'marker-{self._markers}'
        request = base64.b64encode(f'\0{user}\0wrong'.encode()).decode()
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(str(self.sasl_socket))
            sock.sendall(f'VERSION\t1\t1\nCPID\t{self._markers}\n'
                         f'AUTH\t1\tPLAIN\tservice=marker\tresp={request}\n'.encode())
            again = time.monotonic() + 3
            wait_until(lambda: f'({user}' in self.log() or time.monotonic() > again,
                       f'{user} in {self.log_file}')
        if f'({user}' not in self.log():
            self._mark_log()

    def mailbox(self, user):
        return self.folder / 'home' / user / 'Maildir'

    def doveadm(self, *arguments):
        return subprocess.run(self.command('doveadm', '-c', self.config, *arguments),
                              capture_output=True, text=True, check=False)

    def _ready(self):
        with socket.socket(socket.AF_UNIX) as sock:
            return (all(map(listens, self.ports.values()))
                    and sock.connect_ex(str(self.sasl_socket)) == 0)

    def _write_users(self):
        lines = []
        uid, gid = (UID, UID) if os.geteuid() == 0 else (os.getuid(), os.getgid())
        for user, password in self.users.items():
            home = self.folder / 'home' / user
            home.mkdir(parents=True)
            os.chown(home, uid, gid)
            lines.append(f'{user}:{password}::::::'
                         f'userdb_uid={uid} userdb_gid={gid} userdb_home={home}\n')
        file = self.folder / 'users'
        file.write_text(''.join(lines))
        return file

    def _settings_of_both(self, user, group, outsider):
        """What 2.3 and 2.4 spell alike."""
        return f'''base_dir = {self.folder}/run
state_dir = {self.folder}/state
log_path = {self.log_file}
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {outsider}
first_valid_uid = 1
protocols = imap pop3 submission sieve
listen = 127.0.0.1
ssl = no
auth_mechanisms = plain login cram-md5 scram-sha-256
auth_verbose = yes
# Tests do not wait as attackers have to.
auth_failure_delay = 0
login_trusted_networks = 127.0.0.0/8
submission_relay_host = 127.0.0.1
submission_relay_port = {self._relay.port}'''

    def _settings(self):
        user, group = project.account()
        outsider = 'dovenull' if os.geteuid() == 0 else user
        no_chroot = '' if os.geteuid() == 0 else 'chroot ='
        listeners = ''.join(f'''
service {name}-login {{
  inet_listener {listener} {{
    port = {port}
  }}
  {no_chroot}
}}''' for name, listener, port in (('imap', 'imap', self.ports['imap']),
                                   ('pop3', 'pop3', self.ports['pop3']),
                                   ('submission', 'submission', self.ports['submission']),
                                   ('managesieve', 'sieve', self.ports['sieve'])))
        return f'''
{self._settings_of_both(user, group, outsider)}
disable_plaintext_auth = no
mail_location = maildir:~/Maildir
userdb {{
  driver = prefetch
}}
{listeners}
service imap-login {{
  inet_listener imaps {{
    port = 0
  }}
}}
service pop3-login {{
  inet_listener pop3s {{
    port = 0
  }}
}}
service anvil {{
  {no_chroot}
  # No penalty for addresses with failed logins.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service auth {{
  unix_listener auth-client {{
    mode = 0666
  }}
}}
'''


class _Relay:
    """The server that Dovecot's submission service needs behind it: it takes everything."""

    class _Handler(socketserver.StreamRequestHandler):
        def handle(self):
            with contextlib.suppress(OSError):
                self.wfile.write(b'220 relay ESMTP\r\n')
                while command := self.rfile.readline():
                    self.wfile.write(b'250-relay\r\n250 XCLIENT ADDR PORT PROTO HELO LOGIN\r\n'
                                     if command.upper().startswith(b'EHLO') else b'250 ok\r\n')

    def __init__(self):
        self._server = socketserver.ThreadingTCPServer(('127.0.0.1', 0), self._Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()

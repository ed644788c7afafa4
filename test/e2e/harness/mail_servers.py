"""Mail servers that put all mail that their sendmail(8) takes into one folder."""

import email
import email.policy
import re
import shlex
import shutil
import subprocess
import unittest

from . import debian13, exim, project
from .process import Daemon, wait_until


def _script(path, command):
    path.write_text(f'#!/bin/sh\nexec {shlex.join(map(str, command))} "$@"\n')
    path.chmod(0o755)
    return path


def exim_configuration(folder):
    return f'''
primary_hostname = localhost
qualify_domain = unqualified.invalid
spool_directory = {folder}/spool
log_file_path = {folder}/log/%slog
begin routers
all:
  driver = accept
  transport = box
begin transports
box:
  driver = appendfile
  directory = {folder}/mail
  user = Debian-exim
  envelope_to_add
'''


class EximBox:
    """`sendmail` is the program; nothing has to run."""

    def __init__(self):
        if exim.PROGRAM is None:
            raise unittest.SkipTest('no exim4')
        folder = project.temporary_folder('eximbox')
        for name in ('spool', 'log', 'mail'):
            (folder / name).mkdir()
            shutil.chown(folder / name, 'Debian-exim', 'Debian-exim')
        config = folder / 'exim.conf'
        config.write_text(exim_configuration(folder))
        self._command = [exim.PROGRAM, '-C', config]
        self._folder = folder / 'mail'
        self.sendmail = _script(folder / 'sendmail', self._command)

    def messages(self):
        """All that it has taken, parsed; an envelope's recipients are in Envelope-to."""
        wait_until(self._has_delivered, 'all mail is delivered')
        return [email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
                for path in sorted(self._folder.iterdir())]

    def _has_delivered(self):
        """It delivers by a process of its own that nobody waits for, and that sendmail's end may
        have ended: then the queue has it."""
        subprocess.run([*self._command, '-qff'], check=True, capture_output=True)
        queue = subprocess.run([*self._command, '-bpc'], check=True, capture_output=True, text=True)
        return queue.stdout.strip() == '0'

    def recipients(self):
        return sorted(str(message['Envelope-to']) for message in self.messages())


class PostfixBox:
    """Debian 13's. `stop()` ends it; sendmail works without it."""

    def __init__(self):
        debian13.require()
        folder = project.temporary_folder('postfixbox')
        for name in ('etc', 'queue', 'data', 'mail'):
            (folder / name).mkdir()
        passwd = (debian13.ROOT / 'etc/passwd').read_text()
        uid, gid = map(int, re.search(r'(?m)^postfix:[^:]*:(\d+):(\d+):', passwd).groups())
        for name in ('data', 'mail'):
            shutil.chown(folder / name, uid, gid)
        (folder / 'etc' / 'main.cf').write_text(f'''
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file_prefixes = {folder}
maillog_file = {folder}/postfix.log
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = localhost
mydestination =
alias_maps =
virtual_mailbox_domains = static:all
virtual_mailbox_maps = static:box/
virtual_mailbox_base = {folder}/mail
virtual_minimum_uid = 1
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
smtputf8_enable = yes
''')
        (folder / 'etc' / 'master.cf').write_text('''
pickup unix n - n 1 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
virtual unix - n n - - virtual
error unix - - n - - error
postlog unix-dgram n - n - 1 postlogd
''')
        self._folder = folder / 'mail/box/new'
        self.log = folder / 'postfix.log'
        self._daemon = Daemon(debian13.inside('postfix', '-c', folder / 'etc', 'start-fg'),
                              folder / 'stderr.log')
        self._daemon.wait_for(
            lambda: self.log.exists() and 'daemon started' in self.log.read_text(), 'Postfix runs')
        self.sendmail = _script(folder / 'sendmail', debian13.inside(
            '/usr/sbin/sendmail', '-C', folder / 'etc'))

    def stop(self):
        self._daemon.stop()

    def wait_for(self, messages):
        self._daemon.wait_for(lambda: len(self.messages()) >= messages, f'{messages} messages')

    def messages(self):
        paths = sorted(self._folder.iterdir()) if self._folder.is_dir() else []
        return [email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
                for path in paths]

    def recipients(self):
        return sorted(str(message['Delivered-To']) for message in self.messages())

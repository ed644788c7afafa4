#!/usr/bin/env python3
"""The commands over the log that README.md and badclients(8) print, run as printed over a log that a
real Dovecot has written."""

import collections
import pathlib
import re
import shutil
import subprocess
import time
import unittest

import harness
from harness import clients, dovecot, project, world
from harness.audit import audit_lines
from harness.world import HOME, HOME_V6, NEW_OUTLOOK, SUGAR_MAIL

JOURNAL_REMOTE = pathlib.Path('/lib/systemd/systemd-journal-remote')
FORGER = 'x, blocked=True, matched=ip_net, rule=y, took=1ms'
# Spaces, colons, and what looks like a part of the line.
HARD_NAMES = ('Bob: the builder', 'a  b:c:d', 'x, service=pop3, ip=192.0.2.1, asn=AS1',
              'y>, blocked=True, matched=ip_net, rule=z', 'tab\there', r'back\slash')


def readme():
    blocks = re.findall(r'(?ms)^```\n(.*?)^```', (project.ROOT / 'README.md').read_text())
    return [block.strip() for block in blocks if block.startswith('journalctl')]


def manual():
    """Commands behind a `$`, with the lines that they go on in."""
    text = subprocess.run(['mandoc', '-T', 'utf8', '-O', 'width=200',
                           project.ROOT / 'man/badclients.8'], capture_output=True, check=True)
    lines = re.sub('.\b', '', text.stdout.decode()).splitlines()
    starts = [i for i, line in enumerate(lines) if re.match(r' *\$ .*mail-audit', line)]
    commands = []
    for start in starts:
        end = next(i for i in range(start, len(lines)) if not lines[i].strip())
        commands.append('\n'.join(lines[start:end]).strip().removeprefix('$ '))
    return commands


class OneLiners(harness.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        site = harness.Site(cls.share(world.nameserver().start()), cls.share(world.registries()))
        site.list('ip_net.deny', '139.162.0.0/16')
        any_user = dovecot.PASSDBS.replace('driver = passwd-file', 'driver = static').replace(
            'scheme=PLAIN @users@', 'password=secret')
        server = cls.share(harness.Dovecot(site, any_user, settings=(
            'imap_id_retain = yes\nauth_username_chars =\nauth_username_format =\n')))
        for _ in range(3):  # the first is fresh, the others cached: facts= and took= differ
            for user, address in (('alice', HOME), ('alice', HOME_V6), ('bob', HOME_V6),
                                  ('alice', NEW_OUTLOOK), ('bob', SUGAR_MAIL)):
                for identity in (None, f'"name" "{FORGER}"'):
                    clients.imap(server, user, 'secret', address, client_id=identity)
            for name in HARD_NAMES:
                for address in (HOME_V6, SUGAR_MAIL):
                    clients.sasl_client(server, name, 'secret', address, service='imap')
        cls.log = server.log_of(lambda: clients.imap(server, 'alice', 'x', HOME)) and server.log()
        cls.lines = audit_lines(cls.log)
        cls.log_file = server.log_file

    def run_printed(self, command, **programs):
        """Runs it in a shell with these programs instead of the machine's."""
        folder = project.temporary_folder('bin')
        for name, text in programs.items():
            (folder / name).write_text(text)
            (folder / name).chmod(0o755)
        done = subprocess.run(['/bin/sh', '-c', command], capture_output=True, text=True, check=True,
                              env={'PATH': f'{folder}:/usr/bin:/bin', 'LC_ALL': 'C.UTF-8'})
        self.assertEqual('', done.stderr)
        return {line.split(None, 1)[1]: int(line.split(None, 1)[0])
                for line in done.stdout.splitlines()}

    def over_the_journal(self, command):
        """With the real journalctl, over a journal that has Dovecot's lines of just now."""
        folder = project.temporary_folder('journal')
        entries = ''.join(f'__REALTIME_TIMESTAMP={int(time.time() * 1e6)}\nMESSAGE={line}\n'
                          'SYSLOG_IDENTIFIER=dovecot\n_PID=1\n\n'
                          for line in self.log.splitlines())
        subprocess.run([JOURNAL_REMOTE, '-o', folder / 'x.journal', '-'], input=entries.encode(),
                       check=True, capture_output=True)
        return self.run_printed(command, journalctl=(
            f'#!/bin/sh\nexec {shutil.which("journalctl")} --file {folder}/x.journal "$@"\n'))

    def expected(self, *names):
        """How often each combination of these fields is in the log, by our own reading."""
        def value(line, name):
            bracketed = name != 'user' and f'{name}=<' in line.text
            return f'<{line[name]}>' if bracketed else line[name]
        return dict(collections.Counter(' '.join(value(line, name) for name in names)
                                        for line in self.lines))

    def test_the_log_has_what_makes_it_hard(self):
        self.assertLessEqual({'fresh', 'cached'}, {line['facts'] for line in self.lines})
        self.assertEqual({True, False}, {line.blocked for line in self.lines})
        self.assertGreater(len({line['took'] for line in self.lines}), 1)
        self.assertTrue(any(':' in line['ip'] for line in self.lines))
        self.assertTrue(any(FORGER in line['client_id'] for line in self.lines))
        users = {line['user'] for line in self.lines}
        self.assertEqual(2 + len(HARD_NAMES), len(users))
        self.assertLessEqual({'Bob: the builder', 'a  b:c:d'}, users)

    @unittest.skipUnless(JOURNAL_REMOTE.exists() and shutil.which('journalctl'), 'no journal')
    def test_readme_counts_users_by_network(self):
        command, = readme()
        found = self.over_the_journal(command)
        self.assertEqual(self.expected('user', 'asn', 'as_desc'), found)
        self.assertLess(len(found), len(self.lines) / 2)

    @unittest.skipUnless(JOURNAL_REMOTE.exists() and shutil.which('journalctl'), 'no journal')
    def test_the_manual_counts_users_by_network(self):
        command, _, _ = manual()
        self.assertEqual(self.expected('user', 'asn'), self.over_the_journal(command))

    def test_the_manual_counts_who_was_refused(self):
        _, command, _ = manual()
        self.assertIn(' /var/log/dovecot.log ', command)
        found = self.run_printed(command.replace('/var/log/dovecot.log', str(self.log_file)))
        refused = [line for line in self.lines if line.blocked]
        self.assertEqual(dict(collections.Counter(f'{line["user"]} ip_net ip_net.deny.lst:1'
                                                  for line in refused)), found)
        self.assertEqual({'bob', *(line['user'] for line in self.lines
                                   if line['user'] not in ('alice', 'bob'))},
                         {line['user'] for line in refused})

    def test_the_manual_counts_who_was_refused_in_json(self):
        site = harness.Site()
        log = site.state / 'audit.log'
        site.configure(general={'log': log, 'log_format': 'json'})
        site.list('ip_net.deny', '139.162.0.0/16')
        users = ('alice', 'a  b:c:d', 'mail-audit: {"user":"x"}', 'q"\\')
        for user in users:
            for address in (SUGAR_MAIL, SUGAR_MAIL, HOME):
                site.login(user=user, address=address)
        *_, command = manual()
        found = self.run_printed(command.replace('/var/log/dovecot.log', str(log)))
        shown = [user.replace('\\', r'\x5c') for user in users]
        self.assertEqual({f'{user} ip_net ip_net.deny.lst:1': 2 for user in shown}, found)

    def test_what_is_said_not_to_hold_does_not(self):
        """So that nobody has to believe it: each login is a line of its own to the original's."""
        counted = self.run_printed(f"awk -F : '/mail-audit: /{{print $6}}' {self.log_file} | "
                                   'sed "s/^$/nothing/" | sort | uniq -c')
        self.assertNotEqual(sum(self.expected('user', 'asn').values()),
                            sum(n for text, n in counted.items() if 'entity=' in text))


if __name__ == '__main__':
    harness.main()

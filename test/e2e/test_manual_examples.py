#!/usr/bin/env python3
"""The commands that badclientsctl(8) shows, run as printed on a host with a real Dovecot."""

import json
import re
import shutil
import subprocess

import harness
import test_setup
import test_update
from harness import exim, project
from harness.dns import Nameserver
from harness.https import WebServer
from harness.mail_servers import exim_configuration
from harness.process import wait_until
from harness.world import NEW_OUTLOOK

CONFIG = '/etc/dovecot/bad_clients.conf.ext'
METRICS = '/var/lib/prometheus/node-exporter'
BOX = '/var/eximbox'
AMAZON = 'ip-ranges.amazonaws.com'


def manual():
    """As a terminal shows it that breaks no line of a command."""
    text = subprocess.run(['mandoc', '-T', 'utf8', '-O', 'width=200', project.ROOT / 'man/badclientsctl.8'],
                          capture_output=True, check=True).stdout.decode()
    return re.sub('.\b', '', text)


def examples(text):
    """The commands behind a `#`, those of EXAMPLES first: a reader begins there."""
    description, _, rest = text.partition('\nEXAMPLES\n')
    commands = []
    for part in (rest, description):
        for command in re.findall(r'(?m)^ +# (badclientsctl (?:.*\\\n)*.*)$', part):
            command = re.sub(r'\\\n *', '', command)
            if command not in commands:
                commands.append(command)
    return commands


# How each begins, how it ends here, and what it says.
EXPECTED = (
    ('setup --dry-run', 0, r'would make /etc/dovecot/conf.d/95-badclients.conf'),
    ('setup', 0, r'/etc/dovecot/conf.d/95-badclients.conf'),
    ('clients enable --monitor new-outlook', 0, r'new-outlook'),
    ('doctor --quiet', 0, r'^OK: 0 errors, 0 warnings, \d+ ok$'),
    ('doctor --json | jq', 0, r'^$'),
    ('check 52.97.246.245 --user alice', 0, r'New Outlook'),
    ('check 52.97.246.245 --offline --json | jq', 0, r'^"allow"$'),
    ('config -n', 0, r'(?m)^dns/nameserver = '),
    ('clients list', 0, r'(?m)^new-outlook .* 1 +monitor$'),
    ('cache show 52.96.0.0/14', 0, r'(?m)^52\.97\.246\.0/24 +registration +failed'),
    ('cache servers', 0, r'(?m)^SERVER '),
    ('registry status', 1, r'registry\.db: not there'),
    ('cache clear --failures', 0, r'^[1-9]\d* failures? forgotten$'),
    ('report --since 24h --remember', 1, r'(?m)^  New Outlook +1 +0 +1$'),
    ('metrics --output', 0, r'^$'),
    ('notify --client new-outlook --domain example.org --dry-run', 1, r'alice@example.org .* to be told'),
    ('notify --client new-outlook --domain example.org --from', 0, r'alice@example.org .* told'),
    ('why alice', 1, r'clients disable new-outlook'),
    ('replay --since 30d --client spark', 0, r'spark.client: 0 would be refused'),
    ('lint', 0, r'(?m)^fine$'),
    ('update --dry-run --source aws', 0, r'52\.94\.2\.0/23'),
    ('clients enable new-outlook --monitor', 0, r'new-outlook'),
    ('clients enable new-outlook', 0, r'new-outlook'),
)


class Examples(test_setup.Host):
    """In their order: one makes what the next needs."""

    def setUp(self):
        if exim.PROGRAM is None:
            self.skipTest('no exim4')
        super().setUp()
        self.dns = self.own(Nameserver().start())
        self.web = self.own(WebServer(name=AMAZON, port=443))
        self.web.serve('ip-ranges.json', json.dumps(test_update.AWS))
        self.root.write('/etc/hosts', f'127.0.0.1 localhost {AMAZON}\n')
        with self.root.path('/etc/ssl/certs/ca-certificates.crt').open('a') as authorities:
            authorities.write(self.web.ca.read_text())
        self.root.path(METRICS).mkdir(parents=True)
        self.root.write('/etc/exim4/exim4.conf', exim_configuration(BOX))
        for name in ('spool', 'log', 'mail'):
            self.root.path(f'{BOX}/{name}').mkdir(parents=True)
            shutil.chown(self.root.path(f'{BOX}/{name}'), 'Debian-exim', 'Debian-exim')

    def test_each_does_what_the_manual_says(self):
        commands = examples(manual())
        for command in commands:
            with self.subTest(command):
                found = [row for row in EXPECTED if command.startswith(f'badclientsctl {row[0]}')]
                self.assertTrue(found, 'nobody says what it does')
                _, code, pattern = max(found, key=lambda row: len(row[0]))
                done = self.root.run('sh', '-c', command)
                self.assertEqual((code, ''), (done.returncode, done.stderr), done.stdout)
                self.assertRegex(done.stdout.strip(), pattern)
            self.after(command.removeprefix('badclientsctl '))
        self.assertEqual([], [row[0] for row in EXPECTED if not any(
            command.startswith(f'badclientsctl {row[0]}') for command in commands)])
        self.assertIn('badclients_logins_total', self.root.path(f'{METRICS}/badclients.prom').read_text())
        self.assert_told('alice@example.org')

    def after(self, command):
        """What an administrator has, and the tests' loopback has not: a resolver, and users."""
        if command == 'setup':
            with self.root.path(CONFIG).open('a') as file:
                file.write(f'\n[dns]\nnameserver = 127.0.0.1:{self.dns.port}\n')
        elif command == 'clients enable --monitor new-outlook':
            self.assertTrue(self.gets_in(address=NEW_OUTLOOK))
            self.assertTrue(self.gets_in())
            wait_until(lambda: self.log().count('mail-audit: ') >= 2, 'the logins are in the log')

    def assert_told(self, address):
        box = self.root.path(f'{BOX}/mail')
        wait_until(lambda: self.root.run('exim4', '-qff') and list(box.iterdir()), 'the message is delivered')
        message, = box.iterdir()
        self.assertIn(f'\nTo: {address}\n', message.read_text())


class EachCommand(harness.TestCase):
    def test_has_an_example(self):
        text = manual()
        synopsis = text.partition('\nSYNOPSIS\n')[2].partition('\nDESCRIPTION\n')[0]
        commands = set(re.findall(r'(?m)^ +badclientsctl (?:\[[^\]]*\] )*([a-z]+)', synopsis))
        self.assertLessEqual({'check', 'doctor', 'why', 'cache', 'config'}, commands)
        self.assertEqual(set(), commands - {command.split()[1] for command in examples(text)})


if __name__ == '__main__':
    harness.main()

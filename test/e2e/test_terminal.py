#!/usr/bin/env python3
"""What strangers wrote (names, registries' answers, published lists, files) is shown on a terminal
without acting on it."""

import json
import subprocess
import unicodedata

import harness
from harness import project, world
from harness.https import WebServer
from harness.world import SUGAR_MAIL

# Clears the screen, sets the window's title, a one-byte CSI as UTF-8, DEL, right-to-left, no UTF-8.
HOSTILE = '\x1b[2J\x1b]0;owned\x07\u009b31m\x7f\u202eabc'
BYTES = HOSTILE.encode() + b'\xff'
STRANGER = '84.99.1.17'
IN_ZONE_FILE = ''.join(f'\\{byte:03d}' for byte in BYTES)


class OnATerminal(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.dns = world.nameserver(zones=('bl.test',))
        self.dns.reverse(STRANGER, IN_ZONE_FILE + '.example')
        self.dns.record('17.1.99.84.bl.test', 'A', '127.0.0.2')
        self.dns.record('17.1.99.84.bl.test', 'TXT', f'"{IN_ZONE_FILE}"')
        self.dns.description(f'64999 | DE | ripencc | 2014-10-15 | {HOSTILE}')
        self.dns.origin(STRANGER, '64999 | 84.99.0.0/17 | DE | ripencc | 2004-02-02')
        self.registries = self.own(world.registries())
        self.registries.ripencc.answers[STRANGER] = (
            b'inetnum: 84.99.0.0 - 84.99.127.255\nnetname: ' + HOSTILE.encode() +
            b'\ncountry: DE\norg: ORG-' + BYTES.replace(b' ', b'') + b'\n')
        self.registries.ripencc.answers[SUGAR_MAIL] = (
            b'% query rate limit exceeded: ' + BYTES + b'\n')
        self.site = harness.Site(self.own(self.dns.start()), self.registries)

    def assert_harmless(self, *outputs):
        """That none of these (bytes) does anything to a terminal, and that something is there."""
        for output in outputs:
            text = output.decode()  # it is UTF-8
            acting = {c for c in text if unicodedata.category(c) in ('Cc', 'Cf') and c not in '\n\t'}
            self.assertEqual(set(), acting, text)
        self.assertTrue(any(outputs))

    def run_program(self, name, *arguments, config=None):
        done = subprocess.run(
            [project.programs() / name, '--config', config or self.site.config, *arguments],
            capture_output=True, check=False, stdin=subprocess.DEVNULL)
        self.assert_harmless(done.stdout, done.stderr)
        return done

    def ctl(self, *arguments):
        return self.run_program('badclientsctl', *arguments)

    def test_the_helper_that_is_asked_by_hand(self):
        done = self.run_program('badclients-lookup', STRANGER, 'ptr', 'origin', 'as', 'registration',
                                'dnsbl:bl.test')
        text = done.stdout.decode()
        kinds = [line.split('\t')[:2] for line in text.splitlines()]
        self.assertEqual([[kind, 'known'] for kind in ('as', 'dnsbl', 'origin', 'ptr',
                                                       'registration')], sorted(kinds))
        self.assertIn(r'\x1b[2J', text)
        self.assertIn(r'\xff', text)
        failed = self.run_program('badclients-lookup', SUGAR_MAIL, 'registration')
        self.assertIn('query rate limit exceeded', failed.stdout.decode())
        self.assertEqual(2, self.run_program('badclients-lookup', HOSTILE).returncode)
        self.assertEqual(2, self.run_program('badclients-lookup', STRANGER, HOSTILE).returncode)
        self.assertEqual(2, self.run_program('badclients-lookup', '--' + HOSTILE).returncode)
        self.assertEqual(1, self.run_program('badclients-lookup', STRANGER,
                                             config=f'/nowhere/{HOSTILE}').returncode)

    def test_a_request_from_the_login_is_answered_in_its_own_form(self):
        """Only who asks by hand has a terminal: the login's process reads bytes."""
        done = subprocess.run(
            [project.programs() / 'badclients-lookup', '--config', self.site.config],
            input=(f'address {STRANGER}\ndeadline {2**62}\nwant ptr\nend\n').encode(),
            capture_output=True, check=False)
        self.assertIn(b'\x1b', done.stdout)

    def test_check_and_clients_test(self):
        self.site.list('dnsbl.deny', 'bl.test')
        self.site.list('rev_host.deny', '.*abc.*')
        text = self.ctl('check', STRANGER, '--user', HOSTILE, '--client-id', HOSTILE).stdout.decode()
        self.assertIn(r'\x1b[2J', text)
        done = self.ctl('check', STRANGER, '--json', '--user', HOSTILE)
        facts = json.loads(done.stdout)['facts']
        self.assertIn(HOSTILE, facts['registration']['value']['name'])  # escaped, and still there
        self.ctl('check', SUGAR_MAIL)
        self.ctl('check', SUGAR_MAIL, '--json')
        self.ctl('clients', 'test', STRANGER, '--user', HOSTILE)
        self.ctl('clients', 'test', SUGAR_MAIL)

    def test_cache_servers(self):
        self.site.login(address=SUGAR_MAIL)
        text = self.ctl('cache', 'servers').stdout.decode()
        self.assertRegex(text, r'ripencc .* closed until')
        self.assertIn('query rate limit exceeded', text)
        servers = json.loads(self.ctl('cache', 'servers', '--json').stdout)['servers']
        reasons = [each['reason'] for each in servers if each['server'] == 'ripencc']
        self.assertIn('query rate limit exceeded', str(reasons))

    def test_files(self):
        folder = self.site.lists / 'clients'
        folder.mkdir()
        (folder / f'x{HOSTILE}.client').write_bytes(
            b'Name: ' + BYTES + b'\nVendor: ' + BYTES + b'\nMode: ' + BYTES + b'\n\n' + BYTES +
            b' = ' + BYTES + b'\nrev_host = ' + BYTES + b'\n')
        (folder / 'ours.client').write_bytes(b'Name: ' + BYTES + b'\n# ' + BYTES +
                                             b'\n\nrev_host = x\n')
        self.site.list('ip_net.deny', BYTES + b'\n')
        self.site.list('rev_host.deny', BYTES + b'\n')
        self.site.list(f'{HOSTILE}.deny', 'x')
        self.ctl('lint')
        self.ctl('clients', 'list')
        self.ctl('clients', 'show', 'ours')
        self.ctl('clients', 'enable', HOSTILE)
        self.ctl('clients', HOSTILE)
        self.ctl(HOSTILE)
        self.ctl('--' + HOSTILE)
        with self.site.config.open('ab') as config:
            config.write(b'\n[x' + BYTES + b']\n' + BYTES + b' = ' + BYTES + b'\n')
        self.ctl('lint')

    def test_the_log(self):
        log = self.site.folder / 'log'
        log.write_bytes(b'mail-audit: user=<' + BYTES + b'>, service=imap, ip=1.2.3.4, host=' +
                        BYTES.replace(b' ', b'') + b', asn=AS1, as_desc=<' + BYTES +
                        b'>, blocked=True, matched=x' + BYTES.replace(b' ', b'') + b'\n')
        for how in ((), ('--json',), ('--addresses',), ('--user', HOSTILE), ('--html', '-')):
            self.ctl('report', '--log', log, *how)
        for how in ((), ('--json',)):
            self.ctl('why', '1.2.3.4', '--log', log, *how)
            self.ctl('why', HOSTILE, '--log', log, *how)
            self.ctl('replay', '--log', log, *how)
            self.ctl('replay', '--log', log, '--file', HOSTILE, *how)
        done = subprocess.run([project.programs() / 'badclientsctl', '--config', self.site.config,
                               'report', '--log', log, '--csv'], capture_output=True, check=False)
        self.assert_harmless(done.stdout.replace(b'\r\n', b'\n'))

    def test_update(self):
        web = self.own(WebServer('location /moved { return 302 "/\x1b[2J"; }\n'
                                 'location /refused { return 403; }\n'))
        for name, content in (('text', BYTES + b'\n8.8.8.0/24\n'),
                              ('json', b'{"prefixes": [{"ip_prefix": "' + BYTES + b'"}]}'),
                              ('html', b'<html>' + BYTES)):
            url = web.serve(name, content)
            for source in ('text', 'aws', 'google'):
                self.ctl('update', '--ca-file', web.ca, '--source', f'{source} {url}', '--to',
                         'ip_net.deny')
        for path in ('moved', 'refused', 'nowhere'):
            self.ctl('update', '--ca-file', web.ca, '--source', f'text {web.url}/{path}', '--to',
                     'ip_net.deny')
        self.ctl('update', HOSTILE)
        self.ctl('update', '--source', HOSTILE, '--to', HOSTILE)


if __name__ == '__main__':
    harness.main()

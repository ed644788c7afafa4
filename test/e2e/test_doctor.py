#!/usr/bin/env python3
"""`badclientsctl doctor` on a host with a real Dovecot: nothing but ok where all is well, and each fault
that was planted."""

import contextlib
import datetime
import json
import os
import pathlib
import re
import shutil
import subprocess
import time
import types

import harness
import test_setup
from harness import clients, project
from harness.dns import Nameserver, SilentNameserver
from harness.geoip import write_mmdb
from harness.process import wait_until
from harness.redis import Redis
from harness.registry import NOW, publish_world
from harness.world import NEW_OUTLOOK

OWN = test_setup.OWN
CONFIG = '/etc/dovecot/bad_clients.conf.ext'
SYSTEM = '/etc/dovecot/conf.d/auth-system.conf.ext'
OTHER = '/etc/dovecot/conf.d/99-other.conf'
SECRET = '/etc/dovecot/badclients/secret'
STATE = '/var/lib/badclients'
EXIT = {'ok': 0, 'warning': 1, 'error': 2}


class Host(test_setup.Host):
    """A host that setup has connected, with a nameserver."""

    options = ()

    def setUp(self):
        super().setUp()
        self.dns = self.own(Nameserver().start())
        self.prepare()
        self.setup(*self.options)
        self.append(CONFIG, f'\n[dns]\nnameserver = 127.0.0.1:{self.dns.port}\n')

    def prepare(self):
        pass

    def append(self, name, text):
        with self.root.path(name).open('a') as file:
            file.write(text)

    def configure(self, text):
        """Adds to the configuration of a host that has the nameserver."""
        self.append(CONFIG, text)

    def doctor(self, *options):
        """What it found: {check: [(status, text, advice)]}."""
        done = self.root.run('badclientsctl', 'doctor', '--json', *options)
        self.assertEqual('', done.stderr)
        said = json.loads(done.stdout)
        self.assertEqual(EXIT[said['status']], done.returncode, done.stdout)
        found = {}
        for check in said['checks']:
            found.setdefault(check['check'], []).append((check['status'], check['text'], check['advice']))
        return found

    def faults(self):
        return {name: lines for name, lines in self.doctor().items() if lines[0][0] != 'ok'}

    def assert_finds(self, check, status, pattern):
        """That this check has this fault, says what to do, and that no other check has any."""
        faults = self.faults()
        self.assertIn(check, faults)
        self.assertIn(status, [line[0] for line in faults[check]], faults)
        self.assertRegex(' '.join(line[1] for line in faults[check]), pattern)
        self.assertTrue(all(line[2] for line in faults[check]), faults)
        self.assertEqual([check], list(faults), faults)

    @contextlib.contextmanager
    def planted(self, name, change):
        """A file with another text: what `change` makes of the old one (empty where there is none),
        or (old, new)."""
        path = self.root.path(name)
        before = path.read_text() if path.exists() else None
        text = change((before or '')) if callable(change) else self.replaced(before, *change)
        path.write_text(text)
        try:
            yield
        finally:
            if before is None:
                path.unlink()
            else:
                path.write_text(before)

    def replaced(self, text, old, new):
        changed = re.sub(old, new, text, flags=re.M)
        self.assertNotEqual(text, changed, old)
        return changed

    def assert_each_is_found(self, plants):
        """(file, change, check, status, pattern)"""
        for name, change, check, status, pattern in plants:
            with self.subTest(check=check, change=change), self.planted(name, change):
                self.assert_finds(check, status, pattern)


class EachDoor:
    """What is the same whatever the door."""

    def test_a_good_setup_has_nothing_but_ok(self):
        self.assertEqual({}, self.faults())
        said = self.root.run('badclientsctl', 'doctor')
        self.assertEqual((0, ''), (said.returncode, said.stderr))
        lines = said.stdout.splitlines()
        self.assertRegex(lines[0], r'^OK: 0 errors, 0 warnings, \d+ ok$')
        for line in lines[1:]:
            self.assertRegex(line, r'^ok {7}[a-z_]+: \S.*$')
        self.assertEqual(lines[:1], self.root.run('badclientsctl', 'doctor', '-q').stdout.splitlines())

    def test_what_the_user_cannot_read_is_found(self):
        self.root.path(CONFIG).chmod(0o600)
        faults = self.faults()
        self.assertRegex(faults['configuration'][0][1], 'Permission denied.*by user dovecot')

    def test_a_dovecot_that_does_not_run_or_accept_its_files_is_found(self):
        self.stop_dovecot()
        self.assert_finds('running', 'warning', 'does not run')
        self.root.write(OTHER, 'nonsense = 1\n')
        self.assert_finds('dovecot', 'error', 'does not accept its configuration: .*nonsense')

    def test_logins_that_dovecot_sees_from_one_proxy_are_found(self):
        """badclients logs none of them."""
        def log_in(times, address=None):
            for _ in range(times):
                self.assertTrue(clients.imap(types.SimpleNamespace(ports={'imap': 143}), 'alice',
                                             test_setup.PASSWORD, address).logged_in)
        log_in(9)
        self.assertEqual({}, self.faults())
        log_in(1)
        self.assert_finds('client_address', 'warning', r'all 10 logins of the log came from 127\.0\.0\.1')
        self.assertNotIn('mail-audit: user=<alice>', self.log())
        log_in(1, test_setup.ELSEWHERE)
        self.assertEqual({}, self.faults())

    def test_a_host_without_a_door_is_found(self):
        self.root.path(OWN).unlink()
        self.assertIn('does not ask badclients', self.faults()['door'][0][1])


class Surroundings(Host):
    """What has nothing to do with the door."""

    def test_no_file_that_a_login_could_not_write_is_left(self):
        for path in self.root.path(STATE).iterdir():
            path.unlink()
        self.faults()
        uid = self.root.path(STATE).stat().st_uid
        self.assertEqual({uid}, {path.stat().st_uid for path in self.root.path(STATE).iterdir()})

    def test_what_lint_finds_is_told_and_counted(self):
        with self.planted('/etc/dovecot/lists/asn.deny.lst', lambda text: text + 'nonsense\n' * 5):
            found = self.faults()['configuration']
        self.assertEqual(4, len(found))
        self.assertRegex(found[0][1], r'asn\.deny\.lst:\d+: ')
        self.assertIn('2 errors of lint\'s more', found[3][1])

    def test_what_to_do_about_lints_faults_is_said_once(self):
        """Where lint says it, that is the advice."""
        plants = (('/etc/dovecot/lists/asn.deny.lst', lambda text: text + 'nonsense\n', 'AS64500'),
                  ('/etc/dovecot/lists/lists/asn.deny.lst', lambda text: 'AS64500\n', 'mv /etc/dovecot/lists/lists/* '),
                  (CONFIG, lambda text: text + '[general]\nlist_path = /nonexistent\n', 'mend that file'))
        self.root.path('/etc/dovecot/lists/lists').mkdir()
        for name, change, advice in plants:
            with self.subTest(name=name), self.planted(name, change):
                self.assertTrue(self.faults()['configuration'][0][2].startswith(advice), self.faults())
                for line in self.root.run('badclientsctl', 'doctor').stdout.splitlines():
                    self.assertLessEqual(line.count('(try'), 1, line)

    def test_faults_of_the_state_folder_are_found(self):
        self.assertEqual({}, self.faults())
        for name in ('cache.db', 'budget.db'):
            path = self.root.path(f'{STATE}/{name}')
            owner = path.stat().st_uid
            with self.subTest(name=name):
                os.chown(path, 0, 0)
                path.chmod(0o600)
                faults = self.faults()
                self.assertRegex(faults['state'][0][1], f'user dovecot may not write to .*/{name}')
                self.assertRegex(faults['state'][0][2], f'^chown dovecot: .*/{name}; chmod')
                os.chown(path, owner, -1)
        os.chown(self.root.path(STATE), 0, 0)
        self.assertIn('user dovecot cannot use /var/lib/badclients: Permission denied', self.faults()['state'][0][1])

    def test_what_cannot_be_asked_is_found(self):
        good = f'127.0.0.1:{self.dns.port}'
        silent = self.own(SilentNameserver())
        self.assert_each_is_found((
            (CONFIG, (good, f'127.0.0.1:{silent.port}'), 'resolver', 'error', 'does not answer'),
            (CONFIG, (good, f'{good} 127.0.0.1:{silent.port}'), 'resolver', 'warning', 'does not answer')))

    def test_a_helper_that_cannot_work_is_found(self):
        self.root.write('/opt/helper', '#!/bin/sh\necho cannot lock itself in >&2\nexit 3\n', 0o755)
        self.configure('[lookup]\nhelper = /opt/helper\n')
        self.assert_finds('helper', 'error', '/opt/helper does not work: cannot lock itself in')
        self.root.path('/opt/helper').chmod(0o600)
        self.assertIn('helper', self.faults())

    def test_registries_that_do_not_answer_are_found(self):
        self.assertEqual({}, self.faults())
        now = int(time.time() * 1000)
        # In there: SQLite does not follow the name that the folder has out here.
        done = self.root.run('python3', '-c', f'''import sqlite3
with sqlite3.connect('{STATE}/budget.db') as database:
    database.execute("INSERT INTO server VALUES ('lacnic', 'rdap', {now}, {now}, {now + 600_000},"
                     " 'HTTP status 429', {now + 600_000})")
    database.execute("INSERT INTO silence VALUES ('dns', 5, {now})")''')
        self.assertEqual('', done.stderr)
        self.assert_finds('registries', 'warning', r'lacnic \(rdap\) wants to be left alone until .*429 '
                                                   'dns has not answered 5 logins')

    def test_databases_that_are_old_or_broken_are_found(self):
        good = write_mmdb('city.mmdb', 'GeoLite2-City', {'139.162.0.0/16': {'country': {'iso_code': 'DE'}},
                                                         '2001:db8::/32': {'country': {'iso_code': 'DE'}}})
        self.root.write('/etc/dovecot/city.mmdb', '')
        self.root.path('/etc/dovecot/city.mmdb').write_bytes(good.read_bytes())
        self.configure('[maxmind]\ngeo_city = /etc/dovecot/city.mmdb\n')
        self.assertRegex(self.doctor()['geoip'][0][1], r'city\.mmdb \(GeoLite2-City\) is \d+ s old')
        self.root.path('/etc/dovecot/city.mmdb').write_bytes(made_in_2001(good.read_bytes()))
        self.assert_finds('geoip', 'warning', r'is \d+ d old')
        self.root.path('/etc/dovecot/city.mmdb').write_bytes(b'no database')
        self.assertEqual('error', self.faults()['geoip'][0][0])

    def test_registry_data_that_is_old_broken_or_needed_is_found(self):
        self.assertNotIn('registry_data', self.faults())
        self.configure('[lookup]\norigin = local\n')
        self.assert_finds('registry_data', 'error', r'registry\.db is not there, and \[lookup\] names no other')
        for days, found in ((1, None), (9, r'warning .*delegated-arin.* is \d+ d old'),
                            (20, r'error .*riswhoisdump\.IPv4\.gz .* is \d+ d old: it is not used')):
            self.root.path(f'{STATE}/registry.db').unlink(missing_ok=True)
            shutil.rmtree(self.root.path('/srv/published'), ignore_errors=True)
            made = NOW - datetime.timedelta(days=days)
            shutil.copytree(publish_world(made), self.root.path('/srv/published'))
            # A file that registry/sources does not name, but that logins look at once it was taken.
            os.utime(self.root.path('/srv/published/ripe.db.inetnum.gz'), (made.timestamp(), made.timestamp()))
            done = self.root.run('badclientsctl', 'registry', 'update', '--force', '--from', '/srv/published')
            self.assertEqual(0, done.returncode, done.stderr)
            told = '\n'.join(f'{status} {text}' for status, text, _ in self.doctor()['registry_data'])
            self.assertIn('has nothing of riswhoisdump.IPv6.gz', told)
            self.assertRegex(told, found or 'warning')
            self.assertEqual(days == 20, 'ripe.db.inetnum.gz' in told, told)
        self.root.path(f'{STATE}/registry.db').write_bytes(b'no database')
        self.assert_finds('registry_data', 'error', r'registry\.db: ')

    def test_a_shared_cache_that_does_not_let_us_in_or_work_is_found(self):
        redis = self.own(Redis('--requirepass', 'secret'))
        before = self.root.path(CONFIG).read_text()

        def use(account):
            self.root.write(CONFIG, f'{before}[cache]\nshared_patience = 1s\nshared = {redis.url(account)}\n', 0o640)
            os.chown(self.root.path(CONFIG), 0, self.root.path(STATE).stat().st_gid)
        use(':secret@')
        self.assertEqual({}, self.faults())
        self.assertIn('do all that we do there', self.doctor()['shared_cache'][0][1])
        use(':wrong@')
        self.assertIn('WRONGPASS', self.faults()['shared_cache'][0][1])
        subprocess.run(['redis-cli', '--no-auth-warning', '-p', str(redis.port), '-a', 'secret',
                        'ACL', 'SETUSER', 'mail', 'on', '>pass', '~badclients:*', '+@all', '-zadd'],
                       check=True, capture_output=True)
        use('mail:pass@')
        self.assert_finds('shared_cache', 'error', "can't run this command")

    def test_logins_that_all_come_from_a_proxy_are_found(self):
        self.configure('[general]\nlog_local = yes\n')
        for _ in range(9):
            self.gets_in(address='10.0.0.5')
        self.assertEqual({}, self.faults())
        self.gets_in(address='10.0.0.5')
        self.assert_finds('client_address', 'warning', r'all 10 logins of the log came from 10\.0\.0\.5')
        self.gets_in()
        self.assertEqual({}, self.faults())

    def test_logins_that_all_come_from_a_proxy_are_found_in_the_journal(self):
        self.journal('imap-login: Login: user=<alice>, method=PLAIN, rip=84.46.0.17, lip=127.0.0.1',
                     '_TRANSPORT=syslog\nPRIORITY=6\nSYSLOG_IDENTIFIER=other')
        for _ in range(10):
            self.journal('imap-login: Login: user=<alice>, method=PLAIN, rip=10.0.0.5, lip=127.0.0.1',
                         '_TRANSPORT=syslog\nPRIORITY=6\nSYSLOG_IDENTIFIER=dovecot')
        self.assert_finds('client_address', 'warning', r'all 10 logins of the log came from 10\.0\.0\.5')

    def test_failed_questions_are_found_in_the_journal(self):
        self.append('/etc/dovecot/local.conf', 'log_path = syslog\n')
        failure = 'Policy server HTTP error: connect(127.0.0.1:4001) failed: Permission denied'
        error = '_TRANSPORT=syslog\nPRIORITY=3\nSYSLOG_IDENTIFIER='
        self.journal(f'auth: Error: policy(alice,52.97.246.245): {failure}', error + 'other')
        self.journal(f'auth-worker(12): Error: policy(alice,52.97.246.245): {failure}', error + 'dovecot')
        self.journal(f'auth: passwd-file(auth: Error: policy(a,1): {failure},52.97.246.245): unknown user',
                     '_TRANSPORT=syslog\nPRIORITY=6\nSYSLOG_IDENTIFIER=dovecot')
        self.assertEqual({}, self.faults())
        self.journal(f'auth: Error: policy(alice,52.97.246.245,<s>): {failure}', error + 'dovecot')
        self.assert_finds('policy_errors', 'error', r'no answer from badclients 1 time .*Permission denied')
        self.journal(f'auth(alice,52.97.246.245,sasl:plain)<s>: Error: policy: {failure}', error + 'dovecot')
        self.assert_finds('policy_errors', 'error', r'no answer from badclients 2 times .*Permission denied')

    def test_that_selinux_keeps_dovecot_from_the_door_is_found(self):
        denial = ('audit: type=1400 audit(1:2): avc:  denied  {{ name_connect }} for  pid=7 comm="{}" dest={} '
                  'scontext=system_u:system_r:dovecot_auth_t:s0 tcontext=system_u:object_r:port_t:s0 '
                  'tclass=tcp_socket permissive=0')
        for comm, port in (('auth', 40010), ('auth', 3306), ('lmtp', 4001)):
            self.journal(denial.format(comm, port))
        self.assertEqual({}, self.faults())
        self.journal(denial.format('auth', 4001))
        self.assert_finds('denials', 'error', '1 time.*comm="auth" dest=4001 ')

    def test_what_the_kernel_denies_is_found(self):
        self.journal('audit: type=1400 audit(1:2): apparmor="DENIED" operation="exec" '
                     'profile="dovecot-auth" name="/usr/bin/other" comm="auth"')
        self.assertEqual({}, self.faults())
        self.journal('audit: type=1400 audit(1:2): apparmor="DENIED" operation="exec" '
                     'profile="dovecot-auth" name="/usr/bin/badclients" comm="auth"')
        self.assert_finds('denials', 'error', 'apparmor="DENIED" operation="exec".*/usr/bin/badclients')
        self.journal('audit: type=1400 audit(1:3): avc:  denied  { write } for  pid=1 comm="badclients" '
                     'scontext=system_u:system_r:dovecot_auth_t:s0')
        self.assert_finds('denials', 'error', '2 times.*avc: ')

    def journal(self, message, fields='_TRANSPORT=kernel\nPRIORITY=5'):
        """Writes an entry of the kernel's, or another's, into the journal."""
        if not self.root.path('/lib/systemd/systemd-journal-remote').exists():
            self.skipTest('no systemd-journal-remote')
        machine = self.root.path('/etc/machine-id')
        if not machine.exists() or not machine.read_text().strip():
            machine.write_text('0123456789abcdef0123456789abcdef\n')
        self.entries = [*getattr(self, 'entries', []), f'{fields}\nMESSAGE={message}']
        stamp = int(time.time() * 1e6)
        text = ''.join(f'__CURSOR=c{number}\n__REALTIME_TIMESTAMP={stamp + number}\n__MONOTONIC_TIMESTAMP={number + 1}\n'
                       f'_BOOT_ID={"1" * 32}\n_MACHINE_ID={machine.read_text().strip()}\n{entry}\n\n'
                       for number, entry in enumerate(self.entries))
        folder = f'/var/log/journal/{machine.read_text().strip()}'
        self.root.write('/tmp/entries', text)
        made = self.root.run('sh', '-c', f'rm -rf {folder} && mkdir -p {folder} && /lib/systemd/systemd-journal-remote '
                                         f'-o {folder}/system.journal /tmp/entries')
        self.assertEqual(0, made.returncode, made.stderr)

    def test_json_has_the_shape_that_the_manual_gives(self):
        said = json.loads(self.root.run('badclientsctl', 'doctor', '--json').stdout)
        self.assertEqual(['status', 'errors', 'warnings', 'ok', 'checks'], list(said))
        for check in said['checks']:
            self.assertEqual(['check', 'status', 'text', 'advice'], list(check))
            self.assertIsNone(check['advice'])
        self.assertEqual(len(said['checks']), said['ok'])


def made_in_2001(database):
    """The database with another build_epoch."""
    at = database.rindex(b'build_epoch') + len(b'build_epoch')
    length = database[at] & 0x1f
    return database[:at + 2] + (1_000_000_000).to_bytes(length, 'big') + database[at + 2 + length:]


POLICY_FAULTS = (
    (OWN, ('4001/$', '4009/'), 'policy_url', 'error', 'asks http://127.0.0.1:4009/.* listens on port 4001'),
    (OWN, ('http:', 'https:'), 'policy_url', 'error', 'speaks plain HTTP'),
    (OWN, ('(listen|address) = 127.0.0.1', ''), 'policy_listener', 'error', 'open to other hosts'),
    (OWN, ('script -p ', ''), 'policy_service', 'error', 'cannot hand a connection'),
    (OWN, ('process_limit = 200', ''), 'policy_places', 'warning', 'process_limit = 100'),
    (OWN, ('check_after_auth = yes', 'check_after_auth = no'), 'policy_when', 'error', 'right passwords'),
    (OWN, ('auth_policy_check_before_auth = no', ''), 'policy_when', 'warning', 'guess'),
    (OWN, ('auth_policy_report_after_auth = no', ''), 'policy_reports', 'warning', 'second request'),
    (OWN, ('^#auth_policy_reject_on_fail', 'auth_policy_reject_on_fail'), 'policy_reject_on_fail', 'warning', 'nobody gets in'),
    (OTHER, lambda text: 'auth_policy_log_only = yes\n', 'policy_log_only', 'error', 'let in all the same'),
    (OWN, (r'timeout(_msecs)? = 7(000|s)', r'timeout\1 = 5\2'), 'policy_timeout', 'error', 'gets in unasked'),
    (OWN, ('.*timeout.*', ''), 'policy_timeout', 'error', 'is not above'),
    (CONFIG, lambda text: text + '[lookup]\ndeadline = 9s\n', 'policy_timeout', 'error', '9000 ms'),
    ('/etc/dovecot/badclients/secret.conf', ('Badclients: ', 'Badclients: x'), 'policy_secret', 'error',
     'is not that of'),
    ('/etc/dovecot/badclients/secret.conf', ('.*', ''), 'policy_secret', 'error', 'sends no secret'),
    ('/etc/dovecot/badclients/secret.conf', ('X-Badclients', 'X-Other'), 'policy_secret', 'error', 'x-other'),
    (OWN, ('imap_id_retain = yes', ''), 'imap_id', 'warning', 'client_id'),
    (OWN, ('libexec/badclients/badclients-policy', 'lib/badclients-policy'), 'program', 'error', 'No such file'),
    (OWN, ('badclients-policy$', 'badclients-policy --config /etc/other.conf'), 'config_file', 'warning',
     '/etc/other.conf'),
    (OTHER, lambda text: 'service badclients {\n  vsz_limit = 8M\n}\n', 'vsz_limit', 'error', 'has 8 MiB'),
)


class Policy(EachDoor, Host):
    name_as_typed = '%u'

    def test_each_fault_of_the_wiring_is_found(self):
        self.assert_each_is_found(POLICY_FAULTS)

    def test_lint_reckons_with_the_limit_that_dovecot_has(self):
        def says(limit, size):
            with self.root.path('/etc/dovecot/x.mmdb').open('w') as file:
                file.truncate(size << 20)
            with (self.planted(OTHER, lambda _: f'service badclients {{\n  vsz_limit = {limit}\n}}\n'),
                  self.planted(CONFIG, lambda text: text + '[maxmind]\ngeo_asn = /etc/dovecot/x.mmdb\n')):
                return self.root.run('badclientsctl', 'lint').stdout

        self.assertIn('than the 256 MiB of address space that Dovecot gives it (try: service badclients { vsz_limit = 3',
                      says('256M', 300))
        self.assertNotIn('address space', says('1G', 300))
        self.assertIn('than the 8 MiB of address space that Dovecot gives it (try: ', says('8M', 0))

    def test_a_nonce_that_is_missing_is_found(self):
        self.assert_each_is_found([(OWN, ('auth_policy_hash_nonce = .*', ''), 'dovecot', 'error',
                                    'auth_policy_hash_nonce must be set')])

    def test_a_hash_of_the_password_that_is_sent_is_found(self):
        self.assert_each_is_found((
            (OWN, (' remote=', ' pwhash=%{hashed_password} remote='), 'policy_attributes', 'warning', 'pwhash'),
            (OWN, ('auth_policy_request_attributes.*', ''), 'policy_attributes', 'warning', 'pwhash'),
            (OWN, (' remote=[^ ]*', ''), 'policy_attributes', 'error', 'no remote')))

    def test_a_secret_that_nobody_asks_for_is_found(self):
        with self.planted(CONFIG, ('secret_file = .*', '')):
            self.assertIn('every user of this host', self.faults()['policy_secret'][0][1])
        self.root.path(SECRET).chmod(0o644)
        self.assertEqual('error', self.faults()['policy_secret'][0][0])

    def test_a_door_that_does_not_answer_is_found(self):
        program = '/' + str(next(installed for installed in test_setup.installed().rglob('badclients-policy')
                                 if 'of-the-host' not in str(installed)).relative_to(test_setup.installed()))
        self.root.write(program, '#!/bin/sh\nexit 1\n', 0o755)
        self.reload_dovecot()
        self.assert_finds('policy_answers', 'error', 'does not answer on port 4001')

    def test_a_door_that_dovecots_auth_process_cannot_reach_is_found(self):
        """All that doctor can try is good; Dovecot's log alone knows."""
        self.refuse_new_outlook()
        self.assertFalse(self.gets_in(address=NEW_OUTLOOK))
        self.assertEqual('ok', self.doctor()['policy_errors'][0][0])
        # Dovecot runs with this, and doctor sees the files of before.
        with self.planted(OTHER, lambda _: 'auth_policy_server_url = http://127.0.0.1:4009/\n'):
            self.reload_dovecot()
            wait_until(lambda: self.gets_in(address=NEW_OUTLOOK), 'nobody is asked about a listed address')
        wait_until(lambda: re.search('Error: policy.*Policy server HTTP error: connect', self.log()), 'Dovecot logs it')
        self.assert_finds('policy_errors', 'error',
                          r"no answer from badclients \d+ times? in .* at 2[-0-9]+T[0-9:]+Z: 'Policy server HTTP error: "
                          r"connect\(127\.0\.0\.1:4009\) failed: Connection refused'; no login .* since, and "
                          'Dovecot lets those users in')
        with self.planted(OWN, ('^#auth_policy_reject_on_fail', 'auth_policy_reject_on_fail')):
            self.assertRegex(self.faults()['policy_errors'][0][1], 'Dovecot refuses those users')

        self.reload_dovecot()

        def is_over():
            return not self.gets_in(address=NEW_OUTLOOK) and self.faults()['policy_errors'][0][0] == 'warning'
        wait_until(is_over, 'a login is decided in a later second')
        self.assert_finds('policy_errors', 'warning', 'badclients has decided logins since, and Dovecot lets')

    def test_a_user_name_that_quotes_dovecots_error_is_not_believed(self):
        self.root.write(OTHER, f'auth_username_chars =\nauth_username_format = {self.name_as_typed}\n')
        self.reload_dovecot()
        names = ('x: auth: Error: policy(a,1): Policy server HTTP error: y',
                 'x): Error: policy: Policy server HTTP error: y',
                 'auth: Error: policy(a): Policy server y', '): Error: policy: Policy server y')
        for name in names:
            wait_until(lambda name=name: not self.gets_in('wrong', user=name) and f'({name}' in self.log(),
                       'the log quotes it')
        self.assertEqual(['ok'], [line[0] for line in self.doctor()['policy_errors']])


class PolicyOf24(Policy):
    version = test_setup.PolicyOf24.version
    passwd_file = test_setup.PolicyOf24.passwd_file
    settings = test_setup.PolicyOf24.settings
    name_as_typed = '%{user}'
    test_what_the_user_cannot_read_is_found = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lower = test_setup.lower_of_24()

    def test_a_hash_of_the_password_that_is_sent_is_found(self):
        self.assert_each_is_found((
            (OWN, ('pwhash =', ''), 'policy_attributes', 'warning', 'pwhash'),
            (OWN, ('pwhash =', 'pwhash =\n  remote ='), 'policy_attributes', 'error', 'no remote')))

    def test_a_checkpassword_block_is_found(self):
        for block in ('passdb checkpassword {\n}\n', 'passdb badclients {\n  driver = checkpassword\n}\n'):
            with self.subTest(block=block), self.planted(OTHER, lambda _, text=block: text):
                self.assertIn('which Dovecot 2.4.1 has not', self.faults()['door'][0][1])
        with self.planted(OTHER, lambda _: 'passdb {\n  driver = checkpassword\n  args = /usr/bin/badclients\n}\n'):
            self.assertIn('does not accept its configuration', self.faults()['dovecot'][0][1])


ALL = 'plain login cram-md5 digest-md5 scram-sha-1 scram-sha-256 apop external gssapi gss-spnego otp ntlm'
CHECKPASSWORD_FAULTS = (
    (SYSTEM, ('result_success = continue-ok', ''), 'continue_ok', 'error', 'badclients never sees'),
    (SYSTEM, ('continue-ok', 'continue'), 'continue_ok', 'error', 'nobody gets in'),
    (OWN, ('result_success = continue', ''), 'result_success', 'error', 'left out'),
    (OWN, ('result_success = continue', 'result_success = continue-ok'), 'result_success', 'error', 'continue-ok'),
    (OWN, ('skip = unauthenticated', ''), 'skip', 'warning', 'every guess'),
    (OWN, ('skip = unauthenticated', 'skip = authenticated'), 'skip', 'error', 'never asked'),
    (OWN, ('result_failure = return-fail', ''), 'result_failure', 'error', 'let in all the same'),
    (OWN, ('result_internalfail = continue', 'result_internalfail = return-ok'), 'result_internalfail', 'error',
     'counts as a right password'),
    (OTHER, lambda text: 'passdb {\n  driver = static\n  args = password=x\n}\n', 'passdb_behind', 'error',
     'has not seen'),
    (OWN, (f'mechanisms = {ALL}', ''), 'mechanisms', 'warning', 'no logins'),
    (OWN, ('mechanisms = plain ', 'mechanisms = '), 'mechanisms', 'error', 'plain is offered: no login'),
    (OTHER, lambda text: 'auth_mechanisms = plain xoauth2\n', 'mechanisms', 'warning', 'xoauth2 is offered'),
    (OWN, ('mechanisms = plain', 'mechanisms = xoauth2 plain'), 'mechanisms', 'none', ''),
    (OWN, ('/bin/badclients', '/sbin/badclients'), 'program', 'error', 'No such file'),
    (OWN, ('/bin/badclients', '/bin/badclients --config /etc/other.conf'), 'config_file', 'warning', 'other.conf'),
    (OTHER, lambda text: 'service auth {\n  vsz_limit = 8M\n}\n', 'vsz_limit', 'error', 'has 8 MiB'),
)


class Checkpassword(EachDoor, Host):
    door = 'badclients'
    options = ('--door', 'checkpassword')

    def prepare(self):
        self.root.write(SYSTEM, self.passwd_file.replace('users\n', 'users\n  result_success = continue-ok\n', 1))

    def test_each_fault_of_the_wiring_is_found(self):
        self.assert_each_is_found([plant for plant in CHECKPASSWORD_FAULTS if plant[3] != 'none'])

    def test_tokens_that_dovecot_would_cut_down_are_found(self):
        self.root.write(OTHER, 'auth_mechanisms = plain xoauth2\n')
        with self.planted(OWN, (f'mechanisms = {ALL}', '')):
            self.assert_finds('mechanisms', 'error', 'xoauth2 .*500 bytes')

    def test_a_passdb_that_makes_every_password_right_is_found_and_does(self):
        with self.planted(OWN, (r'(result_success|skip) = .*', '')):
            self.reload_dovecot()
            wait_until(lambda: self.gets_in('wrong'), 'every password is right')
            faults = self.faults()
        self.assertIn('every password is right', faults['result_success'][0][1])
        self.assertIn('makes it right', faults['skip'][0][1])
        self.assertIn('was let in with a made-up password', faults['login'][0][1])

    def test_what_stands_first_or_alone_is_found(self):
        os.rename(self.root.path(OWN), self.root.path('/etc/dovecot/conf.d/05-first.conf'))
        faults = self.faults()
        self.assertIn('no passdb before badclients', faults['passdb_before'][0][1])
        self.assertIn('put it behind the passdb \'passwd-file\'', faults['passdb_before'][0][2])
        self.root.write(SYSTEM, self.passwd_file[self.passwd_file.index('userdb'):])
        self.assertIn('put a passdb', self.faults()['passdb_before'][0][2])

    def test_a_text_that_a_proxy_overrules_is_found(self):
        with self.planted(CONFIG, lambda text: text + '[general]\ndeny_message_services = imap\ndeny_message = no\n'):
            self.assertEqual({}, self.faults())
            with self.planted(SYSTEM, ('args = scheme', 'default_fields = proxy=y host=192.0.2.1\n  args = scheme')):
                self.assert_finds('deny_texts', 'error', 'says proxy')
            with self.planted('/etc/dovecot/users', lambda text: f'{text}bob:x::::::proxy=y host=192.0.2.1\n'):
                self.assert_finds('deny_texts', 'error', 'says proxy')

    def test_both_doors_at_once_are_found(self):
        policy = pathlib.Path(project.ROOT / 'examples/dovecot-2.3/badclients-policy.conf').read_text()
        self.root.write(OTHER, policy.replace('CHANGE-ME', 'x'))
        self.assertIn('twice', self.faults()['door'][0][1])


class Manual(harness.TestCase):
    def test_it_has_each_check_and_no_other(self):
        folder = project.ROOT / 'src/admin/doctor'
        tables = '\n'.join(path.read_text() for path in folder.glob('*_checks.cpp'))
        others = {'dovecot', 'user', 'client_address', 'policy_errors'}
        for name in others:
            self.assertTrue(any(f'"{name}"' in path.read_text() for path in folder.glob('*.cpp')), name)
        names = others | set(re.findall(r'\{"(\w+)", [a-z]\w+\}', tables))
        self.assertGreater(len(names), 30)
        manual = (project.ROOT / 'man/badclientsctl.8').read_text()
        part = manual[manual.index('.Ss doctor'):]
        part = part[:part.index('.Ss ', 4)]
        told = {name for line in re.findall(r'(?m)^\.It Cm (.*)', part) for name in line.split(' , ')}
        self.assertEqual(names, told)


class Usage(Host):
    door = 'badclientsctl'
    options = ('--dry-run',)

    def setUp(self):
        self.append = lambda *_: None
        super().setUp()

    def test_only_root_may(self):
        done = self.root.run('setpriv', '--reuid=nobody', '--clear-groups', 'badclientsctl', 'doctor')
        self.assertEqual((2, ''), (done.returncode, done.stdout))
        self.assertIn('only root', done.stderr)

    def test_without_a_dovecot_that_is_the_fault(self):
        self.stop_dovecot()
        subprocess.run(self.root.command('sh', '-c', 'rm "$(command -v dovecot)"'), check=True)
        done = self.root.run('badclientsctl', 'doctor', '-q')
        self.assertEqual((2, 'ERROR: 1 error, 0 warnings, 0 ok\n'
                             'error    dovecot: there is no Dovecot here (try: install Dovecot)\n'),
                         (done.returncode, done.stdout))


if __name__ == '__main__':
    harness.main()

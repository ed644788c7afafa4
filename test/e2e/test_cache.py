#!/usr/bin/env python3
"""What was learnt is remembered, and trouble with the cache never stops a login."""

import contextlib
import os
import pathlib
import shutil
import sqlite3
import time
import unittest

import harness
from harness import project, world
from harness.process import wait_until
from harness.world import HOME, NEW_OUTLOOK, SUGAR_MAIL


class Cache(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.dns = self.own(world.nameserver().start())
        self.registries = self.own(world.registries())
        self.site = harness.Site(self.dns, self.registries)

    def login(self, address=SUGAR_MAIL, **how):
        outcome = self.site.login(address=address, **how)
        self.assert_allowed(outcome)
        return outcome

    def test_the_second_login_asks_nothing_and_shows_the_same_facts(self):
        first = self.login().audit
        asked = self.registries.questions()
        self.dns.stop()
        second = self.login().audit
        self.assertEqual(first.as_the_original_wrote_it(), second.as_the_original_wrote_it())
        self.assertEqual(('fresh', 'cached'), (first['facts'], second['facts']))
        self.assertEqual(asked, self.registries.questions())

    def test_another_address_of_the_network_asks_no_registry(self):
        self.dns.stop()
        self.dns = world.nameserver()
        sibling = '139.162.133.7'
        self.dns.reverse(sibling, 'other.example')
        self.own(self.dns.start())
        self.site.configure(dns={'nameserver': f'127.0.0.1:{self.dns.port}'})
        self.login()
        line = self.login(sibling).audit
        self.assertEqual(('other.example', 'AS63949', 'EU-LINODE-20141229'),
                         (line['host'], line['asn'], line['net_name']))
        self.assertEqual(1, len(self.registries.questions()))

    def test_an_answer_is_never_attributed_to_a_sibling_network(self):
        # One prefix in BGP, two networks in the registry: the original mixed them up.
        other = '84.46.64.1'
        self.dns.stop()
        self.dns = world.nameserver()
        self.dns.origin(other, '64500 | 84.46.0.0/17 | DE | ripencc | 2004-04-21')
        self.own(self.dns.start())
        self.site.configure(dns={'nameserver': f'127.0.0.1:{self.dns.port}'})
        self.registries.ripencc.answers[HOME] = world.HOME_NET.replace('84.46.127.255',
                                                                       '84.46.63.255')
        self.registries.ripencc.answers[other] = world.HOME_NET.replace(
            '84.46.0.0 -', '84.46.64.0 -').replace('DE-HOME-20040421', 'DE-CUSTOMER').replace(
            'HH1-RIPE', 'CC1-RIPE')
        self.assertEqual('DE-HOME-20040421', self.login(HOME).audit['net_name'])
        line = self.login(other).audit
        self.assertEqual('DE-CUSTOMER', line['net_name'])
        self.assertIn('CC1-RIPE', line.all('entity'))
        self.assertNotIn('HH1-RIPE', line.all('entity'))

    def test_a_failure_is_remembered_too(self):
        self.registries.ripencc.stop()
        self.assertEqual('partial', self.login().audit['facts'])
        self.dns.stop()
        self.assertEqual('None', self.login().audit['net_name'])

    def test_what_a_clock_that_was_ahead_has_learnt_is_asked_for_anew(self):
        """Such as a host's whose clock runs in local time until NTP puts it right."""
        self.site.list('rev_host.allow', 'somewhere.example')  # looks at names, and confirmed ones
        self.site.configure(dns={'nameserver': '127.0.0.1:9'})
        self.assertEqual('partial', self.login().audit['facts'])
        self.site.configure(dns={'nameserver': f'127.0.0.1:{self.dns.port}'})
        self.assertEqual('None', self.login().audit['host'])
        with sqlite3.connect(self.site.state / 'cache.db') as database:
            database.execute('UPDATE entry SET learnt = learnt + 7200, expires = expires + 7200')
        database.close()
        self.assertNotEqual('None', self.login().audit['host'])
        wait_until(lambda: self.login().audit['net_name'] != 'None', 'the registration is known')

    def test_a_list_that_is_new_refuses_by_what_the_cache_knows(self):
        self.login()
        self.dns.stop()
        self.site.list('net_name.deny', 'EU%-LINODE.*')
        self.assert_denied(self.site.login(address=SUGAR_MAIL), 'net_name')

    def test_the_cache_is_a_database_in_state_path(self):
        self.login()
        with sqlite3.connect(f'file:{self.site.state}/cache.db?mode=ro', uri=True) as database:
            self.assertEqual([('ok',)], list(database.execute('PRAGMA integrity_check')))
        self.assertEqual({'cache.db', 'cache.db-wal', 'cache.db-shm'},
                         {file.name for file in self.site.state.glob('cache.db*')})

    def test_fifty_first_logins_at_once_are_all_decided_and_leave_a_sound_cache(self):
        self.site.list('asn.deny', 'AS8075')
        outcomes = harness.together(50, lambda i: self.site.login(
            address=(SUGAR_MAIL, NEW_OUTLOOK, HOME)[i % 3]))
        for i, outcome in enumerate(outcomes):
            if i % 3 == 1:
                self.assert_denied(outcome, 'asn')
            else:
                self.assert_allowed(outcome)
            self.assertEqual('', outcome.warnings)
        asked = len(self.registries.questions())
        self.dns.stop()
        for address in (SUGAR_MAIL, HOME):
            self.assertEqual('cached', self.login(address).audit['facts'])
        self.assertEqual(asked, len(self.registries.questions()))


class Trouble(harness.TestCase):
    """The login goes on without the cache, with a warning that names the place."""

    def setUp(self):
        super().setUp()
        self.dns = self.own(world.nameserver().start())
        self.registries = self.own(world.registries())
        self.begin_anew()

    def begin_anew(self):
        self.site = harness.Site(self.dns, self.registries)
        self.site.list('asn.deny', 'AS63949')

    def assert_decided_without(self, place, facts='partial'):
        """`partial`: no registry is asked, where nobody could count the questions. Whoever is refused
        for the AS needs none."""
        for address, refused in ((SUGAR_MAIL, True), (HOME, False)):
            outcome = self.site.login(address=address)
            if refused:
                self.assert_denied(outcome, 'asn')
            else:
                self.assert_allowed(outcome)
            self.assertEqual('fresh' if refused else facts, outcome.audit['facts'])
            self.assertIn(str(place), outcome.warnings)

    def test_no_state_folder(self):
        shutil.rmtree(self.site.state)
        self.assert_decided_without(self.site.state)

    def test_a_state_folder_that_may_not_be_written(self):
        self.site.state.chmod(0o555)
        self.assert_decided_without(self.site.state)

    def test_a_state_folder_that_may_not_be_entered(self):
        self.site.state.chmod(0)
        self.assert_decided_without(self.site.state)

    def test_a_state_path_that_is_a_file(self):
        self.site.state.rmdir()
        self.site.state.write_text('')
        self.assert_decided_without(self.site.state)

    def test_a_cache_that_may_not_be_read(self):
        cache = self.site.state / 'cache.db'
        self.site.login(address=SUGAR_MAIL)
        self.site.wait_for_background()
        cache.chmod(0)
        self.assert_decided_without(cache, 'fresh')

    @unittest.skipUnless(os.geteuid() == 0, 'only root can leave files of root\'s')
    def test_a_cache_that_root_left_is_begun_anew(self):
        cache = self.site.state / 'cache.db'
        self.site.login(address=SUGAR_MAIL)
        self.site.wait_for_background()
        for file in self.site.state.glob('cache.db*'):
            file.chmod(0o600)
            os.chown(file, 0, 0)
        self.assert_begun_anew()

    @unittest.skipUnless(os.geteuid() == 0, 'strace runs it as another user for root only')
    def test_a_budget_that_cannot_be_locked_is_not_merely_busy(self):
        budget = self.site.state / 'budget.db'
        outcome = self.site.login(address=HOME, under=[
            'strace', '-u', project.account()[0], '-f', '-qq', '-o', '/dev/null',
            '-P', budget, '-e', 'inject=fcntl:error=ENOLCK'])
        self.assert_allowed(outcome)
        self.assertEqual('partial', outcome.audit['facts'])
        self.assertIn(f'{budget}: cannot be locked: No locks available', outcome.warnings)
        self.assertNotIn('busy', outcome.warnings)

    def assert_begun_anew(self, fresh='fresh'):
        for expected in (fresh, 'cached'):
            outcome = self.site.login(address=NEW_OUTLOOK)
            self.assert_allowed(outcome)
            self.assertEqual((expected, ''), (outcome.audit['facts'], outcome.warnings))

    def test_a_cache_that_is_no_database_is_begun_anew(self):
        cache = self.site.state / 'cache.db'
        for content in (b'rubbish' * 1000, b'SQLite format 3\0' + b'\xff' * 4096):
            with self.subTest(content[:20]):
                self.site.wait_for_background()
                for leftover in self.site.state.glob('cache.db*'):
                    leftover.unlink()
                project.give_away(cache.write_bytes(content) and cache)
                outcome = self.site.login(address=SUGAR_MAIL)
                self.assert_denied(outcome, 'asn')
                self.assertIn(f'{cache}: ', outcome.warnings)
                self.assertIn('it was begun anew', outcome.warnings)
                self.assert_begun_anew()

    def test_a_cache_with_damaged_pages(self):
        self.site.login(address=SUGAR_MAIL)
        self.site.login(address=NEW_OUTLOOK)
        self.site.wait_for_background()
        cache = self.site.state / 'cache.db'
        with contextlib.closing(sqlite3.connect(cache, isolation_level=None)) as database:
            self.assertEqual(0, database.execute('PRAGMA wal_checkpoint(TRUNCATE)').fetchone()[0])
        size = cache.stat().st_size
        with cache.open('r+b') as file:
            file.seek(min(size, 4096) // 2)
            file.write(b'\xa5' * (size - min(size, 4096) // 2))  # the same each time
        outcome = self.site.login(address=SUGAR_MAIL)
        self.assert_denied(outcome, 'asn')
        self.assertIn('cache.db', outcome.warnings)

    def test_a_cache_of_another_version_is_begun_anew(self):
        cache = self.site.state / 'cache.db'
        with sqlite3.connect(cache) as database:
            database.execute('CREATE TABLE holiday (photo)')
        database.close()
        project.give_away(cache)
        self.assert_begun_anew()

    def test_a_cache_of_a_version_that_used_a_wal_is_begun_anew(self):
        for is_open in (False, True):
            with self.subTest(is_open=is_open):
                self.begin_anew()
                cache = self.site.state / 'cache.db'
                with contextlib.closing(sqlite3.connect(cache)) as database:
                    database.executescript(
                        'PRAGMA journal_mode=WAL;'
                        'CREATE TABLE entry(key BLOB PRIMARY KEY, learnt INTEGER NOT NULL,'
                        ' expires INTEGER NOT NULL, source TEXT NOT NULL, value BLOB NOT NULL)'
                        ' WITHOUT ROWID; CREATE INDEX entry_by_expiry ON entry(expires);'
                        "INSERT INTO entry VALUES(x'34', 1, 2, 'whois', x'00');"
                        'PRAGMA user_version=1')
                    for file in self.site.state.glob('cache.db*'):
                        project.give_away(file)
                    if is_open:
                        self.assert_begun_anew()
                self.assert_begun_anew(fresh='cached' if is_open else 'fresh')

    @unittest.skipUnless(pathlib.Path('/dev/full').exists(), 'no /dev/full here')
    def test_a_disk_that_is_full(self):
        # A file size limit stands for the full disk: each write behind it fails.
        for blocks in (0, 1, 8, 40):
            with self.subTest(blocks=blocks):
                self.site.wait_for_background()
                for file in self.site.state.iterdir():
                    file.unlink()
                outcome = self.site.login(address=SUGAR_MAIL, limit=f'262144; ulimit -f {blocks}')
                self.assert_denied(outcome, 'asn')
                self.assertIn(str(self.site.state), outcome.warnings)
                # No half of an index is left to be believed.
                self.assertEqual(set(), {'lists.index', 'lists.verified'} & self.state_files())
                # There is room again.
                self.assert_denied(self.site.login(address=SUGAR_MAIL), 'asn')
                self.assert_begun_anew()
                self.assertIn('lists.index', self.state_files())
                self.assertNotIn('lists.index.tmp', self.state_files())

    def state_files(self):
        return {file.name for file in self.site.state.iterdir()}

    @contextlib.contextmanager
    def locked(self, how, name='cache.db'):
        with contextlib.closing(sqlite3.connect(self.site.state / name, timeout=30,
                                                isolation_level=None)) as database:
            if how == 'half-read':
                rows = database.execute('SELECT * FROM entry')
                rows.fetchone()
            else:
                database.execute(f'BEGIN {how}')
            yield

    def test_who_keeps_the_cache_from_being_written_holds_up_nobody_who_reads_it(self):
        self.site.login(address=HOME)
        for how in 'IMMEDIATE', 'EXCLUSIVE':
            with self.subTest(how):
                with self.locked(how):
                    outcome = self.site.login(address=HOME)
                    self.assert_allowed(outcome)
                    self.assertEqual('cached', outcome.audit['facts'])

    def test_logins_beside_who_stands_still_with_the_cache_are_refused_in_time(self):
        """A shell with half a SELECT, or with a transaction that is not at its end."""
        for how in 'half-read', 'IMMEDIATE', 'EXCLUSIVE':
            self.begin_anew()
            self.site.login(address=HOME)
            with self.subTest(how), self.locked(how):
                begin = time.monotonic()
                outcomes = harness.together(12, lambda i: self.site.login(address=SUGAR_MAIL))
                took = time.monotonic() - begin
                for outcome in outcomes:
                    self.assert_denied(outcome, 'asn')
                self.assertLess(took, 1 if how == 'half-read' else 5)

    def test_what_is_wrong_all_the_time_is_said_once_a_login(self):
        cache = self.site.state / 'cache.db'
        self.site.login(address=HOME)
        self.site.wait_for_background()
        cache.unlink()
        cache.symlink_to('/etc/hosts')
        lines = self.site.login(address=SUGAR_MAIL).warnings.splitlines()
        self.assertEqual(1, sum(str(cache) in line for line in lines), lines)
        self.assertEqual(sorted(set(lines)), sorted(lines))
        lines = self.site.ctl('check', SUGAR_MAIL).stderr.splitlines()
        self.assertEqual(1, sum(str(cache) in line for line in lines), lines)

    def test_a_budget_that_somebody_keeps_locked_is_warned_of(self):
        self.site.list('net_name.deny', 'EU%-LINODE.*')
        self.site.list('asn.deny', 'AS1')
        self.site.login(address=HOME)
        for how in ('IMMEDIATE', 'EXCLUSIVE'):
            with self.subTest(how):
                self.site.let_warn()
                with self.locked(how, 'budget.db'):
                    outcome = self.site.login(address=SUGAR_MAIL)
                self.assert_allowed(outcome)
                self.assertEqual('partial', outcome.audit['facts'])
                self.assertIn('registration unknown', outcome.warnings)
                self.assertIn('its budget is not known', outcome.warnings)
                self.assertIn('not compared: net_name.deny', outcome.warnings)

    def test_locked_databases_do_not_hold_up_a_login_past_its_deadline(self):
        self.site.configure(lookup={'deadline': '300ms'})
        self.site.list('net_name.deny', 'EU%-LINODE.*')
        self.site.login(address=HOME)
        for name in ('cache.db', 'budget.db'):
            self.enterContext(self.locked('EXCLUSIVE', name))
        for address in (NEW_OUTLOOK, SUGAR_MAIL):
            self.assertLess(min(self.seconds_of_login(address) for _ in range(5)), 0.45)

    def seconds_of_login(self, address):
        begin = time.monotonic()
        self.site.login(address=address)
        return time.monotonic() - begin


if __name__ == '__main__':
    harness.main()

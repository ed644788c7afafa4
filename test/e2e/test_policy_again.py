#!/usr/bin/env python3
"""badclients-policy answers a login that says what one before said as it answered that one, as long as
rules, settings and facts are the same: here each of them changes between two such logins."""

import os
import re
import sqlite3
import subprocess
import time
import unittest

import harness
from harness import bulk, fuse, project, world
from harness.geoip import write_mmdb
from harness.policy_client import PolicyTestCase, login
from harness.process import wait_until
from harness.registry import publish_world
from harness.world import HOME, SUGAR_MAIL

CLIENT = 'Name: Some App\n\n'


class Again(PolicyTestCase):
    def setUp(self):
        super().setUp()
        self.dns = self.own(world.nameserver().start())
        self.registries = self.own(world.registries())
        self.site = harness.Site(self.dns, self.registries)
        for address in (HOME, SUGAR_MAIL):
            self.site.login(address=address)
        self.client = self.connect(self.site)
        self.count = 0

    def ask(self, address=SUGAR_MAIL, **said):
        """(let in?, the line)"""
        self.count += 1
        allowed = self.client.ask(login(address, session_id=f's{self.count}', **said)).allowed
        lines = self.client.lines()
        self.assertEqual(self.count, len(lines))
        self.assertEqual(f's{self.count}', lines[-1]['session'])
        return allowed, lines[-1]

    def assert_said(self, allowed, matched=None, times=3, facts='cached', **said):
        for _ in range(times):
            found, line = self.ask(**said)
            self.assertEqual((allowed, matched), (found, line['matched'] if 'matched' in line else None), line)
            self.assertEqual(said.get('user', 'alice'), line['user'])
            self.assertEqual(facts, line['facts'])

    def test_lists_client_files_and_settings_count_from_the_next_request_on(self):
        site = self.site
        self.assert_said(True)
        site.list('net_name.deny', 'EU%-LINODE.*')
        self.assert_said(False, 'net_name')
        self.assert_said(True, address=HOME)
        site.list('net_name.deny')
        self.assert_said(True)
        (site.lists / 'clients').mkdir()
        (site.lists / 'clients' / 'some.client').write_text(CLIENT + 'asn=AS63949 service=imap\n')
        self.assert_said(False, 'client')
        self.assert_said(True, service='pop3')
        site.configure(general={'mode': 'monitor'})
        self.assert_said(True, 'client')
        site.configure(general={'mode': 'enforce', 'disabled_services': 'pop3'})
        self.assert_said(False, 'client')
        self.assert_said(False, 'service', service='pop3')
        (site.lists / 'clients' / 'some.client').unlink()
        self.assert_said(True)

    def test_each_thing_that_a_login_says_counts_where_a_rule_looks_at_it(self):
        site = self.site
        self.assert_said(True)
        self.assert_said(True, user='bob')
        (site.lists / 'clients').mkdir()
        (site.lists / 'names').write_text('carol\ndave\n')
        (site.lists / 'clients' / 'some.client').write_text(
            CLIENT + 'asn=AS63949 client_id=".*SomeApp.*"\nasn=AS63949 user=@names\n'
            'asn=AS63949 master=admin\n')
        site.list('user.allow', 'dave')
        for _ in range(2):
            self.assert_said(True)
            self.assert_said(False, 'client', user='carol')
            self.assert_said(True, 'user', user='dave')
            self.assert_said(False, 'client', master='admin')
            self.assert_said(True, master='root')
            self.assert_said(False, 'client', device_id='"name" "SomeApp"')
            self.assert_said(True, device_id='"name" "OtherApp"')
        (site.lists / 'names').write_text('alice\ndave\n')
        self.assert_said(False, 'client')
        self.assert_said(True, user='carol')

    def test_what_the_cache_gives_counts_from_the_next_request_on(self):
        self.assert_said(True)
        self.site.list('net_name.deny', 'EU%-LINODE.*')
        self.assert_said(False, 'net_name')
        # Nobody answers any more, and on_error is allow: without the cache nothing is known.
        self.dns.stop()
        self.registries.stop()
        self.assertEqual(0, self.site.ctl('cache', 'clear').returncode)
        allowed, line = self.ask()
        self.assertEqual((True, 'partial', 'None'), (allowed, line['facts'], line['net_name']))

    def test_an_answer_that_another_process_stores_counts_from_the_next_request_on(self):
        self.assert_said(True)
        self.site.list('rev_host.deny', '.*%.bad%.example')
        self.assert_said(True)
        with sqlite3.connect(self.site.state / 'cache.db') as database:
            database.execute('UPDATE entry SET expires = learnt + 1')
        database.close()
        project.give_away(self.site.state / 'cache.db')
        wait_until(lambda: self.ask()[1]['facts'] == 'stale', 'what is stale is seen')

    def test_an_answer_grows_old_while_the_connection_is_kept(self):
        self.site.configure(cache={'ttl': '3s', 'stale': '1h'})
        begin = time.monotonic()
        self.site.ctl('cache', 'clear')
        self.site.login(address=SUGAR_MAIL)
        self.assertEqual('cached', self.ask()[1]['facts'])
        wait_until(lambda: self.ask()[1]['facts'] != 'cached', 'what was learnt has grown old')
        self.assertGreater(time.monotonic() - begin, 2)

    def test_a_geoip_database_counts_as_it_is_and_has_its_line_each_time(self):
        def put(organization):
            new = write_mmdb('new.mmdb', 'GeoLite2-ASN', {'139.162.0.0/16': {
                'autonomous_system_number': 63949, 'autonomous_system_organization': organization}})
            new.replace(database)
        database = project.temporary_folder('mmdb') / 'asn.mmdb'
        put('Akamai')
        self.site.configure(maxmind={'geo_asn': database})
        self.site.list('maxmind/as_org.deny', 'Linode.*')
        time.sleep(0.5)  # a database that was written just now is mapped by each login
        self.assert_said(True)
        put('Linode')
        self.assert_said(False, 'maxmind:as_org')
        lines = [line for line in self.client.log().splitlines() if 'mail-audit-maxmind: ' in line]
        self.assertEqual(3 * ['Akamai'] + 3 * ['Linode'], [re.search('as_org=<(.*?)>', line)[1] for line in lines])
        database.unlink()
        self.assert_said(True, times=2)  # on_error
        self.assertEqual(2, self.client.log().count(f'warning: {database}: No such file'))
        put('Linode')
        self.assert_said(False, 'maxmind:as_org')

    def test_registry_data_counts_as_it_is(self):
        site = self.site
        site.configure(lookup={'origin': 'local dns', 'registration': 'local whois'})
        site.list('as_dscr.deny', '.*EVIL.*')
        self.assert_said(True)

        def publish(name):
            folder = publish_world()
            bulk.put(folder, 'asn.txt', f'63949 {name}, SG\n')
            done = site.ctl('registry', 'update', '--from', folder, '--force')
            self.assertEqual(0, done.returncode, done.stderr)
        publish('GOOD Good Ltd.')
        self.assert_said(True, facts='local')
        time.sleep(0.5)  # what was written just now is opened by each login
        self.assert_said(True, facts='local')
        publish('EVIL Evil Ltd.')
        self.assert_said(False, 'as_dscr', facts='local')
        (site.state / 'registry.db').unlink()
        self.assert_said(True)
        self.assertEqual(15, len(self.client.lines()))

    @unittest.skipUnless(os.geteuid() == 0, 'only root mounts')
    def test_lists_on_a_file_system_of_their_own_let_go_of_it_with_the_connection(self):
        lists = self.site.lists
        subprocess.run(['mount', '-t', 'tmpfs', '-o', 'mode=0755', 'tmpfs', lists], check=True)
        self.addCleanup(subprocess.run, ['umount', '-l', lists], capture_output=True, check=False)
        self.site.list('net_name.deny', 'EU%-LINODE.*')
        time.sleep(0.5)  # a list that was written just now is not held
        self.assert_said(False, 'net_name')
        # Over the list, and over all lists: nothing in the folder that is held has changed.
        other = self.site.folder / 'other'
        other.write_text('NOBODY\n')
        subprocess.run(['mount', '--bind', other, lists / 'net_name.deny.lst'], check=True)
        self.assert_said(True)
        subprocess.run(['umount', '-l', lists / 'net_name.deny.lst'], check=True)
        self.assert_said(False, 'net_name')
        subprocess.run(['mount', '-t', 'tmpfs', '-o', 'mode=0755', 'tmpfs', lists], check=True)
        self.assert_said(True)
        subprocess.run(['umount', lists], check=True)
        self.assert_said(False, 'net_name')
        unmount = ['umount', lists]
        self.assertNotEqual(0, subprocess.run(unmount, capture_output=True, check=False).returncode)
        self.client.socket.close()
        self.client.process.wait()
        wait_until(lambda: subprocess.run(unmount, capture_output=True, check=False).returncode == 0,
                   'it can be unmounted')

    def last_line_where_lists_hang(self, folder, on_error, entry, allowed):
        """Of a login that ended so before, and does once more."""
        project.give_away(folder.below)
        (folder.below / 'lists').mkdir()
        project.give_away(folder.below / 'lists')
        self.site.configure(general={'list_path': folder.path / 'lists', 'on_error': on_error},
                            lookup={'deadline': '20s'})
        (folder.below / 'lists' / 'ip_net.deny.lst').write_text(entry + '\n')
        client = self.connect(self.site)
        time.sleep(0.5)  # a list that was written just now is read by each login
        for _ in range(3):
            self.assertEqual(allowed, client.ask(login(SUGAR_MAIL)).allowed, client.log())
        self.site.configure(lookup={'deadline': '300ms'})
        # On a busy machine an index may take longer than that.
        wait_until(lambda: client.ask(login(SUGAR_MAIL)).allowed == allowed, 'it ends as before')
        folder.hang()
        answer = client.ask(login(SUGAR_MAIL))
        self.assertEqual((False, True), (answer.allowed, answer.ends), client.log())
        self.assertEqual(1, client.wait())
        line = client.lines()[-1]
        self.assertIn('held up while reading the lists', line['error'])
        return line

    @unittest.skipUnless(os.geteuid() == 0, 'only root mounts')
    def test_where_lists_hang_it_ends_with_what_they_said_last(self):
        def check(folder):
            line = self.last_line_where_lists_hang(folder, 'allow', SUGAR_MAIL, False)
            self.assertEqual('ip_net', line['matched'])
        fuse.each_kind(self, check)

    @unittest.skipUnless(os.geteuid() == 0, 'only root mounts')
    def test_where_lists_hang_that_refused_nobody_it_ends_as_on_error_says(self):
        def check(folder):
            line = self.last_line_where_lists_hang(folder, 'deny', '192.0.2.0/24', True)
            self.assertEqual('on_error', line['matched'])
        fuse.each_kind(self, check)


if __name__ == '__main__':
    harness.main()

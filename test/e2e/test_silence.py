#!/usr/bin/env python3
"""Sources that do not answer: the third login in a row that had none is the last that waits."""

import os
import pathlib
import sqlite3
import unittest

import harness
from harness import world
from harness.process import wait_until
from harness.whois import plainly, silently
from harness.world import HOME

LONGEST = 2                   # seconds, lookup/deadline
GIVEN = 0.9 * LONGEST         # of it for facts
SHORT = 0.2                   # that a silent source is waited for
SLACK = 0.6                   # on a machine that has other things to do


def neighbour(i):
    """An address of a network of its own."""
    return f'84.46.{i}.17'


def seconds(outcome):
    return float(outcome.audit['took'].removesuffix('ms')) / 1000


class Case(harness.TestCase):
    """Rules look at all facts, so that they are worth waiting for."""

    @classmethod
    def setUpClass(cls):
        dns = world.nameserver(zones=('localhost',))
        dns.record('localhost', 'A', '127.0.0.1')
        for i in range(40):
            dns.origin(neighbour(i), f'64500 | 84.46.{i}.0/24 | DE | ripencc | 2004-04-21')
            dns.reverse(neighbour(i), f'h{i}.home.example')
        cls.dns = cls.share(dns.start())

    def setUp(self):
        super().setUp()
        self.relay = self.own(harness.DnsRelay(self.dns))
        self.registries = self.own(world.registries())
        for i in range(40):
            self.registries.iana.answers[neighbour(i)] = (
                'refer: whois.ripe.net\n\ninetnum: 84.0.0.0 - 84.255.255.255\n')
            self.registries.ripencc.answers[neighbour(i)] = (
                f'inetnum: 84.46.{i}.0 - 84.46.{i}.255\nnetname: NET-{i}\ncountry: DE\n')
        self.site = harness.Site(self.relay, self.registries, lookup={'deadline': f'{LONGEST}s'},
                                 budget={'ripencc': 'none'})
        self.site.look_at_all_facts()
        self.last = 0

    def login(self):
        """From a network that has not been seen before."""
        self.last += 1
        outcome = self.site.login(address=neighbour(self.last))
        self.assert_allowed(outcome)
        return outcome

    def assert_waits(self, outcome, least, most):
        self.assertTrue(least <= seconds(outcome) < most, outcome.audit)

    def assert_waits_long(self, outcome):
        self.assert_waits(outcome, GIVEN - 0.1, LONGEST + 0.1)
        self.assertEqual('partial', outcome.audit['facts'])

    def assert_waits_shortly(self, outcome):
        self.assert_waits(outcome, SHORT, SHORT + SLACK)
        self.assertEqual('partial', outcome.audit['facts'])

    def silence(self):
        """What is known: {source: logins}."""
        with sqlite3.connect(self.site.state / 'budget.db') as database:
            return dict(database.execute('SELECT source, logins FROM silence'))

    def assert_knows(self, address, name):
        """In the end."""
        wait_until(lambda: self.site.login(address=address).audit['net_name'] == name,
                   f'{name} is known')


class Resolver(Case):
    def test_the_fourth_login_waits_for_a_dead_one_a_fifth_of_a_second(self):
        self.relay.mute = lambda _name: True
        for count in (1, 2, 3):
            self.assert_waits_long(self.login())
            self.assertEqual({'dns': count}, self.silence())
        for _ in range(3):
            self.assert_waits_shortly(self.login())
        self.assertEqual({'dns': 3}, self.silence())

    def test_its_questions_go_on_behind_and_an_answer_reopens_it(self):
        self.relay.mute = lambda _name: True
        for _ in range(3):
            self.login()
        outcome = self.login()
        self.assert_waits_shortly(outcome)
        self.relay.mute = None
        # Nobody logs in but the process behind asks on.
        wait_until(lambda: self.silence() == {}, 'the nameserver is heard')
        self.assert_knows(neighbour(self.last), f'NET-{self.last}')
        outcome = self.login()
        self.assertEqual((f'NET-{self.last}', 'fresh'),
                         (outcome.audit['net_name'], outcome.audit['facts']))

    def test_failures_do_not_outlive_the_repair(self):
        self.relay.mute = lambda _name: True
        addresses = []
        for _ in range(5):
            self.login()
            addresses.append(neighbour(self.last))
        # What has failed just now is not waited for again,
        again = self.site.login(address=addresses[0])
        self.assertLess(seconds(again), SHORT + SLACK)
        self.assertEqual('partial', again.audit['facts'])
        self.relay.mute = None
        # and is known as soon as the nameserver has answered anybody.
        self.login()
        self.assertEqual({}, self.silence())
        for i, address in enumerate(addresses, 1):
            line = self.site.login(address=address).audit
            self.assertEqual((f'NET-{i}', f'h{i}.home.example'), (line['net_name'], line['host']))

    def test_one_that_answers_now_and_then_is_waited_for(self):
        self.relay.mute = lambda _name: True
        for _ in range(2):
            self.login()
        self.relay.mute = None
        self.login()
        self.assertEqual({}, self.silence())

    def test_a_mute_zone_is_no_silent_resolver(self):
        self.relay.mute = lambda name: name.endswith('in-addr.arpa')
        for _ in range(4):
            outcome = self.login()
            self.assert_waits_long(outcome)
            self.assertEqual(f'NET-{self.last}', outcome.audit['net_name'])
        self.assertEqual({}, self.silence())

    def test_nor_where_nothing_else_is_asked(self):
        """The attacker's zone is all that a login asks about: the resolver itself is asked then."""
        self.site.configure(lookup={'origin': 'none', 'registration': 'none'})
        self.relay.mute = lambda name: name.endswith('in-addr.arpa')
        for _ in range(4):
            self.assert_waits_long(self.login())
        self.assertEqual({}, self.silence())
        self.assertIn('', self.relay.asked())  # the root

    def test_the_administrator_sees_it_and_can_end_it(self):
        self.relay.mute = lambda _name: True
        for _ in range(3):
            self.login()
        shown = self.site.ctl('cache', 'servers')
        self.assertEqual((0, ''), (shown.returncode, shown.stderr))
        self.assertRegex(shown.stdout, r'(?m)^dns +3 logins +\d+ s ago +waited for 200 ms')
        self.assertEqual(0, self.site.ctl('cache', 'clear', '--failures').returncode)
        self.assertEqual({}, self.silence())
        self.assert_waits_long(self.login())


class Registry(Case):
    def test_its_server_is_waited_for_shortly_and_the_others_as_ever(self):
        self.registries.ripencc.manner = silently
        for count in (1, 2, 3):
            self.assert_waits_long(self.login())
            self.assertEqual({'whois ripencc': count}, self.silence())
        outcome = self.login()
        self.assert_waits_shortly(outcome)
        line = outcome.audit
        self.assertEqual(('AS64500', f'h{self.last}.home.example', 'None'),
                         (line['asn'], line['host'], line['net_name']))
        # Another registry's.
        self.registries.arin.manner = silently
        self.assert_waits_long(self.site.login(address=world.NEW_OUTLOOK))

    def test_an_answer_reopens_it(self):
        self.registries.ripencc.manner = silently
        for _ in range(4):
            self.login()
        self.registries.ripencc.manner = plainly
        wait_until(lambda: self.login().audit['facts'] == 'fresh', 'the registry answers')
        self.assertEqual({}, self.silence())

    def test_one_that_somebody_refers_to_is_no_source(self):
        stranger = self.registries.apnic
        stranger.manner = silently
        for i in range(40):
            self.registries.ripencc.answers[neighbour(i)] += (
                f'ReferralServer: whois://localhost:{stranger.port}\n')
        for _ in range(4):
            self.login()
        self.assertNotIn('localhost', str(self.silence()))
        self.assertEqual({}, self.silence())


class Behind(Case):
    def test_no_more_than_eight_processes_go_on_asking(self):
        self.relay.mute = lambda _name: True
        for _ in range(3):
            self.login()
        self.site.configure(lookup={'deadline': '20s'})
        most = 0
        for _ in range(12):
            self.login()
            most = max(most, len(self.behind()))
        self.assertTrue(4 <= most <= 8, most)
        self.relay.mute = None

    def behind(self):
        mine = f'--config\0{self.site.config}\0--background\0'.encode()
        found = set()
        for folder in pathlib.Path('/proc').glob('[0-9]*'):
            try:
                line = (folder / 'cmdline').read_bytes()
                parent = (folder / 'stat').read_text().rpartition(')')[2].split()[1]
            except OSError:
                continue
            if mine in line:
                found.add((int(folder.name), int(parent)))
        processes = {pid for pid, _ in found}
        return {pid for pid, parent in found if parent not in processes}


class Cached(Case):
    def test_a_cached_login_looks_at_no_silence(self):
        if os.geteuid() != 0:
            raise unittest.SkipTest('only root may trace it')
        self.login()
        address = neighbour(self.last)
        trace = self.site.folder / 'trace'
        self.site.login(address=address, limit='unlimited', under=[
            'strace', '-u', harness.project.account()[0], '-f', '-qq', '-o', str(trace), '-e',
            'trace=openat,open'])
        opened = trace.read_text()
        self.assertIn('cache.db', opened)
        self.assertNotIn('budget.db', opened)


if __name__ == '__main__':
    harness.main()

#!/usr/bin/env python3
"""No server is asked more often than it wants to be, by all processes together."""

import collections
import json
import sqlite3
import threading
import time

import harness
from harness import world
from harness.https import WebServer
from harness.process import wait_until

AS = '64496 | BR | lacnic | 2010-01-01 | EXAMPLE-AS, BR'
TOO_MUCH = '% LACNIC resource: whois.lacnic.net\n\n% Query rate limit exceeded\n'


def address(i, host=9):
    """An address of the i-th network, each of which is a registration of its own."""
    return f'177.{i // 250}.{i % 250}.{host}'


def network(i):
    name = address(i, 0)
    return (f'inetnum:     {name}/24\nowner:       Network {i}\nownerid:     BR-N{i}-LACNIC\n'
            'country:     BR\n')


def rdap(i):
    return json.dumps({'objectClassName': 'ip network', 'name': f'RDAP-{i}', 'country': 'BR',
                       'startAddress': address(i, 0), 'endAddress': address(i, 255),
                       'entities': [{'handle': f'BR-N{i}-LACNIC'}]})


def nameserver(count):
    dns = world.nameserver(zones=('localhost',))
    dns.record('localhost', 'A', '127.0.0.1')
    dns.description(AS)
    for i in range(count):
        dns.origin(address(i), f'64496 | {address(i, 0)}/24 | BR | lacnic | 2010-01-01')
    return dns.start()


class Banning:
    """A server's memory of who asks: `limit` questions in any `window` seconds, and then a ban."""

    def __init__(self, limit=10, window=60):
        self._limit, self._window = limit, window
        self._lock = threading.Lock()
        self.asked = []
        self.banned = False

    def __call__(self, connection, answer):
        with self._lock:
            now = time.monotonic()
            self.asked.append(now)
            recent = sum(1 for then in self.asked if then > now - self._window)
            self.banned = self.banned or recent > self._limit
            banned = self.banned
        connection.sendall(b'%ERROR:201: access denied\r\n' if banned else answer)


class Manners(harness.TestCase):
    networks = 3

    def setUp(self):
        super().setUp()
        self.dns = self.own(nameserver(self.networks))
        self.registries = self.own(world.registries())
        self.registries.lacnic.answers = {address(i): network(i) for i in range(self.networks)}

    def site(self, **sections):
        return harness.Site(self.dns, self.registries, **sections)

    def state(self, site, server='lacnic', service='whois'):
        shown = site.ctl('cache', 'servers', '--json')
        self.assertEqual((0, ''), (shown.returncode, shown.stderr))
        found = [each for each in json.loads(shown.stdout)['servers']
                 if (each['server'], each['service']) == (server, service)]
        self.assertEqual(1, len(found), shown.stdout)
        return found[0]

    def assert_unknown(self, outcome, *reasons):
        self.assert_allowed(outcome)
        self.assertEqual(('None', 'partial'), (outcome.audit['net_name'], outcome.audit['facts']))
        for reason in reasons:
            self.assertIn(reason, outcome.warnings)


class Lacnic(Manners):
    networks = 200

    def test_one_that_bans_after_ten_a_minute_is_never_asked_an_eleventh_time(self):
        lacnic = self.registries.lacnic.manner = Banning()
        for settings in ({}, {'budget': {'lacnic': '10/1m'}}):
            with self.subTest(settings):
                lacnic.asked.clear()
                site = self.site(lookup={'deadline': '60s'}, **settings)
                outcomes = harness.together(
                    self.networks, lambda i, site=site: site.login(address=address(i)))
                names = collections.Counter()
                for i, outcome in enumerate(outcomes):
                    self.assert_allowed(outcome)
                    line = outcome.audit
                    known = line['net_name'] == f'Network {i}'
                    names[known] += 1
                    if not known:
                        self.assert_unknown(outcome)
                    self.assertLess(float(line['took'].removesuffix('ms')), 60_000)
                budget = int(settings['budget']['lacnic'].split('/')[0]) if settings else 8
                self.assertEqual((budget, budget), (len(lacnic.asked), names[True]))
                self.assertFalse(lacnic.banned)
                warnings = [outcome.warnings for outcome in outcomes if outcome.warnings]
                self.assertIn('not asked: its budget', warnings[0])

    def test_without_a_state_folder_it_is_not_asked_and_all_else_goes_on(self):
        lacnic = self.registries.lacnic.manner = Banning()
        site = self.site(lookup={'deadline': '60s'})
        site.state.rmdir()
        for outcome in harness.together(60, lambda i: site.login(address=address(i))):
            self.assert_unknown(outcome, str(site.state), 'not asked: its budget is not known')
            self.assertEqual('AS64496', outcome.audit['asn'])
        self.assertEqual([], lacnic.asked)
        site.configure(budget={'lacnic': 'none'})
        self.assertEqual('Network 0', site.login(address=address(0)).audit['net_name'])


class Budget(Manners):
    def test_it_is_shared_by_all_processes_and_seen_by_the_administrator(self):
        site = self.site(budget={'lacnic': '2/1h'})
        for i in range(2):
            self.assertEqual(f'Network {i}', site.login(address=address(i)).audit['net_name'])
        self.assert_unknown(site.login(address=address(2)),
                            'not asked: its budget of 2/1h is used up until 2')
        self.assertEqual(2, len(self.registries.questions()))
        state = self.state(site)
        self.assertEqual(('used_up', [{'limit': '2/1h', 'asked': 2, 'most': 2}]),
                         (state['state'], state['limits']))
        self.assertIsNotNone(state['asked_last'])
        shown = site.ctl('cache', 'servers')
        self.assertEqual((0, ''), (shown.returncode, shown.stderr))
        self.assertRegex(shown.stdout, r'(?m)^lacnic +whois +2 of 2/1h +\d+ \w+ ago +used up until 2')
        self.assertRegex(shown.stdout, r'(?m)^arin +whois +0 of 120/1m +- +open$')

    def test_a_network_is_asked_for_again_when_the_budget_allows_it(self):
        site = self.site(budget={'lacnic': '1/4s'}, lookup={'deadline': '4s'},
                         cache={'negative_ttl': '1h'})
        self.assertEqual('Network 0', site.login(address=address(0)).audit['net_name'])
        self.assert_unknown(site.login(address=address(1)), 'its budget of 1/4s')
        wait_until(lambda: site.login(address=address(1)).audit['net_name'] == 'Network 1',
                   'the registration is known')

    def test_an_answer_past_its_time_serves_while_there_is_no_permit(self):
        site = self.site(budget={'lacnic': '1/1h'})
        self.assertEqual('Network 0', site.login(address=address(0)).audit['net_name'])
        with sqlite3.connect(site.state / 'cache.db') as database:
            database.execute('UPDATE entry SET learnt = learnt - 100000, expires = expires - 100000')
        database.close()
        self.assertEqual('Network 0', site.login(address=address(0)).audit['net_name'])
        self.assertEqual(1, len(self.registries.questions()))

    def test_none_is_no_limit(self):
        site = self.site(budget={'lacnic': 'none'})
        for i in range(3):
            self.assertEqual(f'Network {i}', site.login(address=address(i)).audit['net_name'])
        self.assertEqual(('open', []), tuple(self.state(site)[key] for key in ('state', 'limits')))

    def test_a_cached_login_touches_no_account(self):
        site = self.site(budget={'lacnic': '1/1h'})
        site.login(address=address(0))
        before = self.state(site)
        for _ in range(3):
            self.assertEqual('cached', site.login(address=address(0)).audit['facts'])
        self.assertEqual(before, self.state(site))

    def test_a_server_that_a_registry_refers_to_has_an_account_of_its_own(self):
        stranger = self.registries.apnic
        self.registries.lacnic.answers = {}
        arin = ('NetRange: 177.0.0.0 - 177.255.255.255\nNetName: WIDE\n'
                f'ReferralServer: whois://localhost.localdomain:{stranger.port}\n')
        self.registries.arin.answers = {address(0): arin}
        dns = world.nameserver(zones=('localdomain',))
        dns.origin(address(0), f'64496 | {address(0, 0)}/24 | US | arin | 2010-01-01')
        dns.description(AS)
        dns.record('localhost.localdomain', 'A', '127.0.0.1')
        site = harness.Site(self.own(dns.start()), self.registries)
        stranger.answers = {address(0): network(0)}
        self.assertEqual('Network 0', site.login(address=address(0)).audit['net_name'])
        self.assertEqual([{'limit': '20/1m', 'asked': 1, 'most': 20}],
                         self.state(site, f'localhost.localdomain:{stranger.port}')['limits'])


class TooMuch(Manners):
    def test_a_registry_that_says_so_is_left_alone_by_all_processes(self):
        site = self.site()
        self.registries.lacnic.answers[address(0)] = TOO_MUCH
        self.assert_unknown(site.login(address=address(0)),
                            "not now: '% Query rate limit exceeded'")
        for i in (1, 2):
            site.let_warn()
            self.assert_unknown(site.login(address=address(i)), 'it wants to be left alone until 2',
                                'Query rate limit exceeded')
        self.assertEqual(1, len(self.registries.questions()))
        state = self.state(site)
        self.assertEqual(('closed', "'% Query rate limit exceeded'"),
                         (state['state'], state['reason']))
        self.assertLess(state['since'], state['until'])
        shown = site.ctl('cache', 'servers').stdout
        self.assertRegex(shown, r'(?m)^lacnic +whois .* closed until \S+ \(\d+ min\): .*exceeded')


class OverRdap(Manners):
    """LACNIC's RDAP does not want to be asked; WHOIS is the other source."""

    locations = '''
    location /lacnic/retry/ { return 429; add_header Retry-After 1 always; }
    location /lacnic/hour/ { return 503; add_header Retry-After 3600 always; }
    location /lacnic/date/ { return 429;
                             add_header Retry-After "Fri, 31 Dec 2100 23:59:59 GMT" always; }
    location /lacnic/notice/ { return 200 '{"notices":[{"title":"Rate Limit Notice"}]}'; }
    location /lacnic/plain/ { root FILES; }
'''

    @classmethod
    def setUpClass(cls):
        cls.web = cls.share(WebServer(cls.locations))

    def rdap_site(self, folder, sources='rdap whois', **sections):
        self.web.forget()
        return self.site(lookup={'registration': sources},
                         rdap={'lacnic': f'{self.web.url}/lacnic/{folder}/', 'ca_file': self.web.ca},
                         **sections)

    def test_whois_takes_over_and_the_next_process_does_not_ask_rdap(self):
        for folder, reason in (('hour', 'HTTP status 503, try again in 3600 s'),
                               ('date', 'HTTP status 429, try again in'),
                               ('notice', "'Rate Limit Notice'")):
            with self.subTest(folder):
                site = self.rdap_site(folder)
                for i in range(3):
                    outcome = site.login(address=address(i))
                    self.assertEqual((f'Network {i}', ''),
                                     (outcome.audit['net_name'], outcome.warnings))
                self.assertEqual(1, len(self.web.asked(1)))
                self.assertEqual(0, self.web.waiting())
                state = self.state(site, service='rdap')
                self.assertEqual('closed', state['state'])
                self.assertIn(reason, state['reason'])
                self.assertEqual('open', self.state(site)['state'])

    def test_retry_after_is_kept_to_and_ends(self):
        site = self.rdap_site('retry', 'rdap')
        self.assert_unknown(site.login(address=address(0)), 'try again in 1 s')
        self.assertEqual(429, self.web.asked(1)[0].status)
        site.configure(rdap={'lacnic': f'{self.web.url}/lacnic/plain/'})
        folder = self.web.files / 'lacnic' / 'plain' / 'ip'
        folder.mkdir(parents=True, exist_ok=True)
        (folder / address(1)).write_text(rdap(1))
        wait_until(lambda: site.login(address=address(1)).audit['net_name'] == 'RDAP-1',
                   'RDAP is asked again')
        self.assertEqual(200, self.web.asked(1)[0].status)
        self.assertEqual('open', self.state(site, service='rdap')['state'])

    def test_rdap_and_whois_share_the_budget(self):
        site = self.rdap_site('hour', budget={'lacnic': '2/1h'})
        self.assertEqual('Network 0', site.login(address=address(0)).audit['net_name'])
        self.assert_unknown(site.login(address=address(1)), 'it wants to be left alone',
                            'not asked: its budget of 2/1h')


if __name__ == '__main__':
    harness.main()

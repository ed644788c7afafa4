#!/usr/bin/env python3
"""An answer about a network serves its other addresses only as far as it must be true for them; no
single network and nobody without a password uses a registry's budget up."""

import contextlib
import ipaddress
import json
import sqlite3
import time

import harness
from harness import whois, world
from harness.process import wait_until
from harness.site import NOWHERE

PARENT = '''inetnum:        52.97.246.0 - 52.97.255.255
netname:        PARENT-NET
country:        DE
mnt-by:         PARENT-MNT
source:         RIPE
'''
CUSTOMER = '''inetnum:        52.97.246.8 - 52.97.246.15
netname:        CUSTOMER-NET
country:        FR
mnt-by:         CUSTOMER-MNT
source:         RIPE
'''
IN_PARENT, OTHER_IN_PARENT, NEXT_BLOCK = '52.97.246.1', '52.97.246.200', '52.97.247.1'
CUSTOMERS = '52.97.246.9', '52.97.246.14'
AS = '64500 | DE | ripencc | 2004-04-21 | HOME-AS Home Broadband, DE'
OTHER_AS = '64501 | FR | ripencc | 2004-04-21 | CUSTOMER-AS Customer, FR'


class Site(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.dns = world.nameserver()
        self.dns.description(OTHER_AS)
        self.registries = self.own(world.registries())
        for address in (IN_PARENT, OTHER_IN_PARENT, NEXT_BLOCK):
            self.dns.origin(address, '64500 | 52.97.240.0/20 | DE | ripencc | 2004-04-21')
            self.registries.ripencc.answers[address] = PARENT
        for address in CUSTOMERS:
            self.dns.origin(address, '64501 | 52.97.246.8/29 | FR | ripencc | 2004-04-21')
            self.registries.ripencc.answers[address] = CUSTOMER
        self.own(self.dns.start())
        self.site = harness.Site(self.dns, self.registries, lookup={'reverse_dns': 'no'})

    def login(self, address, **how):
        return self.site.login(address=address, **how)

    def asked(self):
        return [question.split()[-1] for _, question in self.registries.questions()]

    def no_more_answers(self):
        """From now on nobody answers."""
        self.site.configure(dns={'nameserver': NOWHERE},
                            whois=dict.fromkeys(whois.REGISTRIES, NOWHERE))


class Siblings(Site):
    def test_a_listed_customer_is_refused_though_a_neighbour_s_answer_is_the_parent_network(self):
        for entry in (('entity.deny', 'CUSTOMER-MNT'), ('net_name.deny', 'CUSTOMER%-NET'),
                      ('net_cc.deny', 'FR'), ('asn.deny', 'AS64501'), ('as_cc.deny', 'FR'),
                      ('as_dscr.deny', 'CUSTOMER%-AS.*')):
            with self.subTest(entry):
                self.site = harness.Site(self.dns, self.registries, lookup={'reverse_dns': 'no'})
                self.site.list(*entry)
                self.assert_allowed(self.login(IN_PARENT))
                self.assertEqual(1, self.login(CUSTOMERS[0]).exit_code)
                self.assert_allowed(self.login(IN_PARENT))
                self.assertEqual(1, self.login(CUSTOMERS[1]).exit_code)

    def test_an_innocent_customer_is_not_refused_for_the_parent_network(self):
        for entry in (('entity.deny', 'PARENT-MNT'), ('net_name.deny', 'PARENT%-NET'),
                      ('net_cc.deny', 'DE'), ('asn.deny', 'AS64500'), ('as_cc.deny', 'DE'),
                      ('as_dscr.deny', 'HOME%-AS.*')):
            with self.subTest(entry):
                self.site = harness.Site(self.dns, self.registries, lookup={'reverse_dns': 'no'})
                self.site.list(*entry)
                self.assertEqual(1, self.login(IN_PARENT).exit_code)
                line = self.login(CUSTOMERS[0]).audit
                self.assertFalse(line.blocked)
                by_registration = entry[0].startswith(('entity', 'net_'))
                self.assertEqual('CUSTOMER-NET' if by_registration else 'AS64501',
                                 line['net_name' if by_registration else 'asn'])
                self.assertEqual(1, self.login(OTHER_IN_PARENT).exit_code)

    def test_each_address_is_asked_for_once_where_a_rule_looks_at_it(self):
        self.site.list('entity.deny', 'NOBODY-MNT')
        for _ in range(3):
            for address in (IN_PARENT, OTHER_IN_PARENT, *CUSTOMERS):
                self.assert_allowed(self.login(address))
        # The second customer's network lies within the block.
        self.assertEqual([IN_PARENT, OTHER_IN_PARENT, CUSTOMERS[0]], self.asked())

    def test_for_the_audit_line_alone_a_neighbour_s_answer_will_do(self):
        self.login(IN_PARENT)
        line = self.login(OTHER_IN_PARENT).audit
        self.assertEqual(('PARENT-NET', 'AS64500', 'cached'),
                         (line['net_name'], line['asn'], line['facts']))
        self.assertEqual([IN_PARENT], self.asked())
        self.login(NEXT_BLOCK)
        self.assertEqual([IN_PARENT, NEXT_BLOCK], self.asked())

    def test_where_its_own_answer_cannot_be_had_a_neighbour_s_refuses_and_never_exempts(self):
        self.login(IN_PARENT)
        self.no_more_answers()
        self.site.list('entity.deny', 'PARENT-MNT')
        outcome = self.login(OTHER_IN_PARENT)
        self.assert_denied(outcome, 'entity:PARENT-MNT')
        self.assertEqual('partial', outcome.audit['facts'])
        self.site.list('entity.deny', 'CUSTOMER-MNT')
        self.assert_allowed(self.login(OTHER_IN_PARENT))
        self.site.configure(general={'on_error': 'deny'})
        self.assert_denied(self.login(OTHER_IN_PARENT), 'on_error')
        self.site.list('net_name.allow', 'PARENT%-NET')
        self.assert_denied(self.login(OTHER_IN_PARENT), 'on_error')
        self.assert_allowed(self.login(IN_PARENT))

    def test_a_negated_clause_is_not_kept_from_holding_by_a_neighbour_s_answer(self):
        self.site.list('clients/c.client', 'Name: C', 'service=imap entity!=PARENT-MNT')
        clients = self.site.lists / 'clients'
        (clients / 'c.client.lst').rename(clients / 'c.client')
        self.site.configure(general={'on_error': 'deny'})
        self.assert_allowed(self.login(IN_PARENT))
        self.no_more_answers()
        self.assert_denied(self.login(OTHER_IN_PARENT), 'on_error')

    def test_the_administrator_sees_whose_answer_it_is(self):
        self.login(IN_PARENT)
        shown = self.site.ctl('check', OTHER_IN_PARENT, '--offline')
        self.assertRegex(shown.stdout, r"(?m)^ *neighbour's AS +AS64500 ")
        self.assertRegex(shown.stdout, r"(?m)^ *neighbour's network +PARENT-NET ")
        facts = json.loads(self.site.ctl('check', OTHER_IN_PARENT, '--offline', '--json').stdout)['facts']
        self.assertEqual(('not_asked', 'PARENT-NET'),
                         (facts['registration']['state'],
                          facts['provisional_registration']['value']['name']))
        facts = json.loads(self.site.ctl('check', IN_PARENT, '--offline', '--json').stdout)['facts']
        self.assertIsNone(facts['provisional_registration'])

    def test_a_customer_s_own_server_speaks_for_no_more_than_its_network(self):
        stranger = self.registries.apnic
        arin = ('NetRange: 52.97.246.8 - 52.97.246.15\nNetName: CUSTOMER-NET\n'
                f'ReferralServer: whois://localhost.localdomain:{stranger.port}\n')
        dns = world.nameserver(zones=('localdomain',))
        for address in (*CUSTOMERS, IN_PARENT):
            dns.origin(address, '64500 | 52.97.240.0/20 | US | arin | 2010-01-01')
            self.registries.arin.answers[address] = arin
            stranger.answers[address] = CUSTOMER.replace('.8 - 52.97.246.15', '.0 - 52.97.246.255')
        self.registries.arin.answers[IN_PARENT] = PARENT
        dns.record('localhost.localdomain', 'A', '127.0.0.1')
        site = harness.Site(self.own(dns.start()), self.registries, lookup={'reverse_dns': 'no'})
        site.list('entity.deny', 'CUSTOMER-MNT')
        self.assertEqual(1, site.login(address=CUSTOMERS[0]).exit_code)
        self.assert_allowed(site.login(address=IN_PARENT))
        self.assertEqual(1, site.login(address=CUSTOMERS[1]).exit_code)


class Eviction(harness.TestCase):
    """A cache that is full."""

    def test_one_network_does_not_push_out_what_is_known_of_the_others(self):
        dns, registries = world.nameserver(), self.own(world.registries())
        dns.description('64496 | BR | lacnic | 2010-01-01 | EXAMPLE-AS, BR')
        others = [f'177.{i}.0.9' for i in range(8)]
        for address in others:
            net = address.rsplit('.', 1)[0]
            dns.origin(address, f'64496 | {net}.0/24 | BR | lacnic | 2010-01-01')
            registries.lacnic.answers[address] = f'inetnum: {net}.0/24\nownerid: OTHER\ncountry: BR\n'
        site = harness.Site(self.own(dns.start()), registries, lookup={'reverse_dns': 'no'},
                            budget={'lacnic': 'none'}, cache={'max_entries': '200'})
        for address in others:
            self.assertEqual('fresh', site.login(address=address).audit['facts'])
        pruned = 'key = CAST(\'pruned\' AS BLOB)'
        wait_until(lambda: self.count(site, pruned) == 1, 'the first login has it pruned')
        later = int(time.time()) + 48 * 3600
        with contextlib.closing(sqlite3.connect(site.state / 'cache.db', timeout=30)) as cache, cache:
            # As logins from ever new addresses of one /48 leave them.
            cache.executemany('INSERT INTO entry SELECT ?, learnt, ?, source, value, checksum FROM entry'
                              ' WHERE length(key) = 7 LIMIT 1', [
                                  (b'6' + ipaddress.ip_address(f'2804:10::{i:x}').packed + b'\x80p',
                                   later) for i in range(1000)])
            cache.execute(f'UPDATE entry SET learnt = learnt - 3600 WHERE {pruned}')
        self.assert_allowed(site.login(address='177.9.0.9'))
        wait_until(lambda: self.count(site, 'key IS NOT NULL') <= 201, 'it is pruned')
        for address in others:
            self.assertEqual('cached', site.login(address=address).audit['facts'])

    @staticmethod
    def count(site, what):
        with contextlib.closing(sqlite3.connect(site.state / 'cache.db', timeout=30)) as cache:
            return cache.execute(f'SELECT count(*) FROM entry WHERE {what}').fetchone()[0]


class Budgets(harness.TestCase):
    """LACNIC, which allows ten questions a minute, and one network that has many addresses."""

    def setUp(self):
        super().setUp()
        self.dns = world.nameserver()
        self.dns.description('64496 | BR | lacnic | 2010-01-01 | EXAMPLE-AS, BR')
        self.registries = self.own(world.registries())
        self.wide = [f'2804:10:{i:x}::1' for i in range(1, 10)]
        self.others = [f'177.{i}.0.9' for i in range(8)]
        for address in self.wide:
            self.dns.origin(address, '64496 | 2804:10::/32 | BR | lacnic | 2010-01-01')
            self.registries.lacnic.answers[address] = (
                'inetnum:     2804:10::/32\nowner:       Wide\nownerid:     BR-WIDE-LACNIC\n'
                'country:     BR\n')
        for address in self.others:
            net = address.rsplit('.', 1)[0]
            self.dns.origin(address, f'64496 | {net}.0/24 | BR | lacnic | 2010-01-01')
            self.registries.lacnic.answers[address] = (
                f'inetnum:     {net}.0/24\nowner:       {net}\nownerid:     BR-OTHER-LACNIC\n'
                'country:     BR\n')
        self.own(self.dns.start())

    def host(self, **sections):
        return harness.Site(self.dns, self.registries, lookup={'reverse_dns': 'no'}, **sections)

    def asked(self):
        return [question.split()[-1] for _, question in self.registries.questions()]

    def test_one_allocation_gets_a_quarter_and_serves_itself_provisionally_after_that(self):
        site = self.host()
        site.list('entity.deny', 'BR-WIDE-LACNIC')
        for i, address in enumerate(self.wide[:8]):
            site.let_warn()
            outcome = site.login(address=address)
            self.assert_denied(outcome, 'entity:BR-WIDE-LACNIC')
            self.assertEqual('fresh' if i < 2 else 'partial', outcome.audit['facts'])
        self.assertEqual(self.wide[:2], self.asked())
        self.assertIn('its budget of 2/1m for 2804:10::/32 is used up until', outcome.warnings)
        for address in self.others[:6]:
            outcome = site.login(address=address)
            self.assertEqual(('BR', ''), (outcome.audit['net_cc'], outcome.warnings))
        self.assertEqual(8, len(self.asked()))

    def test_it_is_so_for_logins_that_come_all_at_once(self):
        site = self.host(budget={'lacnic': '8/1h'})
        outcomes = harness.together(8, lambda i: site.login(address=self.wide[i]))
        for outcome in outcomes:
            self.assert_allowed(outcome)
        self.assertEqual(2, len(self.asked()))
        for address in self.others[:6]:
            self.assertEqual('BR', site.login(address=address).audit['net_cc'])

    def test_an_allow_entry_is_not_satisfied_by_what_its_allocation_was_answered(self):
        site = self.host()
        site.list('entity.allow', 'BR-WIDE-LACNIC')
        site.list('asn.deny', 'AS64496')
        for address in self.wide[:2]:
            self.assert_allowed(site.login(address=address))
        self.assert_denied(site.login(address=self.wide[2]), 'asn')

    def test_two_hosts_share_it(self):
        redis = self.own(harness.Redis())
        hosts = [self.host(cache={'shared': redis.url(), 'shared_patience': '20s'})
                 for _ in range(2)]
        for site in hosts:
            site.list('entity.deny', 'BR-WIDE-LACNIC')
        for i, address in enumerate(self.wide[:8]):
            self.assert_denied(hosts[i % 2].login(address=address), 'entity:BR-WIDE-LACNIC')
        self.assertEqual(2, len(self.asked()))
        # A host that has asked for nothing of it finds what the others were answered.
        site = self.host(cache={'shared': redis.url(), 'shared_patience': '20s'})
        site.list('entity.deny', 'BR-WIDE-LACNIC')
        self.assert_denied(site.login(address=self.wide[8]), 'entity:BR-WIDE-LACNIC')
        self.assertEqual(2, len(self.asked()))

    def test_who_has_not_shown_a_password_gets_half(self):
        for shared in (False, True):
            with self.subTest(shared=shared):
                cache = {}
                if shared:
                    redis = self.own(harness.Redis())
                    cache = {'shared': redis.url(), 'shared_patience': '20s'}
                site = self.host(budget={'lacnic': '8/1h'}, cache=cache)
                before = len(self.asked())
                unproven = {'environment': {'CREDENTIALS_LOOKUP': '1', 'AUTHORIZED': '1',
                                            'AUTH_MECH': 'CRAM-MD5'}}
                for address in self.others[:6]:
                    site.let_warn()
                    outcome = site.login(address=address, **unproven)
                self.assertEqual(4, len(self.asked()) - before)
                self.assertIn('its budget of 4/1h for logins without a checked password',
                              outcome.warnings)
                with sqlite3.connect(site.state / 'cache.db') as database:
                    database.execute('DELETE FROM entry')
                database.close()
                for address in self.others[4:8]:
                    self.assertEqual('BR', site.login(address=address).audit['net_cc'])
                self.assertEqual(8, len(self.asked()) - before)


if __name__ == '__main__':
    harness.main()

#!/usr/bin/env python3
"""Logins that are refused for what RDAP and DNSBLs say, through a real Dovecot."""

import json

import harness
from harness import clients, world
from harness.audit import audit_lines
from harness.dns import reverse_name
from harness.https import WebServer
from harness.world import HOME, HOME_V6, MAIL_RU, NEW_OUTLOOK, SUGAR_MAIL

BLOCKLIST = 'bl.test'


def rdap(start, end, name, country, *handles):
    """As RFC 9083 has it; entities stand within entities, too."""
    inner = [{'objectClassName': 'entity', 'handle': handle} for handle in handles[1:]]
    return json.dumps({
        'rdapConformance': ['rdap_level_0'], 'objectClassName': 'ip network',
        'startAddress': start, 'endAddress': end, 'name': name, 'country': country,
        'entities': [{'objectClassName': 'entity', 'handle': handles[0], 'entities': inner}]})


class ThroughDovecot(harness.TestCase):
    def assert_refused(self, server, address, matched):
        """That the right password does not help from there; the audit line that says why."""
        log = server.log_of(lambda: self.assertFalse(self.login(server, address)))
        line, = audit_lines(log)
        self.assertEqual((True, matched), (line.blocked, line['matched']))
        return line

    @staticmethod
    def login(server, address):
        return clients.sasl_client(server, 'alice', server.users['alice'], address,
                                   service='imap').logged_in


class OverRdap(ThroughDovecot):
    """The registries' RDAP alone; nobody answers on port 43."""

    # ARIN sends on to the RIPE NCC, as it does where a network has moved.
    locations = '''
    location ~ ^/arin/(.*) { return 307 https://localhost:PORT/ripencc/$1; }
    location /ripencc/ { default_type application/rdap+json; }
'''

    def setUp(self):
        super().setUp()
        self.web = self.own(WebServer(self.locations))
        for address, text in (
                (SUGAR_MAIL, rdap('139.162.0.0', '139.162.255.255', 'EU-LINODE-20141229', 'US',
                                  'ORG-LL72-RIPE', 'linode-mnt', 'TA2589-RIPE')),
                (NEW_OUTLOOK, rdap('52.96.0.0', '52.111.255.255', 'MSFT', None, 'MSFT')),
                (HOME, rdap('84.46.0.0', '84.46.127.255', 'DE-HOME-20040421', 'DE',
                            'ORG-HOME1-RIPE')),
                (HOME_V6, rdap('2a02:8109::', '2a02:8109:ffff:ffff:ffff:ffff:ffff:ffff',
                               'DE-HOME-20090101', 'DE', 'ORG-HOME1-RIPE'))):
            self.serve(address, text)
        self.dns = self.own(world.nameserver(zones=('localhost',))
                            .record('localhost', 'A', '127.0.0.1').start())
        self.site = self.make_site()

    def serve(self, address, text):
        folder = self.web.files / 'ripencc' / 'ip'
        folder.mkdir(parents=True, exist_ok=True)
        (folder / address).write_text(text)

    def make_site(self):
        return harness.Site(self.dns, lookup={'registration': 'rdap'},
                            rdap={'ripencc': f'{self.web.url}/ripencc/',
                                  'arin': f'{self.web.url}/arin/', 'ca_file': self.web.ca})

    def test_each_list_about_registrations_refuses(self):
        server = self.own(harness.Dovecot(self.site))
        for name, entry, matched in (('net_name', "'eu-linode-20141229", 'net_name'),
                                     ('net_cc', 'US', 'net_cc'),
                                     ('entity', 'LINODE-MNT', 'entity:linode-mnt'),
                                     ('entity', 'ta2589-ripe', 'entity:TA2589-RIPE')):
            with self.subTest(name=name, entry=entry):
                self.assertTrue(self.login(server, SUGAR_MAIL))
                path = self.site.list(f'{name}.deny', entry)
                line = self.assert_refused(server, SUGAR_MAIL, matched)
                self.assertEqual(('EU-LINODE-20141229', 'US'), (line['net_name'], line['net_cc']))
                self.assertTrue(self.login(server, HOME))
                path.unlink()

    def test_ipv6_too(self):
        server = self.own(harness.Dovecot(self.site))
        self.site.list('net_name.deny', 'DE%-HOME%-2009.*')
        self.assert_refused(server, HOME_V6, 'net_name')
        self.assertTrue(self.login(server, HOME))

    def test_the_registry_that_another_one_sends_on_to_is_heard(self):
        server = self.own(harness.Dovecot(self.site))
        self.site.list('entity.deny', 'MSFT')
        self.assertEqual('None', self.assert_refused(server, NEW_OUTLOOK, 'entity:MSFT')['net_cc'])
        self.assertEqual([307, 200], [request.status for request in self.web.asked(2)])

    def test_one_question_a_network_over_http_2_and_none_for_its_other_addresses(self):
        neighbours = '139.162.133.1', '139.162.133.77'
        for first, last, questions in (('139.162.133.0', '139.162.133.255', 1),
                                       ('139.162.0.0', '139.162.255.255', 3)):
            # One that is wider than a block is asked for each address that a rule looks at.
            with self.subTest(first=first):
                site = self.make_site()
                for address in (SUGAR_MAIL, *neighbours):
                    self.serve(address, rdap(first, last, 'NET', 'US', 'ORG-LL72-RIPE'))
                site.list('net_cc.deny', 'US')
                server = self.own(harness.Dovecot(site))
                for address in (SUGAR_MAIL, neighbours[0], SUGAR_MAIL, neighbours[1]):
                    self.assert_refused(server, address, 'net_cc')
                self.assertEqual([(f'/ripencc/ip/{address}', 200, 'HTTP/2.0')
                                  for address in (SUGAR_MAIL, *neighbours)[:questions]],
                                 [(asked.path, asked.status, asked.protocol)
                                  for asked in self.web.asked(questions)])
                self.assertEqual(0, self.web.waiting())


class Blocklists(ThroughDovecot):
    """RFC 5782: an address is looked up backwards in the zone; 127.0.0.0/8 is a listing."""

    def setUp(self):
        super().setUp()
        dns = world.nameserver(zones=(BLOCKLIST, 'errors.test', 'good.test', 'blocked.test'))
        dns.record('*.blocked.test', 'A', '127.0.0.1')
        dns.record('252.133.162.139.' + BLOCKLIST, 'A', '127.0.0.4')
        dns.record('252.133.162.139.' + BLOCKLIST, 'TXT', '"https://bl.test/query/139.162.133.252"')
        dns.record(reverse_name(HOME_V6).replace('ip6.arpa', BLOCKLIST), 'A', '127.0.0.11')
        for name in ('252.133.162.139', '218.169.112.176', '17.0.46.84'):
            dns.record(f'{name}.errors.test', 'A', '127.255.255.254')
        dns.record('252.133.162.139.good.test', 'A', '127.0.0.2')
        self.site = harness.Site(self.own(dns.start()))

    def test_a_listing_refuses_and_says_why(self):
        self.site.list('dnsbl.deny', BLOCKLIST)
        server = self.own(harness.Dovecot(self.site))
        line = self.assert_refused(server, SUGAR_MAIL, f'dnsbl:{BLOCKLIST}')
        self.assertEqual('dnsbl.deny.lst:1', line['rule'])
        self.assert_refused(server, HOME_V6, f'dnsbl:{BLOCKLIST}')
        for address in (HOME, MAIL_RU):
            self.assertTrue(self.login(server, address))
        self.assertIn('https://bl.test/query/139.162.133.252',
                      self.site.ctl('check', SUGAR_MAIL).stdout)

    def test_only_the_codes_that_the_filter_names_refuse(self):
        server = self.own(harness.Dovecot(self.site))
        for entry, refused in ((f'{BLOCKLIST}=127.0.0.4', True), (f'{BLOCKLIST}=127.0.0.2', False),
                               (f'{BLOCKLIST}=127.0.0.[2;4..7]', True),
                               (f'{BLOCKLIST}=127.0.0.[5..9]', False)):
            with self.subTest(entry):
                self.site.list('dnsbl.deny', entry)
                if refused:
                    self.assert_refused(server, SUGAR_MAIL, f'dnsbl:{BLOCKLIST}')
                else:
                    self.assertTrue(self.login(server, SUGAR_MAIL))

    def test_a_resolver_that_blocks_the_zone_lists_nobody(self):
        """It answers 127.0.0.1 for everything, which is no listing (RFC 5782)."""
        server = self.own(harness.Dovecot(self.site))
        for entry in ('blocked.test', 'blocked.test=127.0.0.[0..255]'):
            with self.subTest(entry):
                self.site.list('dnsbl.deny', entry)
                for address in (SUGAR_MAIL, HOME, HOME_V6):
                    log = server.log_of(lambda a=address: self.assertTrue(self.login(server, a)))
                    line, = audit_lines(log)
                    self.assertFalse(line.blocked)
                self.assertIn('blocked.test: answers 127.0.0.1, which no DNSBL does',
                              self.site.ctl('check', SUGAR_MAIL).stdout)

    def test_an_allow_list_overrides(self):
        self.site.list('dnsbl.deny', BLOCKLIST)
        self.site.list('dnsbl.allow', 'good.test')
        server = self.own(harness.Dovecot(self.site))
        self.assertTrue(self.login(server, SUGAR_MAIL))
        self.assert_refused(server, HOME_V6, f'dnsbl:{BLOCKLIST}')

    def test_a_list_that_answers_with_an_error_locks_nobody_out_and_is_named(self):
        self.site.list('dnsbl.deny', 'errors.test')
        server = self.own(harness.Dovecot(self.site))
        for address in (SUGAR_MAIL, MAIL_RU, HOME):
            self.site.let_warn()
            log = server.log_of(lambda a=address: self.assertTrue(self.login(server, a)))
            self.assertIn('errors.test', log)
            self.assertIn('127.255.255.254', log)


if __name__ == '__main__':
    harness.main()

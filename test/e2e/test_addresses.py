#!/usr/bin/env python3
"""Addresses in all their forms, and the blocks that are never refused."""

import harness
from harness import world

# A block, an address in it, and its name in the audit line where the original's manual has one.
SPECIAL = (
    '0.0.0.1', '127.0.0.53', '169.254.1.1', '192.0.0.8', '192.0.2.55', '192.88.99.1', '198.18.0.1',
    '198.19.255.255', '198.51.100.7', '203.0.113.9', '224.0.0.251', '239.255.255.250',
    '255.255.255.255', '10.1.2.3', '172.16.0.1', '172.31.255.254', '192.168.178.20', '198.97.38.1',
    '100.64.0.1', '100.127.255.254', '240.0.0.1', '::', '::1', '64:ff9b:1::1', '100::1',
    '2001:2::1', '2001:db8::25', '3fff::1', '5f00::1', 'fc00::1', 'fd12:3456:789a::1', 'fe80::1',
    'fe80::1%eth0', 'ff02::1', '::ffff:10.1.2.3', '64:ff9b::10.1.2.3', '2002:a01:203::1')

ORDINARY = (
    '1.0.0.1', '11.0.0.1', '100.63.255.255', '100.128.0.1', '126.255.255.255', '128.0.0.1',
    '169.253.0.1', '172.15.255.255', '172.32.0.1', '191.255.255.255', '192.0.1.1', '192.0.3.1',
    '192.88.98.1', '192.167.1.1', '192.169.1.1', '198.17.255.255', '198.20.0.1', '198.51.99.1',
    '198.97.37.255', '198.97.39.0', '203.0.112.1', '203.0.114.1', '223.255.255.255',
    '2001:4860:4860::8888', '2a00:1450:4001:80b::200e', '2001:db7::1', '2001:db9::1', '2003::1')


class Addresses(harness.TestCase):
    def site(self, *networks, **general):
        site = harness.Site(general=general)
        site.list('ip_net.deny', *networks)
        return site

    def test_special_purpose_addresses_are_never_refused(self):
        site = self.site('0.0.0.0/0', '::/0', log_local='yes')
        for address in SPECIAL:
            with self.subTest(address):
                outcome = site.login(address=address)
                self.assert_allowed(outcome)
                line = outcome.audit
                self.assertEqual(('None', 'ZZ', 'IANA-RESERVED', 'ZZ', 'None'),
                                 (line['asn'], line['as_cc'], line['as_desc'], line['net_cc'],
                                  line['entity']))
                self.assertNotIn(line['net_name'], ('', 'None'))

    def test_the_addresses_next_to_them_are_ordinary(self):
        site = self.site('0.0.0.0/0', '::/0')
        for address in ORDINARY:
            with self.subTest(address):
                self.assert_denied(site.login(address=address), 'ip_net')

    def test_an_ipv4_address_is_the_same_in_all_its_forms(self):
        site = self.site('52.96.0.0/14')
        for form in ('52.97.246.245', '::ffff:52.97.246.245', '::FFFF:3461:F6F5',
                     '0:0:0:0:0:ffff:3461:f6f5', '64:ff9b::52.97.246.245', '64:ff9b::3461:f6f5',
                     '2002:3461:f6f5::1', '2002:3461:f6f5:1:2:3:4:5'):
            with self.subTest(form):
                self.assert_denied(site.login(address=form), 'ip_net')

    def test_the_address_that_is_carried_is_the_one_that_is_looked_up(self):
        dns = self.own(world.nameserver().start())
        registries = self.own(world.registries())
        site = harness.Site(dns, registries)
        for form in ('64:ff9b::139.162.133.252', '2002:8ba2:85fc::1'):
            with self.subTest(form):
                line = site.login(address=form).audit
                self.assertEqual(('node-eu-0001.email2-cloud.com', 'AS63949', 'EU-LINODE-20141229'),
                                 (line['host'], line['asn'], line['net_name']))

    def test_ipv6_networks_hold_their_addresses_and_no_others(self):
        site = self.site('2a02:8109:9a80::/48', '2a00:1450:4001:80b::200e')
        for address, denied in (('2a02:8109:9a80::', True), ('2a02:8109:9a80:ffff::1', True),
                                ('2A02:8109:9A80::ABCD', True), ('2a02:8109:9a81::', False),
                                ('2a02:8109:9a7f:ffff::', False),
                                ('2a00:1450:4001:80b::200e', True),
                                ('2a00:1450:4001:80b::200f', False)):
            with self.subTest(address):
                outcome = site.login(address=address)
                if denied:
                    self.assert_denied(outcome, 'ip_net')
                else:
                    self.assert_allowed(outcome)

    def test_an_ipv6_login_is_looked_up_like_any_other(self):
        dns = self.own(world.nameserver().start())
        registries = self.own(world.registries())
        line = harness.Site(dns, registries).login(address=world.HOME_V6).audit
        self.assertEqual(
            f'mail-audit: user=<alice>, service=imap, ip={world.HOME_V6}, '
            'host=h17.v6.home.example, asn=AS64500, as_cc=DE, '
            'as_desc=<HOME-AS Home Broadband, DE>, net_name=<DE-HOME-20090101>, net_cc=DE, '
            'entity=ORG-HOME1-RIPE, entity=HOME-MNT', line.as_the_original_wrote_it())

    def test_ignored_networks_are_neither_refused_nor_logged(self):
        site = self.site('0.0.0.0/0', '::/0', ignore_networks='52.96.0.0/14, 2a02:8109::/32')
        for address in ('52.97.246.245', '2a02:8109:9a80::1', '64:ff9b::52.97.246.245'):
            with self.subTest(address):
                outcome = site.login(address=address)
                self.assert_allowed(outcome)
                self.assertEqual('', outcome.stderr)
        self.assert_denied(site.login(address='139.162.133.252'), 'ip_net')

    def test_a_disabled_service_is_refused_from_everywhere(self):
        site = self.site(disabled_services='pop3, submission', ignore_networks='52.96.0.0/14',
                         log_local='yes')
        for address in ('52.97.246.245', '10.1.2.3', '139.162.133.252', None):
            for service, denied in (('pop3', True), ('submission', True), ('imap', False)):
                with self.subTest(service, address=address):
                    outcome = site.login(address=address, service=service)
                    self.assertEqual(int(denied), outcome.exit_code, outcome.stderr)


if __name__ == '__main__':
    harness.main()

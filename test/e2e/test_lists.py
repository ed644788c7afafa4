#!/usr/bin/env python3
"""One refused login for each kind of list, by exactly that list; and lists with faults in them."""

import harness
from harness import clients, world
from harness.audit import audit_lines
from harness.world import (GMAIL_POP, HOME, HOME_V6, MAIL_RU, NEW_OUTLOOK, SUGAR_MAIL)

CITY = {
    'city': {'geoname_id': 2925533, 'names': {'en': 'Frankfurt am Main'}},
    'subdivisions': [{'geoname_id': 2905330, 'iso_code': 'HE', 'names': {'en': 'Hesse'}}],
    'country': {'geoname_id': 2921044, 'iso_code': 'DE', 'names': {'en': 'Germany'}},
    'continent': {'geoname_id': 6255148, 'code': 'EU', 'names': {'en': 'Europe'}},
    'location': {'latitude': 50.1188, 'longitude': 8.6843, 'accuracy_radius': 20},
}
ASN = {'autonomous_system_number': 63949,
       'autonomous_system_organization': 'Akamai Connected Cloud'}

# list, entry, the address of a login that it refuses, matched=
CASES = (
    ('ip_net', '52.96.0.0/14', NEW_OUTLOOK, 'ip_net'),
    ('ip_net', '52.97.246.245', NEW_OUTLOOK, 'ip_net'),
    ('ip_net', '52.97.255.1/14   New Outlook, host bits set', NEW_OUTLOOK, 'ip_net'),
    ('ip_net', '52.96.0.0 - 52.99.255.255', NEW_OUTLOOK, 'ip_net'),
    ('ip_net', '52.97.246.240-52.97.246.250  a range that is no network', NEW_OUTLOOK, 'ip_net'),
    ('ip_net', '52.97.246.0/255.255.255.0', NEW_OUTLOOK, 'ip_net'),
    ('ip_net', '52.96.0.0/14;Exchange', NEW_OUTLOOK, 'ip_net'),
    ('ip_net', '2a02:8109:9a80::/48', HOME_V6, 'ip_net'),
    ('rev_host', 'rimap%d+%.i%.mail%.ru', MAIL_RU, 'rev_host'),
    ('rev_host', 'mail%-.+%-.+%.google%.com', GMAIL_POP, 'rev_host'),
    ('rev_host', "'RIMAP26.i.mail.ru", MAIL_RU, 'rev_host'),
    ('rev_host', '"rimap26.i.mail.ru', MAIL_RU, 'rev_host'),
    ('rev_host', '<>', NEW_OUTLOOK, 'rev_host'),
    ('asn', 'AS47764', MAIL_RU, 'asn'),
    ('asn', 'AS47764, VK', MAIL_RU, 'asn'),
    ('as_cc', 'NL', SUGAR_MAIL, 'as_cc'),
    ('as_dscr', 'AKAMAI%-LINODE.*', SUGAR_MAIL, 'as_dscr'),
    ('net_cc', 'US   their office', SUGAR_MAIL, 'net_cc'),
    ('net_name', 'EU%-LINODE%-20141229', SUGAR_MAIL, 'net_name'),
    ('net_name', '.*LINODE.*', SUGAR_MAIL, 'net_name'),
    ('entity', 'mail-ru', MAIL_RU, 'entity:MAIL-RU'),
    ('maxmind/as_org', '.*Connected Cloud', SUGAR_MAIL, 'maxmind:as_org'),
    ('maxmind/geo_loc', '2925533', SUGAR_MAIL, 'maxmind:geoloc_city'),
    ('maxmind/geo_loc', '2905330', SUGAR_MAIL, 'maxmind:geoloc_subdiv'),
    ('maxmind/geo_loc', '2921044', SUGAR_MAIL, 'maxmind:geoloc_country'),
    ('maxmind/coords', '50.0,8.5,100,0.5', SUGAR_MAIL, 'maxmind:geoloc'),
)


class ListKinds(harness.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dns = cls.share(world.nameserver().start())
        cls.registries = cls.share(world.registries())
        cls.maxmind = {
            'geo_city': harness.write_mmdb('city.mmdb', 'GeoLite2-City', {'139.162.0.0/16': CITY}),
            'geo_asn': harness.write_mmdb('asn.mmdb', 'GeoLite2-ASN', {'139.162.0.0/16': ASN})}

    def site(self, **sections):
        return harness.Site(self.dns, self.registries, maxmind=self.maxmind, **sections)

    def test_each_list_refuses_what_it_names_and_nothing_else(self):
        for name, entry, address, matched in CASES:
            with self.subTest(list=name, entry=entry):
                site = self.site()
                site.list(f'{name}.deny', '-- a comment', '', '  # another', entry)
                refused = site.login(address=address)
                self.assert_denied(refused, matched)
                self.assertEqual(f'{name}.deny.lst:4', refused.audit['rule'])
                self.assertEqual('', refused.warnings)
                other = HOME if address != HOME else MAIL_RU
                self.assert_allowed(site.login(address=other))

    def test_names_of_users_come_from_a_file_and_a_change_of_it_counts_at_once(self):
        site = self.site()
        (site.lists / 'groups').mkdir()
        staff = site.lists / 'groups/staff'
        staff.write_text('# who\nAlice\n')
        site.list('user.allow', '@groups/vips')
        (site.lists / 'groups/vips').write_text('carol\n')
        (site.lists / 'clients').mkdir()
        (site.lists / 'clients/abroad.client').write_text(
            'Name: Abroad\n\nuser=@groups/staff asn=AS47764\n')
        refused = site.login('alice', MAIL_RU)
        self.assert_denied(refused, 'client')
        self.assertEqual('clients/abroad.client:3', refused.audit['rule'])
        self.assert_allowed(site.login('bob', MAIL_RU))
        staff.write_text('# who\nbob\ncarol\n')
        self.assert_denied(site.login('Bob', MAIL_RU), 'client')
        self.assert_allowed(site.login('alice', MAIL_RU))
        exempt = site.login('carol', MAIL_RU)
        self.assertEqual(('user', 'groups/vips:1'), (exempt.audit['matched'], exempt.audit['rule']))
        staff.unlink()  # what it said last counts
        gone = site.login('bob', MAIL_RU)
        self.assert_denied(gone, 'client')
        self.assertIn('groups/staff: cannot be read', gone.warnings)
        lint = site.ctl('lint')
        self.assertEqual(1, lint.returncode)
        self.assertIn('groups/staff: error: cannot be read', lint.stdout)

    def test_every_as_that_announces_a_network_counts_and_the_line_names_the_one_that_matched(self):
        dns = world.nameserver()
        dns.origin('81.169.1.1', '64500 64510 | 81.169.0.0/17 | DE | ripencc | 2004-04-21')
        dns.description('64510 | DE | ripencc | 2004-04-21 | OTHER-AS - Other GmbH, DE')
        dns = self.own(dns.start())
        site = harness.Site(dns, self.registries, maxmind=self.maxmind)
        first = site.login(address='81.169.1.1')
        self.assert_allowed(first)
        self.assertEqual(('AS64500', 'HOME-AS Home Broadband, DE'),
                         (first.audit['asn'], first.audit['as_desc']))
        for name, entry in (('asn', 'AS64510'), ('as_dscr', 'OTHER%-AS .*'),
                            ('as_dscr', "'OTHER-AS, DE")):
            with self.subTest(list=name, entry=entry):
                path = site.list(f'{name}.deny', entry)
                refused = site.login(address='81.169.1.1')
                self.assert_denied(refused, name)
                self.assertEqual(('AS64510', 'OTHER-AS - Other GmbH, DE', 'cached'),
                                 (refused.audit['asn'], refused.audit['as_desc'],
                                  refused.audit['facts']))
                path.unlink()

    def test_thousands_of_networks_with_host_bits_are_no_trouble(self):
        site = harness.Site()
        site.list('ip_net.deny', *(f'20.{i // 256}.{i % 256}.1/24' for i in range(10_001)))
        refused = site.login(address='20.1.2.3')
        self.assert_denied(refused, 'ip_net')
        self.assertEqual('', refused.warnings)
        self.assertEqual('', site.login(address=HOME).warnings)
        lint = site.ctl('lint')
        self.assertEqual(0, lint.returncode)
        self.assertEqual('1 list, 10001 entries, 0 errors, 0 warnings, 10001 notes',
                         lint.stdout.splitlines()[-1])

    def test_each_list_refuses_through_dovecot(self):
        site = self.site()
        server = self.own(harness.Dovecot(site))
        for name, entry, address, matched in CASES:
            with self.subTest(list=name, entry=entry):
                def login(to=address):
                    return clients.sasl_client(server, 'alice', server.users['alice'], to,
                                               service='imap').logged_in
                self.assertTrue(login())
                path = site.list(f'{name}.deny', entry)
                log = server.log_of(lambda f=login: self.assertFalse(f()))
                path.unlink()
                line, = audit_lines(log)
                self.assertEqual((True, matched), (line.blocked, line['matched']))

    def test_a_deny_folder_is_read_as_if_it_stood_at_the_end_of_the_list(self):
        site = self.site()
        site.list('ip_net.deny', '10.0.0.0/8')
        site.list('ip_net.deny.d/outlook.lst', '# from Microsoft', '52.96.0.0/14')
        refused = site.login(address=NEW_OUTLOOK)
        self.assert_denied(refused, 'ip_net')
        self.assertEqual('ip_net.deny.d/outlook.lst:2', refused.audit['rule'])

    def test_a_pattern_must_match_the_whole_value(self):
        site = self.site()
        site.list('net_name.deny', 'LINODE', 'EU', 'EU%-LINODE')
        site.list('rev_host.deny', 'email2%-cloud', '%.com')
        self.assert_allowed(site.login(address=SUGAR_MAIL))

    def test_an_allow_entry_overrides_every_deny_list(self):
        site = self.site()
        site.list('net_name.deny', 'VK.*')
        site.list('ip_net.deny', '176.112.168.0/21')
        site.list('ip_net.allow', '176.112.169.218')
        self.assert_allowed(site.login(address=MAIL_RU))
        self.assert_denied(site.login(address='176.112.169.219'), 'ip_net')

    def test_lists_are_tried_in_the_order_of_the_manual(self):
        site = self.site(general={'disabled_services': 'pop3'})
        # Of lists that refuse, the first counts that is compared: all facts are known here.
        self.assert_allowed(site.login(address=SUGAR_MAIL))
        for name, entry in (('ip_net', '139.162.0.0/16'), ('rev_host', '.*'), ('asn', 'AS63949'),
                            ('as_cc', 'NL'), ('as_dscr', '.*'), ('net_cc', 'US'),
                            ('net_name', '.*'), ('entity', 'linode-mnt'),
                            ('maxmind/as_org', '.*')):
            site.list(f'{name}.deny', entry)
        self.assert_denied(site.login(address=SUGAR_MAIL, service='pop3'), 'service')
        for name, matched in (('ip_net', 'ip_net'), ('rev_host', 'rev_host'), ('asn', 'asn'),
                              ('as_cc', 'as_cc'), ('as_dscr', 'as_dscr'), ('net_cc', 'net_cc'),
                              ('net_name', 'net_name'), ('entity', 'entity:linode-mnt'),
                              ('maxmind/as_org', 'maxmind:as_org')):
            with self.subTest(name):
                self.assert_denied(site.login(address=SUGAR_MAIL), matched)
                (site.lists / f'{name}.deny.lst').unlink()
        self.assert_allowed(site.login(address=SUGAR_MAIL))

    def test_windows_line_ends_and_a_byte_order_mark_do_no_harm(self):
        for name, entry, address, matched in (
                ('ip_net', b'52.96.0.0/14', NEW_OUTLOOK, 'ip_net'),
                ('rev_host', b'rimap26%.i%.mail%.ru', MAIL_RU, 'rev_host'),
                ('as_cc', b'NL', SUGAR_MAIL, 'as_cc'),
                ('entity', b'MAIL-RU', MAIL_RU, 'entity:MAIL-RU')):
            with self.subTest(name):
                site = self.site()
                site.list(f'{name}.deny', b'\xef\xbb\xbf' + entry + b'\r\n')
                outcome = site.login(address=address)
                self.assert_denied(outcome, matched)
                self.assertEqual('', outcome.warnings)

    def test_a_last_line_without_its_end_counts(self):
        site = self.site()
        site.list('ip_net.deny', b'10.0.0.0/8\n52.96.0.0/14')
        self.assert_denied(site.login(address=NEW_OUTLOOK), 'ip_net')


class BadLists(harness.TestCase):
    """A bad line is named, and the others still work."""

    @classmethod
    def setUpClass(cls):
        cls.dns = cls.share(world.nameserver().start())
        cls.registries = cls.share(world.registries())

    def site(self, **sections):
        return harness.Site(self.dns, self.registries, **sections)

    def assert_named(self, text, *places):
        for place in places:
            self.assertIn(place, text)

    def test_bad_lines_are_named_by_file_and_line_and_the_others_work(self):
        for name, bad, good, address, matched in (
                ('ip_net', '52.96.0.0/33', '52.96.0.0/14', NEW_OUTLOOK, 'ip_net'),
                ('ip_net', '52.96.0.*', '52.96.0.0/14', NEW_OUTLOOK, 'ip_net'),
                ('ip_net', 'outlook.com', '52.96.0.0/14', NEW_OUTLOOK, 'ip_net'),
                ('ip_net', '2a02:8109::/129', '52.96.0.0/14', NEW_OUTLOOK, 'ip_net'),
                ('rev_host', 'rimap%', 'rimap.*', MAIL_RU, 'rev_host'),
                ('rev_host', 'rimap[', 'rimap.*', MAIL_RU, 'rev_host'),
                ('asn', 'ASx', 'AS47764', MAIL_RU, 'asn'),
                ('asn', 'AS99999999999', 'AS47764', MAIL_RU, 'asn'),
                ('as_cc', '12', 'NL', SUGAR_MAIL, 'as_cc'),
                ('as_cc', 'XQ', 'NL', SUGAR_MAIL, 'as_cc'),
                ('as_dscr', '(unclosed', 'AKAMAI.*', SUGAR_MAIL, 'as_dscr')):
            with self.subTest(list=name, bad=bad):
                site = self.site()
                site.list(f'{name}.deny', good.replace(good, '# first'), bad, good)
                outcome = site.login(address=address)
                self.assert_denied(outcome, matched)
                self.assertEqual(f'{name}.deny.lst:3', outcome.audit['rule'])
                lint = site.ctl('lint')
                self.assertEqual(1, lint.returncode)
                self.assert_named(lint.stdout + lint.stderr, f'{name}.deny.lst:2')

    def test_a_bad_line_is_named_on_a_login_too(self):
        site = self.site()
        site.list('ip_net.deny', '52.96.0.0/33')
        outcome = site.login(address=NEW_OUTLOOK)
        self.assert_allowed(outcome)
        self.assert_named(outcome.warnings, 'ip_net.deny.lst:1', '52.96.0.0/33')

    def test_a_list_that_is_a_folder_is_named_and_the_others_work(self):
        site = self.site()
        (site.lists / 'rev_host.deny.lst').mkdir()
        site.list('ip_net.deny', '52.96.0.0/14')
        outcome = site.login(address=NEW_OUTLOOK)
        self.assert_denied(outcome, 'ip_net')
        self.assert_named(outcome.warnings, 'rev_host.deny.lst')

    def test_a_list_that_cannot_be_read_is_named_and_the_others_work(self):
        site = self.site()
        site.list('rev_host.deny', '.*').chmod(0)
        site.list('ip_net.deny', '52.96.0.0/14')
        outcome = site.login(address=NEW_OUTLOOK)
        self.assert_denied(outcome, 'ip_net')
        self.assert_named(outcome.warnings, 'rev_host.deny.lst')

    def test_a_list_path_that_does_not_exist_is_named_and_the_login_goes_on(self):
        site = self.site(general={'list_path': '/nonexistent/lists'})
        outcome = site.login(address=NEW_OUTLOOK)
        self.assert_allowed(outcome)
        self.assert_named(outcome.warnings, '/nonexistent/lists')

    def test_a_pattern_that_lua_gives_up_on_matches_nothing_and_the_next_line_counts(self):
        site = self.site()
        site.list('rev_host.deny', '(' * 40 + '.*' + ')' * 40, '.*%f', 'rimap.*')
        outcome = site.login(address=MAIL_RU)
        self.assert_denied(outcome, 'rev_host')
        self.assertEqual('rev_host.deny.lst:3', outcome.audit['rule'])

    def test_junk_in_a_list_is_no_crash(self):
        site = self.site()
        site.list('ip_net.deny', bytes(range(256)) * 40 + b'\n52.96.0.0/14\n')
        site.list('rev_host.deny', b'\xff\xfe\0\0%\n' * 100)
        outcome = site.login(address=NEW_OUTLOOK)
        self.assert_denied(outcome, 'ip_net')

    def test_one_line_of_ten_megabytes_is_no_crash(self):
        site = self.site()
        site.list('rev_host.deny', b'x' * 10_000_000 + b'\nrimap.*\n')
        self.assert_denied(site.login(address=MAIL_RU), 'rev_host')


class BackReferences(harness.TestCase):
    """Patterns whose work has a limit: %1 repeats what a part before has matched."""

    # 7 of the 10 million steps for that name.
    PATTERN = r'(.*).*(.*).*%1%2b%.example'
    NAME = '.'.join(['a' * 40] * 3 + ['b.example'])
    ADDRESS = '84.46.0.99'

    def site(self, name, **general):
        dns = world.nameserver(zones=['b.example'])
        dns.reverse(self.ADDRESS, name)
        dns.record(name, 'A', self.ADDRESS)
        self.own(dns.start())
        return harness.Site(dns, general=general)

    def test_a_client_switches_off_no_pattern_of_another_field(self):
        site = self.site('foo.foo.b.example', on_error='deny')
        site.list('rev_host.deny', r'(%a+)%.%1%.b%.example')
        site.list('client_id.deny', r'.*(%w+).*(%w+).*%1X%2.*')
        for client_id in ('"name" "x"', 'X' + 'a' * 200):
            for _ in range(2):
                outcome = site.login(address=self.ADDRESS,
                                     environment={'AUTH_CLIENT_ID': client_id})
                self.assert_denied(outcome, 'rev_host')

    def test_each_login_decides_alike_and_check_says_the_same(self):
        site = self.site(self.NAME)
        site.list('rev_host.deny', self.PATTERN)
        for _ in range(4):
            outcome = site.login(address=self.ADDRESS)
            self.assert_denied(outcome, 'rev_host')
            self.assertNotIn('too much work', outcome.warnings)
        checked = site.ctl('check', self.ADDRESS)
        self.assertIn('rev_host.deny.lst:1', checked.stdout)
        self.assertIn('matched=rev_host', checked.stdout)
        site = self.site(self.NAME)
        site.list('rev_host.allow', self.PATTERN)
        site.list('ip_net.deny', self.ADDRESS)
        for _ in range(4):
            self.assert_allowed(site.login(address=self.ADDRESS))

    def test_what_is_too_much_work_is_told_and_on_error_speaks(self):
        name = '.'.join(['a' * 60] * 3 + ['b.example'])
        for on_error, code in (('allow', 0), ('deny', 1), ('tempfail', 111)):
            site = self.site(name, on_error=on_error)
            site.list('rev_host.deny', r'(.*).*(.*).*%1%2x?b%.example')
            for _ in range(2):
                outcome = site.login(address=self.ADDRESS)
                self.assertEqual(code, outcome.exit_code)
                self.assertIn('too much work', outcome.warnings)
                self.assertEqual(code != 0, 'matched=on_error' in outcome.stderr)
            checked = site.ctl('check', self.ADDRESS)
            self.assertIn('too much work', checked.stderr)
            self.assertEqual(code != 0, 'matched=on_error' in checked.stdout)


if __name__ == '__main__':
    harness.main()

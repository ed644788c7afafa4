#!/usr/bin/env python3
"""GeoIP databases: whole, partial, missing, broken."""

import harness
from harness import project
from harness.audit import audit_lines
from harness.world import HOME, SUGAR_MAIL
from test_lists import ASN, CITY

SHARED = project.ROOT.parent / 'shared' / 'data' / 'mmdb'


class GeoIp(harness.TestCase):
    def site(self, city=None, asn=None, **sections):
        maxmind = {'geo_city': city, 'geo_asn': asn}
        return harness.Site(maxmind={k: v for k, v in maxmind.items() if v}, **sections)

    def databases(self, city=CITY, asn=ASN):
        return {'city': harness.write_mmdb('city.mmdb', 'GeoLite2-City', {'139.162.0.0/16': city}),
                'asn': harness.write_mmdb('asn.mmdb', 'GeoLite2-ASN', {'139.162.0.0/16': asn})}

    def test_a_second_line_shows_what_the_databases_know(self):
        outcome = self.site(**self.databases()).login(address=SUGAR_MAIL)
        line, = audit_lines(outcome.stderr, 'mail-audit-maxmind')
        self.assertEqual(
            f'mail-audit-maxmind: user=<alice>, service=imap, ip={SUGAR_MAIL}, asn=AS63949, '
            'as_org=<Akamai Connected Cloud>, city=<Frankfurt am Main/2925533>, '
            'subdivision[0]=<Hesse/2905330>, country=<DE/2921044>, continent=<EU/6255148>, '
            'registered_country=<>, lat=50.118800, lon=8.684300, rad=20km', line.text)
        self.assertEqual(1, len(audit_lines(outcome.stderr)))
        self.assertEqual('', outcome.warnings)

    def test_there_is_no_second_line_without_databases_or_with_enable_maxmind_off(self):
        for site in (self.site(), self.site(general={'enable_maxmind': 'no'}, **self.databases())):
            site.list('maxmind/geo_loc.deny', '2921044')
            outcome = site.login(address=SUGAR_MAIL)
            self.assert_allowed(outcome)
            self.assertEqual([], audit_lines(outcome.stderr, 'mail-audit-maxmind'))

    def test_the_as_of_the_database_counts_for_the_asn_list(self):
        site = self.site(**self.databases())
        site.list('asn.deny', 'AS63949')
        self.assert_denied(site.login(address=SUGAR_MAIL), 'asn')

    def test_an_address_that_the_databases_do_not_have_is_no_trouble(self):
        site = self.site(**self.databases())
        site.list('maxmind/geo_loc.deny', '2921044')
        outcome = site.login(address=HOME)
        self.assert_allowed(outcome)
        self.assertEqual('', outcome.warnings)

    def test_missing_fields_are_just_missing(self):
        for city in ({}, {'country': CITY['country']}, {'location': {'latitude': 50.0}},
                     {'subdivisions': []}, {'city': {'names': {'en': 'Nameless'}}}):
            with self.subTest(city):
                site = self.site(**self.databases(city=city, asn={}))
                site.list('maxmind/geo_loc.deny', '2925533')
                site.list('maxmind/coords.deny', '50,8,1000,0.1')
                site.list('maxmind/as_org.deny', 'Akamai.*')
                outcome = site.login(address=SUGAR_MAIL)
                self.assert_allowed(outcome)
                self.assertEqual('', outcome.warnings)

    def test_circles_overlap_as_the_originals_example_says(self):
        # Two circles of 100 km, whose overlap is about 50 % of the radius.
        circle = {'latitude': 37.977529, 'longitude': -48.2432889, 'accuracy_radius': 100}
        for share, refused in ((0.45, True), (0.55, False)):
            with self.subTest(share):
                site = self.site(**self.databases(city={'location': circle}))
                site.list('maxmind/coords.deny', f'38.741104,-49.6676859,100,{share}')
                self.assertEqual(int(refused), site.login(address=SUGAR_MAIL).exit_code)

    def test_a_database_that_is_missing_broken_or_of_another_kind_is_a_warning(self):
        whole = self.databases()
        junk = project.temporary_folder('junk')
        (junk / 'empty.mmdb').write_bytes(b'')
        (junk / 'rubbish.mmdb').write_bytes(b'rubbish' * 5000)
        (junk / 'short.mmdb').write_bytes(whole['city'].read_bytes()[:700])
        (junk / 'folder.mmdb').mkdir()
        for path in ('/nonexistent/city.mmdb', *sorted(junk.iterdir()), whole['asn']):
            with self.subTest(path):
                site = self.site(city=path, asn=whole['asn'])
                site.list('ip_net.deny', '139.162.0.0/16')
                site.list('maxmind/geo_loc.deny', '2921044')
                self.assert_denied(site.login(address=SUGAR_MAIL), 'ip_net')
                outcome = site.login(address='139.163.0.1')
                self.assert_allowed(outcome)
                self.assertIn(str(path), outcome.warnings)

    def test_maxminds_own_test_databases_are_read_and_the_broken_ones_survived(self):
        if not SHARED.is_dir():
            self.skipTest(f'{SHARED} is not there')
        site = self.site(city=SHARED / 'GeoLite2-City-Test.mmdb',
                         asn=SHARED / 'GeoLite2-ASN-Test.mmdb')
        site.list('maxmind/geo_loc.deny', '2643743')  # London
        self.assert_denied(site.login(address='81.2.69.160'), 'maxmind:geoloc_city')
        for path in sorted(SHARED.glob('*Broken*')) + sorted(SHARED.glob('*broken*')) + sorted(
                SHARED.glob('*Invalid*')):
            with self.subTest(path.name):
                site = self.site(city=path)
                for address in ('81.2.69.160', '2.2.3.1', '1.1.1.1', '2001:220::', HOME):
                    self.assert_allowed(site.login(address=address))


if __name__ == '__main__':
    harness.main()

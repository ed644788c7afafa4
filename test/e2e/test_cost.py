#!/usr/bin/env python3
"""A login stays cheap: instructions of a cached one, and memory."""

import json
import os
import sys
import unittest

import harness
from harness import callgrind, memory, project

sys.path.insert(0, str(project.ROOT / 'test' / 'bench'))
import cost
from sites import ALLOWED, Sites

LARGE = 100_000_000  # bytes of the GeoIP database
CITY = {'84.46.0.0/16': {'city': {'geoname_id': 2911298, 'names': {'en': 'Hamburg'}},
                         'country': {'iso_code': 'DE'}}}


class Instructions(harness.TestCase):
    def test_a_cached_login_costs_what_it_cost_before(self):
        kept = json.loads(cost.KEPT.read_text())
        here = cost.as_kept(cost.surroundings())
        if here != kept['surroundings']:
            self.skipTest(f"the numbers are for {kept['surroundings']}, and this is {here}")
        found = cost.measure()
        for case, before in kept['instructions'].items():
            with self.subTest(case):
                self.assertAlmostEqual(1.0, found[case] / before, delta=0.05, msg=(
                    f'{found[case]:,} instructions, and {before:,} before. If there is a reason: '
                    f'python3 test/bench/cost.py --renew'))

    def test_neither_long_lists_nor_a_full_cache_make_it_dearer(self):
        found = cost.measure()
        few, many = found['allowed'], found[f'allowed, {cost.SOME} networks and cached answers']
        self.assertLess(many, 1.1 * few)

    def test_nor_do_files_of_names(self):
        few = cost.measure()['allowed']
        sites = Sites()
        self.addCleanup(sites.stop)
        site = sites.make(names_in_files=10_000)
        self.assertLess(callgrind.instructions(site, ALLOWED)[0], 1.1 * few)

    def test_nor_do_patterns_and_client_rules_that_need_some_text(self):
        few = cost.measure()['allowed']
        sites = Sites()
        self.addCleanup(sites.stop)
        for many in ({'patterns_in_lists': 10_000}, {'client_rules': 10_000}):
            with self.subTest(many):
                site = sites.make(**many)
                self.assertLess(callgrind.instructions(site, ALLOWED)[0], 1.3 * few)


class Memory(harness.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.sites = Sites()
        cls.addClassCleanup(cls.sites.stop)
        # With room of which no page is ever touched before its last part: the database's size.
        cls.city = harness.write_mmdb('city.mmdb', 'GeoLite2-City', CITY)
        content = cls.city.read_bytes()
        end = content.rindex(b'\xab\xcd\xefMaxMind.com')
        with open(cls.city, 'wb') as file:
            file.write(content[:end])
            file.seek(LARGE - len(content) + end)
            file.write(content[end:])

    @unittest.skipUnless(os.geteuid() == 0, 'only root may look at its memory')
    def test_it_has_less_than_8_mb_to_itself_with_a_geoip_database_of_100_mb(self):
        site = self.sites.make(10_000, 10_000, {'geo_city': self.city})
        self.assertLess(memory.private_kib(site, ALLOWED), 8 * 1024)

    @unittest.skipUnless(os.geteuid() == 0, 'only root may look at its memory')
    def test_no_geoip_database_stays_mapped_to_the_end(self):
        # Pages of a mapped file count as its own, and a real one's look-ups touch many.
        site = self.sites.make(geoip={'geo_city': self.city})
        mapped = memory.mapped_files(site, ALLOWED)
        self.assertTrue(any(path.endswith('/badclients') for path in mapped), mapped)
        self.assertEqual([], [path for path in mapped if path.endswith('.mmdb')])

    def test_a_geoip_database_of_100_mb_fits_into_dovecots_limit_on_address_space(self):
        site = self.sites.make(geoip={'geo_city': self.city})
        outcome = site.login(address=ALLOWED, limit='262144')
        self.assert_allowed(outcome)
        self.assertIn('city=<Hamburg', outcome.stderr)


if __name__ == '__main__':
    harness.main()

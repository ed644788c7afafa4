#!/usr/bin/env python3
"""badclientsctl cache clear and check --refresh: what was learnt, or could not be had, is asked for
anew."""

import harness
from harness import world
from harness.world import HOME, SUGAR_MAIL


class Forget(harness.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dns = cls.share(world.nameserver().start())

    def setUp(self):
        super().setUp()
        self.registries = self.own(world.registries())
        self.relay = self.own(harness.DnsRelay(self.dns))
        self.site = harness.Site(self.relay, self.registries)

    def ctl(self, *arguments, code=0):
        done = self.site.ctl(*arguments)
        self.assertEqual((code, ''), (done.returncode, done.stderr))
        return done.stdout

    def login(self, address):
        return self.site.login(address=address).audit

    def registry_says(self, name):
        self.registries.ripencc.answers[HOME] = world.HOME_NET.replace('DE-HOME-20040421', name)

    def test_cache_clear_makes_the_next_login_ask(self):
        self.assertEqual('DE-HOME-20040421', self.login(HOME)['net_name'])
        self.registry_says('NEW')
        self.assertEqual('cached', self.login(HOME)['facts'])
        self.assertRegex(self.ctl('cache', 'clear'), r'^[1-9]\d* entries forgotten\n$')
        line = self.login(HOME)
        self.assertEqual(('NEW', 'fresh'), (line['net_name'], line['facts']))

    def test_cache_clear_of_failures_leaves_answers_alone(self):
        self.assertEqual('fresh', self.login(HOME)['facts'])
        self.registries.ripencc.answers[SUGAR_MAIL] = '% an answer without a network\n'
        self.assertEqual('partial', self.login(SUGAR_MAIL)['facts'])
        self.registries.ripencc.answers[SUGAR_MAIL] = world.LINODE
        self.assertEqual('None', self.login(SUGAR_MAIL)['net_name'])
        self.relay.forget()
        self.assertEqual('1 failure forgotten\n', self.ctl('cache', 'clear', '--failures'))
        line = self.login(SUGAR_MAIL)
        self.assertEqual(('EU-LINODE-20141229', 'fresh'), (line['net_name'], line['facts']))
        self.assertEqual('cached', self.login(HOME)['facts'])
        self.assertEqual([], self.relay.asked())
        self.assertEqual('0 failures forgotten\n', self.ctl('cache', 'clear', '--failures'))

    def test_check_refresh_asks_for_everything_anew_and_remembers_it(self):
        self.login(HOME)
        self.registry_says('NEW')
        self.assertIn('DE-HOME-20040421', self.ctl('check', HOME))
        self.relay.forget()
        self.assertIn('NEW', self.ctl('check', HOME, '--refresh'))
        self.assertEqual({'17.0.46.84.in-addr.arpa', '17.0.46.84.origin.asn.cymru.com',
                          'as64500.asn.cymru.com'}, set(self.relay.asked()))
        line = self.login(HOME)
        self.assertEqual(('NEW', 'cached'), (line['net_name'], line['facts']))

    def test_check_refresh_shows_what_cannot_be_had_anew_as_it_was(self):
        self.login(HOME)
        self.registries.ripencc.answers[HOME] = '% nonsense\n'
        done = self.site.ctl('check', HOME, '--refresh')
        self.assertEqual(0, done.returncode)
        self.assertIn('DE-HOME-20040421', done.stdout)
        self.assertIn('registration unknown', done.stderr)

    def test_check_refresh_and_offline_exclude_each_other(self):
        done = self.site.ctl('check', HOME, '--refresh', '--offline')
        self.assertEqual(2, done.returncode)
        self.assertIn('--offline and --refresh', done.stderr)

    def test_they_are_in_the_help(self):
        self.assertIn('clear', self.ctl('cache', '--help'))
        self.assertIn('--failures', self.ctl('cache', 'clear', '--help'))
        self.assertIn('--refresh', self.ctl('check', '--help'))


if __name__ == '__main__':
    harness.main()

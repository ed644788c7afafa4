#!/usr/bin/env python3
"""How long a login waits for facts: no longer than it takes to refuse it, and for a fact that only
the audit line shows a second at most."""

import os
import threading
import time
import unittest

import harness
from harness import project, world
from harness.process import PATIENCE
from harness.whois import plainly, silently
from harness.world import HOME, MAIL_RU, OFFICE


def took(outcome):
    """In ms, by its line."""
    return float(outcome.audit['took'].removesuffix('ms'))


def is_reverse(name):
    return name.endswith('in-addr.arpa')


class Case(harness.TestCase):
    """The nameserver answers, through a relay that may be mute for some names."""

    @classmethod
    def setUpClass(cls):
        cls.dns = cls.share(world.nameserver().start())

    def setUp(self):
        super().setUp()
        self.relay = self.own(harness.DnsRelay(self.dns))
        self.registries = self.own(world.registries())

    def site(self, **sections):
        return harness.Site(self.relay, self.registries, **sections)

    @staticmethod
    def stalled(site, injected):
        """A login that strace holds up."""
        trace = project.temporary_folder('strace') / 'trace'
        return site.login(address=MAIL_RU, limit='unlimited', under=[
            'strace', '-u', project.account()[0], '-f', '-qq', '-o', str(trace), '-e',
            f'inject={injected}'])


class Answered(Case):
    """All that was asked for, by a nameserver that takes its time."""

    def test_it_waits_for_no_other_question(self):
        """As the one that tells a silent nameserver from one that waits for a mute zone."""
        def mute(name):
            time.sleep(0.2)
            return name == ''
        self.relay.mute = mute
        times = []
        for _ in range(5):  # of which a busy host spares one
            outcome = self.site(lookup={'origin': 'none', 'registration': 'none'}).login(address=HOME)
            self.assertEqual('h17.dsl.home.example', outcome.audit['host'])
            times.append(took(outcome))
        self.assertIn('', self.relay.asked())
        self.assertTrue(200 <= min(times) < 380, times)  # else 400 at least


class Refused(Case):
    """By an entity that is known at once, while the reverse zone is mute."""

    def setUp(self):
        super().setUp()
        self.relay.mute = is_reverse

    def site(self, **sections):
        site = super().site(**sections)
        site.list('entity.deny', 'MAIL-RU')
        return site

    def test_it_waits_for_nothing_that_could_not_allow_it(self):
        outcome = self.site().login(address=MAIL_RU)
        self.assert_denied(outcome, 'entity:MAIL-RU')
        self.assertLess(took(outcome), 800)
        line = outcome.audit
        # What was there by then, and nothing has failed.
        self.assertEqual(('AS47764', 'VK-FRONT', 'None', 'fresh'),
                         (line['asn'], line['net_name'], line['host'], line['facts']))
        self.assertEqual('', outcome.warnings)

    def test_what_was_given_up_is_no_failure_that_is_remembered(self):
        site = self.site()
        site.login(address=MAIL_RU)
        self.relay.mute = None
        site.list('entity.deny')
        outcome = site.login(address=MAIL_RU)
        self.assert_allowed(outcome)
        self.assertEqual('rimap26.i.mail.ru', outcome.audit['host'])

    def test_what_the_cache_knows_refuses_without_a_question(self):
        site = self.site()
        site.login(address=MAIL_RU)
        self.relay.forget()
        outcome = site.login(address=MAIL_RU)
        self.assert_denied(outcome, 'entity:MAIL-RU')
        self.assertEqual([], self.relay.asked())
        self.assertEqual('cached', outcome.audit['facts'])
        self.assertLess(took(outcome), 200)

    def test_it_waits_where_a_reverse_name_could_allow_it(self):
        site = self.site(lookup={'deadline': '2s'})
        site.list('rev_host.allow', 'rimap26.i.mail.ru')
        outcome = site.login(address=MAIL_RU)
        self.assert_denied(outcome, 'entity:MAIL-RU')
        self.assertEqual('partial', outcome.audit['facts'])
        # Well before the door answers without it, at 2.25 s.
        self.assertTrue(1700 <= took(outcome) < 2000, outcome.audit)

    def test_in_monitor_mode_the_audit_line_is_worth_a_second(self):
        site = self.site(general={'mode': 'monitor'})
        outcome = site.login(address=MAIL_RU)
        self.assert_allowed(outcome)
        self.assertTrue(outcome.audit['would_block'])
        self.assertTrue(900 <= took(outcome) < 1800, outcome.audit)

    @unittest.skipUnless(os.geteuid() == 0, 'only root may trace what becomes another user')
    def test_it_is_refused_whatever_holds_up_the_end_of_the_helper(self):
        for stall in (400_000, 3_000_000):
            for may_be_allowed in (False, True):
                with self.subTest(stall=stall, may_be_allowed=may_be_allowed):
                    site = self.site(lookup={'deadline': '5s' if stall < 1_000_000 else '2s'})
                    if may_be_allowed:
                        site.list('rev_host.allow', 'rimap26.i.mail.ru')
                    self.assert_allowed(site.login(address=OFFICE))  # makes the index
                    outcome = self.stalled(site, f'waitid:delay_exit={stall}')
                    self.assert_denied(outcome, 'entity:MAIL-RU')
                    self.assertEqual(stall == 3_000_000, 'error' in outcome.audit)


class OnlyForTheLine(Case):
    """A fact that no rule looks at is waited for a second at most."""

    def assert_a_second(self, outcome):
        self.assert_allowed(outcome)
        self.assertTrue(900 <= took(outcome) < 1800, outcome.audit)
        self.assertEqual('partial', outcome.audit['facts'])

    def test_a_mute_reverse_zone(self):
        self.relay.mute = is_reverse
        site = self.site()
        site.list('entity.deny', 'MAIL-RU')
        outcome = site.login(address=HOME)
        self.assert_a_second(outcome)
        self.assertEqual('DE-HOME-20040421', outcome.audit['net_name'])

    @unittest.skipUnless(os.geteuid() == 0, 'only root may trace what becomes another user')
    def test_what_is_left_to_the_background_holds_no_login_up_and_the_line_is_the_only_one(self):
        self.relay.mute = is_reverse
        site = self.site(lookup={'deadline': '2s'})
        self.assert_allowed(site.login(address=OFFICE))  # makes the index
        outcome = self.stalled(site, 'memfd_create:delay_enter=3000000')
        self.assert_a_second(outcome)
        self.assertNotIn('error', outcome.audit)
        self.assertIn('held up while leaving questions to the background', outcome.warnings)

    def test_a_mute_registry(self):
        self.registries.ripencc.manner = silently
        site = self.site()
        site.list('rev_host.deny', 'mail.example.com')
        outcome = site.login(address=HOME)
        self.assert_a_second(outcome)
        self.assertEqual('h17.dsl.home.example', outcome.audit['host'])

    def test_nobody_answers_at_all(self):
        self.relay.mute = lambda _name: True
        self.assert_a_second(self.site().login(address=HOME))

    def test_neither_where_an_allow_entry_has_spoken(self):
        self.registries.ripencc.manner = silently
        site = self.site()
        site.list('entity.deny', 'MAIL-RU')
        site.list('user.allow', 'alice')
        self.assert_a_second(site.login(address=HOME))

    def test_the_network_is_asked_until_the_deadline_where_a_rule_looks_at_it(self):
        self.registries.ripencc.manner = silently
        site = self.site(lookup={'deadline': '2s'})
        site.list('entity.deny', 'MAIL-RU')
        outcome = site.login(address=MAIL_RU)
        self.assert_allowed(outcome)
        self.assertTrue(1700 <= took(outcome) < 2000, outcome.audit)

    def test_once_for_a_whole_network(self):
        """Although a rule waits for something else that is unknown: another reverse name each."""
        self.registries.ripencc.manner = silently
        site = self.site()
        site.list('rev_host.deny', 'mail.example.com')
        self.assert_a_second(site.login(address='84.46.0.17'))
        for last in (18, 19, 20):
            outcome = site.login(address=f'84.46.0.{last}')
            self.assert_allowed(outcome)
            self.assertLess(took(outcome), 500)

    def test_once_where_a_geoip_database_lets_in(self):
        """Which is looked at after the cache."""
        self.registries.ripencc.manner = silently
        city = harness.write_mmdb('city.mmdb', 'GeoLite2-City', {
            '84.46.0.0/16': {'country': {'geoname_id': 2921044, 'iso_code': 'DE'}}})
        site = self.site(maxmind={'geo_city': city})
        site.list('entity.deny', 'MAIL-RU')
        site.list('maxmind/geo_cc.allow', 'DE')
        self.assert_a_second(site.login(address=HOME))
        for _ in range(3):
            outcome = site.login(address=HOME)
            self.assert_allowed(outcome)
            self.assertLess(took(outcome), 500)

    def test_another_login_that_asks_is_not_waited_for_any_longer(self):
        """The first waits for the registration, which a rule looks at."""
        asked = threading.Event()

        def manner(*question):
            asked.set()
            return silently(*question)

        self.registries.ripencc.manner = manner
        strict, mild = (self.site(lookup={'deadline': '4s'}) for _ in range(2))
        strict.list('entity.deny', 'MAIL-RU')
        mild.configure(general={'state_path': strict.state})

        def login(i):
            if i == 1:
                self.assertTrue(asked.wait(PATIENCE))
            return (strict, mild)[i].login(address=HOME)

        outcomes = harness.together(2, login)
        self.assertGreater(took(outcomes[0]), 3000)
        self.assert_a_second(outcomes[1])


class GivenUpByAnother(Case):
    """alice is let in by her name: her line alone shows the registration, which a rule looks at for
    everybody else."""

    def setUp(self):
        super().setUp()
        self.asked = threading.Event()
        self.site = super().site(lookup={'deadline': '4s'})
        self.site.list('entity.deny', 'MAIL-RU')
        self.site.list('user.allow', 'alice')

    def answer_after(self, seconds):
        """None: never."""
        def manner(*question):
            self.asked.set()
            if seconds is None:
                return silently(*question)
            time.sleep(seconds)
            return plainly(*question)
        self.registries.ripencc.manner = manner

    def log_in(self, user):
        return self.site.login(user=user, address=MAIL_RU)

    def together(self):
        """The logins of alice, who comes first, and of bob."""
        def login(i):
            if i == 1:
                self.assertTrue(self.asked.wait(PATIENCE))
            return self.log_in(('alice', 'bob')[i])
        return harness.together(2, login)

    def assert_given_up(self, outcome):
        self.assert_allowed(outcome)
        self.assertTrue(900 <= took(outcome) < 1800, outcome.audit)
        self.assertEqual('None', outcome.audit['net_name'])

    def test_who_waited_beside_it_waits_on(self):
        self.answer_after(2)
        alice, bob = self.together()
        self.assert_given_up(alice)
        self.assert_denied(bob, 'entity:MAIL-RU')
        # The one that was given up, and the one that went on.
        self.assertEqual(2, sum(one == 'ripencc' for one, _ in self.registries.questions()))

    def test_who_comes_after_it_waits_for_the_same_answer(self):
        self.answer_after(2)
        self.assert_given_up(self.log_in('alice'))
        bob = self.log_in('bob')
        self.assert_denied(bob, 'entity:MAIL-RU')

    def test_nobody_else_waits_for_it_again(self):
        self.answer_after(None)
        self.assert_given_up(self.log_in('alice'))
        again = self.log_in('alice')
        self.assert_allowed(again)
        self.assertLess(took(again), 500)

    def test_where_no_answer_comes_bob_waits_as_long_as_ever(self):
        self.answer_after(None)
        alice, bob = self.together()
        self.assert_given_up(alice)
        self.assert_allowed(bob)
        self.assertTrue(3000 < took(bob) < 4000, bob.audit)


if __name__ == '__main__':
    harness.main()

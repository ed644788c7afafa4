#!/usr/bin/env python3
"""badclientsctl: check and lint."""

import harness
from harness import world
from harness.world import HOME, MAIL_RU, NEW_OUTLOOK, OFFICE, SUGAR_MAIL


class Check(harness.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dns = cls.share(world.nameserver().start())
        cls.registries = cls.share(world.registries())

    def setUp(self):
        super().setUp()
        self.site = harness.Site(self.dns, self.registries)

    def test_every_fact_is_shown(self):
        done = self.site.ctl('check', SUGAR_MAIL)
        self.assertEqual((0, ''), (done.returncode, done.stderr))
        for fact in ('node-eu-0001.email2-cloud.com', 'AS63949', '139.162.128.0/19', 'NL',
                     'AKAMAI-LINODE-AP Akamai Connected Cloud, SG', 'EU-LINODE-20141229', 'US',
                     'linode-mnt', 'LAS85-RIPE'):
            self.assertIn(fact, done.stdout)

    def test_every_rule_that_matches_is_shown_with_its_place_and_the_exit_code_is_1(self):
        self.site.list('ip_net.deny', '# Mail.ru', '176.112.168.0/21')
        self.site.list('as_cc.deny', 'RU')
        self.site.list('entity.deny', '# one', '# two', 'MAIL-RU')
        done = self.site.ctl('check', MAIL_RU)
        self.assertEqual(1, done.returncode, done.stderr)
        for place in ('ip_net.deny.lst:2', 'as_cc.deny.lst:1', 'entity.deny.lst:3'):
            self.assertIn(place, done.stdout)

    def test_an_allow_entry_is_shown_and_the_exit_code_is_0(self):
        self.site.list('ip_net.deny', '176.112.168.0/21')
        self.site.list('ip_net.allow', '176.112.169.218')
        done = self.site.ctl('check', MAIL_RU)
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertIn('ip_net.allow.lst:1', done.stdout)

    def test_service_and_user_count(self):
        self.site.configure(general={'disabled_services': 'pop3'})
        self.assertEqual(1, self.site.ctl('check', HOME, '--service', 'pop3').returncode)
        self.assertEqual(0, self.site.ctl('check', HOME, '--service', 'imap').returncode)

    def test_special_purpose_and_ignored_addresses_are_said_to_be_so(self):
        self.site.configure(general={'ignore_networks': '84.46.0.0/16'})
        for address, word in ((OFFICE, 'Private-Use'), (HOME, 'ignore_networks')):
            done = self.site.ctl('check', address)
            self.assertEqual(0, done.returncode, done.stderr)
            self.assertIn(word, done.stdout)

    def test_offline_asks_nobody(self):
        asked = len(self.registries.questions())
        done = self.site.ctl('check', NEW_OUTLOOK, '--offline')
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertEqual(asked, len(self.registries.questions()))

    def test_what_is_no_address_is_named(self):
        for arguments in (('check', 'mail.example.org'), ('check',), ('chekc', HOME), ()):
            with self.subTest(arguments):
                done = self.site.ctl(*arguments)
                self.assertNotIn(done.returncode, (0, 1))
                self.assertTrue(done.stderr)

    def test_the_answer_is_that_of_a_login(self):
        self.site.list('net_name.deny', 'VK.*')
        for address in (MAIL_RU, SUGAR_MAIL, NEW_OUTLOOK, HOME):
            self.assertEqual(self.site.login(address=address).exit_code,
                             self.site.ctl('check', address).returncode)


class Lint(harness.TestCase):
    def test_lists_without_a_fault_are_content(self):
        site = harness.Site()
        site.list('ip_net.deny', '52.96.0.0/14')
        done = site.ctl('lint')
        self.assertEqual((0, ''), (done.returncode, done.stderr), done.stdout)

    def test_every_fault_is_named_in_one_run(self):
        site = harness.Site(general={'mode': 'perhaps'})
        site.list('ip_net.deny', '52.96.0.0/14', 'x')
        site.list('rev_host.deny', '%')
        site.list('as_cc.deny', 'DE', 'XX')
        (site.lists / 'asn.deny.lst').mkdir()
        done = site.ctl('lint')
        self.assertEqual(1, done.returncode)
        for place in ('bad_clients.conf.ext:', 'ip_net.deny.lst:2:', 'rev_host.deny.lst:1:',
                      'as_cc.deny.lst:2:', 'asn.deny.lst'):
            self.assertIn(place, done.stdout + done.stderr)

    def test_a_list_with_a_name_that_nobody_reads_is_named(self):
        site = harness.Site()
        site.list('ipnet.deny', '52.96.0.0/14')
        done = site.ctl('lint')
        self.assertIn('ipnet.deny.lst', done.stdout + done.stderr)

    def test_a_configuration_that_is_missing_is_named(self):
        site = harness.Site()
        site.config.unlink()
        done = site.ctl('lint')
        self.assertNotEqual(0, done.returncode)
        self.assertIn(str(site.config), done.stdout + done.stderr)

    def test_help_is_there_for_each_command(self):
        site = harness.Site()
        for arguments in (('--help',), ('check', '--help'), ('lint', '--help')):
            done = site.ctl(*arguments)
            self.assertEqual((0, ''), (done.returncode, done.stderr))
            self.assertIn(arguments[0] if len(arguments) > 1 else 'check', done.stdout)


if __name__ == '__main__':
    harness.main()

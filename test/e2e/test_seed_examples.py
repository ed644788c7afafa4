#!/usr/bin/env python3
"""The log lines in the original's manual come out of the same facts."""

import harness
from harness import clients, world
from harness.world import GMAIL_POP, GMAIL_SMTP, MAIL_RU, NEW_OUTLOOK, OFFICE, SUGAR_MAIL

# user, service, address, and the line of the original up to its last entity
EXAMPLES = (
    ('honey-craig', 'imap', MAIL_RU,
     'mail-audit: user=<honey-craig>, service=imap, ip=176.112.169.218, host=rimap26.i.mail.ru, '
     'asn=AS47764, as_cc=RU, as_desc=<VK-AS, RU>, net_name=<VK-FRONT>, net_cc=RU, '
     'entity=EY1327-RIPE, entity=ORG-LLCn4-RIPE, entity=RIPE-NCC-END-MNT, entity=VKCOMPANY-MNT, '
     'entity=VKNC, entity=MAIL-RU'),
    ('honey', 'imap', OFFICE,
     'mail-audit: user=<honey>, service=imap, ip=172.17.1.204, host=dhcp204.internal, asn=None, '
     'as_cc=ZZ, as_desc=<IANA-RESERVED>, net_name=<Private-Use Networks>, net_cc=ZZ, entity=None'),
    ('honey-sugar', 'imap', SUGAR_MAIL,
     'mail-audit: user=<honey-sugar>, service=imap, ip=139.162.133.252, '
     'host=node-eu-0001.email2-cloud.com, asn=AS63949, as_cc=NL, '
     'as_desc=<AKAMAI-LINODE-AP Akamai Connected Cloud, SG>, net_name=<EU-LINODE-20141229>, '
     'net_cc=US, entity=linode-mnt, entity=ORG-LL72-RIPE, entity=TA2589-RIPE, entity=LAS85-RIPE'),
    ('honey-gmail-pop', 'pop3', GMAIL_POP,
     'mail-audit: user=<honey-gmail-pop>, service=pop3, ip=209.85.218.15, '
     'host=mail-ej1-f15.google.com, asn=AS15169, as_cc=US, as_desc=<GOOGLE, US>, '
     'net_name=<GOOGLE>, net_cc=None, entity=GOGL'),
    ('honey-gmail-smtp', 'smtp', GMAIL_SMTP,
     'mail-audit: user=<honey-gmail-smtp>, service=smtp, ip=209.85.218.53, '
     'host=mail-ej1-f53.google.com, asn=AS15169, as_cc=US, as_desc=<GOOGLE, US>, '
     'net_name=<GOOGLE>, net_cc=None, entity=GOGL'),
)

NEW_FIELDS = ('client_id', 'facts', 'took')


class Examples(harness.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dns = cls.share(world.nameserver().start())
        cls.registries = cls.share(world.registries())

    def site(self, **general):
        return harness.Site(self.dns, self.registries, general=general)

    def test_the_lines_are_the_originals_to_the_letter(self):
        site = self.site(log_local='yes')
        for user, service, address, expected in EXAMPLES:
            with self.subTest(user):
                line = site.login(user, address, service).audit
                self.assertEqual(expected, line.as_the_original_wrote_it())
                for field in NEW_FIELDS:
                    self.assertIn(field, line)

    def test_they_stay_the_same_when_the_facts_come_from_the_cache(self):
        site = self.site(log_local='yes')
        for user, service, address, expected in EXAMPLES:
            site.login(user, address, service)
        asked = len(self.registries.questions())
        for user, service, address, expected in EXAMPLES:
            with self.subTest(user):
                line = site.login(user, address, service).audit
                self.assertEqual(expected, line.as_the_original_wrote_it())
        self.assertEqual(asked, len(self.registries.questions()))

    def test_dovecots_log_shows_them_at_level_info(self):
        server = self.own(harness.Dovecot(self.site(log_local='yes')))
        for _, service, address, expected in EXAMPLES:
            with self.subTest(address):
                log = server.log_of(lambda a=address, s=service: clients.sasl_client(
                    server, 'alice', server.users['alice'], a, service=s))
                expected = expected[:expected.index('<')] + '<alice>' + expected[
                    expected.index('>') + 1:]
                self.assertIn('auth: Info: ' + expected + ', ', log)

    def test_new_outlook_has_no_reverse_name_and_is_refused_by_its_network(self):
        site = self.site()
        site.list('ip_net.deny', *['#'] * 11, '52.96.0.0/14')
        site.list('rev_host.deny', '"never')
        line = site.login(address=NEW_OUTLOOK).audit
        self.assertEqual((True, 'ip_net', 'ip_net.deny.lst:12'),
                         (line.blocked, line['matched'], line['rule']))

    def test_an_unlisted_new_outlook_is_logged_with_all_its_facts(self):
        line = self.site().login(address=NEW_OUTLOOK).audit
        self.assertEqual(
            'mail-audit: user=<alice>, service=imap, ip=52.97.246.245, host=<>, asn=AS8075, '
            'as_cc=US, as_desc=<MICROSOFT-CORP-MSN-AS-BLOCK, US>, net_name=<MSFT>, net_cc=None, '
            'entity=MSFT, entity=MAC74-ARIN', line.as_the_original_wrote_it())
        self.assertEqual((False, 'fresh'), (line.blocked, line['facts']))

    def test_a_private_address_is_not_logged_unless_log_local_says_so(self):
        self.assertEqual('', self.site().login(address=OFFICE).stderr)
        self.assertIn('172.17.1.204', self.site(log_local='yes').login(address=OFFICE).stderr)


if __name__ == '__main__':
    harness.main()

#!/usr/bin/env python3
"""The configuration file: faults in it are named and cost as little as possible."""

import harness
from harness import project
from harness.site import run
from harness.world import HOME, NEW_OUTLOOK, OFFICE


class Faults(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.site = harness.Site()
        self.site.list('ip_net.deny', '52.96.0.0/14')

    def append(self, text):
        with self.site.config.open('a') as file:
            file.write(text)
        return self.site.config.read_text().count('\n')

    def test_a_missing_configuration_is_named(self):
        self.site.config.unlink()
        outcome = self.site.login(address=HOME)
        self.assertEqual(111, outcome.exit_code)
        self.assertIn(str(self.site.config), outcome.stderr)

    def test_a_configuration_that_may_not_be_read_is_named(self):
        self.site.config.chmod(0)
        outcome = self.site.login(address=HOME)
        self.assertEqual(111, outcome.exit_code)
        self.assertIn(str(self.site.config), outcome.stderr)

    def test_a_configuration_that_is_a_folder_is_named(self):
        outcome = run(['--config', '/etc'], b'alice\0secret\0\0', {'TCPREMOTEIP': HOME})
        self.assertEqual(111, outcome.exit_code)
        self.assertIn('/etc', outcome.stderr)

    def test_unknown_keys_sections_and_bad_values_are_named_and_the_rest_counts(self):
        for text, expected in (('[general]\nlist_paht = /x\n', 'list_paht'),
                               ('[genreal]\nmode = enforce\n', 'genreal'),
                               ('[lookup]\ndeadline = 5 parsecs\n', 'deadline'),
                               ('[cache]\nipv4_network = 64\n', 'ipv4_network'),
                               ('[general]\nignore_networks = 10.0.0.0/99\n', '10.0.0.0/99'),
                               ('[general]\nlog_local = perhaps\n', 'log_local'),
                               ('[general]\nno equals sign\n', 'no equals sign')):
            with self.subTest(text):
                site = self.site = harness.Site()
                site.list('ip_net.deny', '52.96.0.0/14')
                line = self.append(text)
                outcome = site.login(address=NEW_OUTLOOK)
                self.assert_denied(outcome, 'ip_net')
                place = f'{site.config.name}:{line if expected != "genreal" else line - 1}:'
                self.assertIn(place, outcome.warnings.replace(f':{line}:', f':{line}:'))
                self.assertIn(expected, outcome.warnings)
                lint = site.ctl('lint')
                self.assertEqual(1, lint.returncode, lint.stdout + lint.stderr)
                self.assertIn(place, lint.stdout + lint.stderr)

    def test_a_slip_of_the_pen_about_the_mode_refuses_nobody_and_is_warned_of_at_each_login(self):
        for text in ('[general]\nmode = moniter\n', '[general]\nmdoe = monitor\n',
                     '[genral]\nmode = monitor\n'):
            with self.subTest(text):
                site = self.site = harness.Site()
                site.list('ip_net.deny', '52.96.0.0/14')
                line = self.append(text)
                for _ in range(2):
                    outcome = site.login(address=NEW_OUTLOOK)
                    self.assert_allowed(outcome)
                    self.assertEqual('True', outcome.audit['would_block'])
                    self.assertIn(f'{site.config.name}:{line}:', outcome.warnings)
                    self.assertIn('mode counts as monitor', outcome.warnings)
                lint = site.ctl('lint')
                self.assertEqual(1, lint.returncode, lint.stdout + lint.stderr)
                self.assertIn('mode counts as monitor', lint.stdout)

    def test_a_slip_of_the_pen_about_a_clients_mode_is_warned_of_at_each_login(self):
        site = self.site = harness.Site()
        folder = site.lists / 'clients'
        folder.mkdir()
        (folder / 'x.client').write_text('Name: X\nMdoe: monitor\n\nip_net=52.96.0.0/14\n')
        for _ in range(2):
            outcome = site.login(address=NEW_OUTLOOK)
            self.assert_allowed(outcome)
            self.assertEqual('True', outcome.audit['would_block'])
            self.assertIn('x.client:2:', outcome.warnings)
        lint = site.ctl('lint')
        self.assertEqual(1, lint.returncode, lint.stdout + lint.stderr)

    def test_binary_junk_is_named_and_no_crash(self):
        with self.site.config.open('ab') as file:
            file.write(bytes(range(256)) * 20)
        outcome = self.site.login(address=NEW_OUTLOOK)
        self.assertIn(outcome.exit_code, (1, 111))
        self.assertIn(str(self.site.config), outcome.stderr)

    def test_an_empty_configuration_means_the_defaults(self):
        self.site.config.write_text('')
        outcome = self.site.login(address=OFFICE)
        self.assert_allowed(outcome)


class Original(harness.TestCase):
    """Files written for the Lua script are read as they are."""

    FIRST = '''list_path={lists}
asn_script_path=/usr/local/bin/client_networks.py
cachepath=/var/run/dovecot/whois_cache.json
'''

    CURRENT = '''; Where the lists are
[general]
list_path = {lists}
asn_script_path = /usr/local/bin/client_networks.py
disabled_services = pop3,submission
cachepath = redis:localhost:6379
log_local = True
ignore_networks = 84.46.0.0/16,10.0.0.0/8
enable_maxmind = No
result_success = next
result_block = missmatch
process_unknown = yes

[maxmind]
geo_city = /usr/share/GeoIP/GeoLite2-City.mmdb
geo_asn = /usr/share/GeoIP/GeoLite2-ASN.mmdb
'''
    # The original knows no servers of its own; what it does not name, it must not ask here.
    OFFLINE = '\n[lookup]\nreverse_dns = no\norigin = none\nregistration = none\n'

    def write(self, text):
        site = harness.Site()
        site.list('ip_net.deny', '52.96.0.0/14')
        site.config.write_text(text.format(lists=site.lists) + self.OFFLINE
                               + f'[general]\nstate_path = {site.state}\n')
        return site

    def test_a_file_of_the_first_version_is_read_without_a_complaint(self):
        site = self.write(self.FIRST)
        refused = site.login(address=NEW_OUTLOOK)
        self.assert_denied(refused, 'ip_net')
        self.assertEqual('', refused.warnings)
        self.assert_allowed(site.login(address=HOME))

    def test_a_file_of_the_current_version_is_read_without_a_complaint(self):
        site = self.write(self.CURRENT)
        refused = site.login(address=NEW_OUTLOOK)
        self.assert_denied(refused, 'ip_net')
        self.assertEqual('', refused.warnings)
        self.assert_denied(site.login(address='139.162.133.252', service='submission'), 'service')
        self.assertEqual('', site.login(address=HOME).stderr)
        self.assertIn('ip=172.17.1.204', site.login(address=OFFICE).stderr)

    def test_lint_explains_each_key_that_has_no_effect_any_more_and_is_content(self):
        site = self.write(self.CURRENT)
        lint = site.ctl('lint')
        self.assertEqual(0, lint.returncode, lint.stdout + lint.stderr)
        for number, key in ((4, 'asn_script_path'), (6, 'cachepath'), (10, 'result_success'),
                            (11, 'result_block'), (12, 'process_unknown')):
            self.assertRegex(lint.stdout, rf'(?m)^.*{site.config.name}:{number}: .*{key}.*\w+')


class Log(harness.TestCase):
    """Where the audit line goes."""

    def site(self, log):
        site = harness.Site(general={'log': log})
        site.list('ip_net.deny', '52.96.0.0/14')
        return site

    def test_a_file_gets_one_line_a_login_and_keeps_what_it_had(self):
        site = self.site(None)
        log = site.state / 'audit.log'
        log.write_text('before\n')
        project.give_away(log)
        site.configure(general={'log': log})
        for outcome in harness.together(20, lambda _: site.login(address=NEW_OUTLOOK)):
            self.assertEqual((1, ''), (outcome.exit_code, outcome.stderr))
        lines = log.read_text().splitlines()
        self.assertEqual('before', lines[0])
        self.assertEqual(20, len(harness.audit_lines('\n'.join(lines[1:]))))

    def test_a_new_log_file_is_readable_by_its_group_and_by_nobody_else(self):
        site = self.site(None)
        site.configure(general={'log': site.state / 'audit.log'})
        site.login(address=NEW_OUTLOOK)
        self.assertEqual(0o640, (site.state / 'audit.log').stat().st_mode & 0o777)

    def test_a_log_file_that_cannot_be_written_is_no_reason_to_fail_a_login(self):
        for log in ('/nonexistent/audit.log', '/proc/version', '/dev/full'):
            with self.subTest(log):
                site = self.site(log)
                self.assertEqual(1, site.login(address=NEW_OUTLOOK).exit_code)
                self.assertEqual(0, site.login(address=HOME).exit_code)

    def test_none_is_silent(self):
        outcome = self.site('none').login(address=NEW_OUTLOOK)
        self.assertEqual((1, ''), (outcome.exit_code, outcome.stderr))

    def test_stderr_is_stderr_whatever_dovecot_says(self):
        outcome = self.site('stderr').login(address=NEW_OUTLOOK, environment={'LOG_SERVICE': '1'})
        self.assertTrue(outcome.stderr.startswith('mail-audit: '), outcome.stderr)

    def test_dovecots_log_protocol_is_spoken_where_dovecot_listens(self):
        for log in ('auto', 'dovecot'):
            outcome = self.site(log).login(address=NEW_OUTLOOK, environment={'LOG_SERVICE': '1'})
            self.assertRegex(outcome.stderr, '\\A\x01\x02[0-9]+ mail-audit: user=<alice>, .*\n\\Z')

    def test_warnings_go_to_dovecots_log_as_warnings(self):
        site = self.site('auto')
        site.list('rev_host.deny', 'bad%')
        outcome = site.login(address=NEW_OUTLOOK, environment={'LOG_SERVICE': '1'})
        self.assertRegex(outcome.stderr, '(?m)^\x01\x03[0-9]+ .*rev_host\\.deny\\.lst:1')


if __name__ == '__main__':
    harness.main()

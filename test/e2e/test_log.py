#!/usr/bin/env python3
"""What stands in the log, whatever becomes of a login: no login ends without a line."""

import concurrent.futures
import contextlib
import os
import pathlib
import signal
import subprocess
import unittest

import harness
from harness import audit_lines, project
from harness.process import wait_until
from harness.site import run, shell
from harness.world import HOME, NEW_OUTLOOK

REPLY = '/usr/lib/dovecot/checkpassword-reply'
LOOKUP = {'AUTHORIZED': '1', 'CREDENTIALS_LOOKUP': '1', 'SCHEME': 'CRAM-MD5',
          'AUTH_MECH': 'CRAM-MD5'}


class Undecided(harness.TestCase):
    """A login that ends undecided has a line with `error=` last, where the log is."""

    log_format = 'line'

    def setUp(self):
        super().setUp()
        self.site = harness.Site()
        self.log = self.site.state / 'badclients.log'
        self.site.configure(general={'log': self.log, 'log_format': self.log_format})
        self.site.list('ip_net.deny', '52.96.0.0/14')

    def line(self):
        """The only one in the configured log."""
        line, = audit_lines(self.log.read_text())
        self.assertEqual('error', line.fields[-1][0], line)
        self.assertEqual(self.log_format == 'json', line.json, line)
        self.log.unlink()
        return line

    def test_an_address_that_is_none(self):
        for environment in ({}, LOOKUP):
            outcome = self.site.login(address='52.97.246', environment=environment)
            self.assertEqual((111, ''), (outcome.exit_code, outcome.stderr))
            line = self.line()
            self.assertEqual(('alice', 'imap', 'None', 'True'),
                             tuple(line[f] for f in ('user', 'service', 'ip', 'tempfail')))
            self.assertIn("'52.97.246'", line['error'])

    def test_a_configuration_that_cannot_be_read_on_standard_error(self):
        self.site.config.unlink()
        for environment in ({}, LOOKUP):
            outcome = self.site.login(address=HOME, environment=environment)
            self.assertEqual(111, outcome.exit_code)
            line = outcome.audit
            self.assertEqual(('alice', HOME), (line['user'], line['ip']))
            self.assertIn(str(self.site.config), line['error'])
            self.assertEqual('error', line.fields[-1][0])

    def test_called_wrongly_on_standard_error(self):
        for how, user, error in (({'credentials': b'alice'}, '', 'credentials on descriptor 3'),
                                 ({'program': ['--no-such-option']}, 'alice', 'no option --no-such-option')):
            for environment, code in (({}, 2), (LOOKUP, 111)):
                with self.subTest(error, code=code):
                    outcome = self.site.login(address=HOME, environment=environment, **how)
                    self.assertEqual(code, outcome.exit_code)
                    self.assertEqual((user, HOME), (outcome.audit['user'], outcome.audit['ip']))
                    self.assertIn(error, outcome.audit['error'])

    def test_a_fact_that_could_not_be_had(self):
        self.site.configure(general={'on_error': 'tempfail'}, lookup={'origin': 'dns'})
        self.site.list('asn.deny', 'AS64500')
        self.assertEqual(111, self.site.login(address=HOME).exit_code)
        line = self.line()
        self.assertEqual(('True', 'on_error'), (line['tempfail'], line['matched']))
        self.assertIn('could not be had', line['error'])

    def test_a_program_that_cannot_be_run(self):
        outcome = self.site.login(address=HOME, program=['/nonexistent/program'])
        self.assertEqual(111, outcome.exit_code)
        decided, ended = audit_lines(self.log.read_text())
        self.assertNotIn('error', decided)
        self.assertIn('/nonexistent/program', ended['error'])

    def test_a_reply_that_cannot_be_written(self):
        done = shell("printf 'alice\\0secret\\0\\0' | { SERVICE=imap TCPREMOTEIP=%s $badclients "
                     '--config $config %s 3<&0 4>/dev/full; echo $?; }' % (HOME, REPLY),
                     config=self.site.config)
        self.assertEqual('111\n', done.stdout)
        *_, ended = audit_lines(self.log.read_text())
        self.assertIn('descriptor 4', ended['error'])

    def test_such_lines_are_read_back(self):
        self.site.login(address='rubbish')
        self.site.login(address=NEW_OUTLOOK)
        clients = self.site.lists / 'clients'
        clients.mkdir()
        (clients / 'x.client').write_text('Name: X\n\nip_net=84.46.0.0/16\n')
        self.site.login(address=HOME, program=['/nonexistent/program'])
        listed = self.site.ctl('clients', 'list', '--catalogue', project.ROOT / 'lists' / 'clients')
        self.assertEqual(0, listed.returncode, listed.stderr)
        self.assertRegex(listed.stdout, r'(?m)^x\b.*\b1\b')


class UndecidedAsJson(Undecided):
    log_format = 'json'


class AsJson(harness.TestCase):
    """log_format = json: the same fields in the same order, whatever the log."""

    def lines(self, log_format, **how):
        """What a refused login and one that is let in wrote, and the whole log."""
        site = harness.Site(general={'log_format': log_format})
        log = how.get('log')
        path = site.state / 'audit.log' if log == 'file' else None
        site.configure(general={'log': path or log})
        site.list('ip_net.deny', '52.96.0.0/14')
        text = ''.join(site.login(user=r'al"ic\e', address=address,
                                  environment={'AUTH_SESSION': 's1', 'AUTH_CLIENT_ID': '"name" "x"'}).stderr
                       for address in (NEW_OUTLOOK, HOME))
        text = path.read_text() if path else text
        return audit_lines(text), text

    def test_it_has_the_fields_of_the_line_in_every_log(self):
        for log in ('stderr', 'dovecot', 'file'):
            with self.subTest(log):
                as_line, _ = self.lines('line', log=log)
                as_json, text = self.lines('json', log=log)
                self.assertEqual(2, len(as_json), text)
                for one, other in zip(as_line, as_json):
                    self.assertTrue(other.json)
                    self.assertEqual([name for name, _ in one.fields],
                                     [name for name, _ in other.fields])
                    self.assertEqual([(n, v) for n, v in one.fields if n not in ('took', 'as_desc', 'net_name')],
                                     [(n, v) for n, v in other.fields if n not in ('took', 'as_desc', 'net_name')])
                self.assertEqual(r'al"ic\x5ce', as_json[0]['user'])
                self.assertTrue(as_json[0].blocked)
                self.assertFalse(as_json[1].blocked)

    def test_another_word_is_a_fault_and_the_line_stays(self):
        site = harness.Site(general={'log_format': 'jsn'})
        outcome = site.login(address=HOME)
        self.assertFalse(outcome.audit.json)
        self.assertIn('log_format', outcome.warnings)
        self.assertIn('line, json', site.ctl('lint').stdout)


class Killed(harness.TestCase):
    """The process that decides dies: the login ends with what the lists say."""

    def killed(self, site, number, **how):
        """The outcome of a login whose deciding process gets that signal while it waits."""
        folder = project.temporary_folder('helper')
        project.give_away(folder)
        helper = folder / 'badclients-lookup'
        helper.write_text(f'#!/bin/sh\necho $PPID >{folder}/new; mv {folder}/new {folder}/pid\n'
                          f'exec sleep 20\n')
        helper.chmod(0o755)
        site.configure(lookup={'helper': helper, 'deadline': '30s', 'reverse_dns': 'yes'})
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            login = pool.submit(site.login, into_files=True, **how)
            wait_until((folder / 'pid').exists, 'the helper runs')
            os.kill(int((folder / 'pid').read_text()), number)
            return login.result()

    def test_whom_a_list_refuses_is_refused(self):
        for number in (signal.SIGKILL, signal.SIGSEGV, signal.SIGBUS, signal.SIGTERM):
            with self.subTest(number):
                site = harness.Site()
                site.list('ip_net.deny', '52.96.0.0/14')
                site.list('rev_host.allow', 'x.example')
                outcome = self.killed(site, number, address=NEW_OUTLOOK, program=[REPLY])
                self.assertEqual((1, b''), (outcome.exit_code, outcome.reply))
                self.assert_denied(outcome, 'ip_net')
                self.assertTrue(outcome.audit['error'])

    def test_whom_an_allow_list_lets_in_is_let_in(self):
        site = harness.Site(general={'on_error': 'deny'})
        site.list('user.allow', 'alice')
        outcome = self.killed(site, signal.SIGKILL, address=NEW_OUTLOOK, program=[REPLY])
        self.assertEqual((0, b'\t'), (outcome.exit_code, outcome.reply), outcome.stderr)
        self.assertIn('signal 9', outcome.audit['error'])

    def test_whom_an_allow_list_lets_in_gets_the_program_that_is_to_be_run(self):
        site = harness.Site(general={'on_error': 'deny'})
        site.list('user.allow', 'alice')
        outcome = self.killed(site, signal.SIGKILL, address=NEW_OUTLOOK,
                              program=['sh', '-c', 'echo ran >&4; exit 42'])
        self.assertEqual((42, b'ran\n'), (outcome.exit_code, outcome.reply), outcome.stderr)

    def test_where_nothing_is_known_it_is_an_internal_error_but_on_error_may_be_stricter(self):
        for on_error, code in (('allow', 111), ('deny', 1), ('tempfail', 111)):
            with self.subTest(on_error):
                site = harness.Site(general={'on_error': on_error})
                site.list('rev_host.deny', 'x.example')
                outcome = self.killed(site, signal.SIGKILL, address=HOME, program=[REPLY])
                self.assertEqual((code, b''), (outcome.exit_code, outcome.reply), outcome.stderr)
                self.assertIn('signal 9', outcome.audit['error'])

    def test_its_line_stands_where_the_log_is(self):
        for address, code, log_format in ((NEW_OUTLOOK, 1, 'line'), (HOME, 111, 'line'),
                                          (NEW_OUTLOOK, 1, 'json'), (HOME, 111, 'json')):
            with self.subTest(address, log_format=log_format):  # by a list, by nothing
                site = harness.Site()
                log = site.state / 'badclients.log'
                site.configure(general={'log': log, 'log_format': log_format})
                site.list('ip_net.deny', '52.96.0.0/14')
                site.list('rev_host.allow', 'x.example')
                site.list('rev_host.deny', 'y.example')
                outcome = self.killed(site, signal.SIGKILL, address=address, program=[REPLY])
                self.assertEqual((code, ''), (outcome.exit_code, outcome.stderr))
                line, = audit_lines(log.read_text())
                self.assertEqual(log_format == 'json', line.json)
                self.assertEqual(address, line['ip'])
                self.assertIn('signal 9', line['error'])

    @unittest.skipUnless(os.geteuid() == 0, 'strace runs it as another user for root only')
    def test_a_credentials_lookup_of_no_login_leaves_no_line(self):
        site = harness.Site()
        how = {'address': HOME, 'program': [REPLY], 'limit': 'unlimited',
               'under': ['strace', '-u', project.account()[0], '-f', '-qq', '-o', '/dev/null',
                         '-e', 'inject=read:signal=SIGKILL:when=1']}  # of the credentials
        login = site.login(environment=LOOKUP, **how)
        self.assertEqual((111, b''), (login.exit_code, login.reply))
        self.assertIn('signal 9', login.audit['error'])
        other = site.login(environment={**LOOKUP, 'AUTH_MECH': None}, **how)
        self.assertEqual((2, b'\t', ''), (other.exit_code, other.reply, other.stderr))

    @unittest.skipUnless(os.geteuid() == 0, 'strace runs it as another user for root only')
    def test_where_no_process_is_to_be_had_it_decides_all_the_same(self):
        site = harness.Site()
        site.list('ip_net.deny', '52.96.0.0/14')
        for address, code in ((NEW_OUTLOOK, 1), (HOME, 0)):
            outcome = site.login(
                address=address, program=[REPLY], limit='unlimited',
                under=['strace', '-u', project.account()[0], '-qq', '-o', '/dev/null',
                       '-e', 'inject=clone,clone3:error=EAGAIN'])
            self.assertEqual(code, outcome.exit_code, outcome.stderr)
            self.assertEqual(address, outcome.audit['ip'])


@unittest.skipUnless(os.geteuid() == 0, 'only root may mount')
class FullDisk(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = project.temporary_folder('disk')
        subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=64k', 'none', self.folder], check=True)
        self.addCleanup(subprocess.run, ['umount', '-l', self.folder], check=True)
        project.give_away(self.folder)

    def test_a_line_that_did_not_fit_does_not_spoil_the_next(self):
        site = harness.Site(general={'log': self.folder / 'badclients.log'})
        site.list('ip_net.deny', '52.96.0.0/14')
        self.assertEqual(1, site.login(user='first', address=NEW_OUTLOOK).exit_code)
        ballast = self.folder / 'ballast'
        log = self.folder / 'badclients.log'
        with contextlib.suppress(OSError), ballast.open('wb', 0) as file:
            while True:
                file.write(bytes(4096))
        count = 0
        while log.stat().st_size % 4096 and count < 100:  # until its last page is full
            count += 1
            self.assertEqual(1, site.login(user=f'user{count}', address=NEW_OUTLOOK).exit_code)
        text = log.read_text()
        self.assertFalse(text.endswith('\n'), 'the last one was cut')
        ballast.unlink()
        self.assertEqual(1, site.login(user='last', address=NEW_OUTLOOK).exit_code)
        *before, cut, last = log.read_text().splitlines()
        self.assertEqual(text.splitlines(), [*before, cut])
        self.assertRegex(last, r'^\d{4}-\d\d-\d\dT[\d:+-]+ badclients\[\d+\]: mail-audit: '
                               'user=<last>, .*ms$')
        self.assertEqual(['first', *(f'user{i}' for i in range(1, count))],
                         [line['user'] for line in audit_lines('\n'.join(before))])


if __name__ == '__main__':
    harness.main()

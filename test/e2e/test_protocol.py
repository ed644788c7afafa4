#!/usr/bin/env python3
"""The checkpassword interface: descriptors, environment, exit codes, the program that is run."""

import concurrent.futures
import contextlib
import os
import subprocess
import unittest

import harness
from harness import project
from harness.process import wait_until
from harness.site import run, shell
from harness.world import HOME, NEW_OUTLOOK

REPLY = '/usr/lib/dovecot/checkpassword-reply'
LOOKUP = {'AUTHORIZED': '1', 'CREDENTIALS_LOOKUP': '1', 'SCHEME': 'CRAM-MD5',
          'AUTH_MECH': 'CRAM-MD5'}


class Protocol(harness.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = harness.Site()
        cls.site.list('ip_net.deny', '52.96.0.0/14')
        cls.folder = project.temporary_folder('programs')

    def program(self, text):
        """A shell script that badclients may run."""
        path = self.folder / f'{self.id()}.sh'
        path.write_text('#!/bin/sh\n' + text)
        path.chmod(0o755)
        return str(path)


class ExitCodes(Protocol):
    """The table in badclients(8), cell by cell."""

    def test_allowed_for_dovecot_is_an_empty_reply_and_0(self):
        outcome = self.site.login(address=HOME, program=[REPLY])
        self.assertEqual((0, b'\t'), (outcome.exit_code, outcome.reply), outcome.stderr)

    def test_allowed_credentials_lookup_for_dovecot_is_an_empty_reply_and_2(self):
        outcome = self.site.login(address=HOME, program=[REPLY], environment=LOOKUP, password='')
        self.assertEqual((2, b'\t'), (outcome.exit_code, outcome.reply), outcome.stderr)

    def test_allowed_runs_another_program(self):
        program = self.program('echo "args: $*, authorized: ${AUTHORIZED-unset}" >&4; exit 42')
        outcome = self.site.login(address=HOME, program=[program, 'one', 'two words'])
        self.assertEqual((42, b'args: one two words, authorized: unset\n'),
                         (outcome.exit_code, outcome.reply), outcome.stderr)

    def test_allowed_credentials_lookup_runs_another_program_with_authorized_2(self):
        program = self.program('echo "authorized: $AUTHORIZED" >&4; exit 42')
        outcome = self.site.login(address=HOME, program=[program], environment=LOOKUP, password='')
        self.assertEqual((42, b'authorized: 2\n'), (outcome.exit_code, outcome.reply),
                         outcome.stderr)

    def test_allowed_without_a_program_is_0(self):
        for environment in ({}, LOOKUP):
            with self.subTest(environment):
                outcome = self.site.login(address=HOME, environment=environment)
                self.assertEqual((0, b''), (outcome.exit_code, outcome.reply), outcome.stderr)

    def test_denied_is_1_and_the_program_is_not_run(self):
        for program in ([], [REPLY], [self.program('echo ran >&4')]):
            with self.subTest(program):
                outcome = self.site.login(address=NEW_OUTLOOK, program=program)
                self.assertEqual((1, b''), (outcome.exit_code, outcome.reply), outcome.stderr)

    def test_denied_credentials_lookup_is_3(self):
        for program in ([], [REPLY], [self.program('echo ran >&4')]):
            with self.subTest(program):
                outcome = self.site.login(address=NEW_OUTLOOK, program=program, environment=LOOKUP)
                self.assertEqual((3, b''), (outcome.exit_code, outcome.reply), outcome.stderr)

    def test_a_credentials_lookup_of_no_login_is_allowed_and_not_logged(self):
        program = self.program('echo "authorized: $AUTHORIZED" >&4; exit 42')
        for mechanism in ({}, {'AUTH_MECH': ''}):
            environment = {**LOOKUP, 'AUTH_MECH': None, **mechanism}
            for command, code, reply in (([REPLY], 2, b'\t'), ([], 0, b''),
                                         ([program], 42, b'authorized: 2\n')):
                with self.subTest(environment=environment, command=command):
                    outcome = self.site.login(address=NEW_OUTLOOK, program=command,
                                              environment=environment, password='')
                    self.assertEqual((code, reply, ''),
                                     (outcome.exit_code, outcome.reply, outcome.stderr))
        outcome = run(['--config', '/nonexistent/x.conf', REPLY], b'alice\0\0\0',
                      {'TCPREMOTEIP': NEW_OUTLOOK, 'CREDENTIALS_LOOKUP': '1', 'AUTHORIZED': '1'})
        self.assertEqual((2, b'\t', ''), (outcome.exit_code, outcome.reply, outcome.stderr))

    def test_a_text_goes_out_only_where_its_reply_refuses(self):
        self.site.configure(general={'deny_message': 'Not from there.'})
        self.addCleanup(self.site.configure, general={'deny_message': None,
                                                      'deny_message_services': None})

        def login(**how):
            outcome = self.site.login(address=NEW_OUTLOOK, program=[REPLY], **how)
            self.assertTrue(outcome.audit.blocked)
            return outcome.exit_code, outcome.reply

        self.assertEqual((1, b''), login())
        self.site.configure(general={'deny_message_services': 'imap'})
        text = b'nologin=y\treason=Not from there.\t'
        self.assertEqual((0, text), login())
        self.assertEqual((1, b''), login(service='pop3'))
        self.assertEqual((3, b''), login(environment=LOOKUP))
        for name in ('PROXY', 'PROXY_MAYBE'):
            for value in ('y', '', 'n'):
                self.assertEqual((1, b''), login(environment={name: value}))

    def test_called_wrongly_is_2_and_111_in_a_credentials_lookup(self):
        for what, how in (('no fd 3', {'fd3': '3<&-'}),
                          ('malformed credentials', {'credentials': b'alice'}),
                          ('unknown option', {'program': ['--no-such-option']})):
            for environment, code in (({}, 2), (LOOKUP, 111), ({**LOOKUP, 'AUTH_MECH': None}, 111)):
                with self.subTest(what, environment=environment):
                    outcome = self.site.login(address=HOME, environment=environment, **how)
                    self.assertEqual((code, b''), (outcome.exit_code, outcome.reply))
                    self.assertTrue(outcome.stderr)

    def test_a_configuration_that_cannot_be_read_is_111(self):
        for environment in ({}, LOOKUP):
            with self.subTest(environment):
                outcome = run(['--config', '/nonexistent/x.conf'], b'alice\0secret\0\0',
                              {'SERVICE': 'imap', 'TCPREMOTEIP': HOME, **environment})
                self.assertEqual((111, b''), (outcome.exit_code, outcome.reply))
                self.assertIn('/nonexistent/x.conf', outcome.stderr)

    def test_an_address_that_is_none_is_111(self):
        for environment in ({}, LOOKUP):
            for address in ('not-an-address', '1.2.3', '1.2.3.256', '::1::', '52.97.246.245 '):
                with self.subTest(address, environment=environment):
                    outcome = self.site.login(address=address, environment=environment)
                    self.assertEqual((111, b''), (outcome.exit_code, outcome.reply))
                    self.assertTrue(outcome.stderr)

    def test_a_program_that_cannot_be_run_is_111(self):
        outcome = self.site.login(address=HOME, program=['/nonexistent/program'])
        self.assertEqual(111, outcome.exit_code)
        self.assertIn('/nonexistent/program', outcome.stderr)


class Environment(Protocol):
    def test_no_address_is_allowed_and_logged_with_ip_none(self):
        outcome = self.site.login(address=None)
        self.assert_allowed(outcome)
        self.assertEqual('None', outcome.audit['ip'])

    def test_remote_ip_counts_where_there_is_no_tcpremoteip(self):
        outcome = self.site.login(environment={'REMOTE_IP': NEW_OUTLOOK})
        self.assert_denied(outcome, 'ip_net')
        outcome = self.site.login(environment={'REMOTE_IP': NEW_OUTLOOK, 'TCPREMOTEIP': HOME})
        self.assert_allowed(outcome)

    def test_the_environment_sets_no_option(self):
        other = harness.Site()
        environment = {'BADCLIENTS_CONFIG': str(other.config), 'CONFIG': str(other.config),
                       'BADCLIENTS_MODE': 'monitor', 'MODE': 'monitor'}
        self.assert_denied(self.site.login(address=NEW_OUTLOOK, environment=environment), 'ip_net')

    def test_the_way_people_try_it_in_a_shell_works(self):
        command = ("printf 'alice\\0secret\\0\\0' | SERVICE=imap TCPREMOTEIP=%s"
                   ' $badclients --config $config 3<&0; echo $?')
        done = shell(command % NEW_OUTLOOK, config=self.site.config)
        self.assertEqual('1\n', done.stdout, done.stderr)
        self.assertIn('blocked=True, matched=ip_net', done.stderr)
        done = shell(command % HOME, config=self.site.config)
        self.assertEqual('0\n', done.stdout, done.stderr)
        self.assertIn('ip=84.46.0.17', done.stderr)
        self.assertNotIn('blocked', done.stderr)

    def test_the_program_after_two_dashes_may_look_like_an_option(self):
        outcome = self.site.login(address=HOME, program=['--', 'sh', '-c', 'echo ran >&4'])
        self.assertEqual(b'ran\n', outcome.reply, outcome.stderr)

    def test_options_of_the_program_are_left_to_the_program(self):
        outcome = self.site.login(address=HOME, program=['sh', '-c', 'echo "$*" >&4', 'sh',
                                                         '--help', '--config', 'x'])
        self.assertEqual(b'--help --config x\n', outcome.reply, outcome.stderr)

    def test_help_and_version_need_no_login(self):
        for option, expected in (('--help', '--config'), ('--version', 'badclients')):
            with self.subTest(option):
                done = shell(f'$badclients {option}')
                self.assertEqual(0, done.returncode, done.stderr)
                self.assertIn(expected, done.stdout)


class Credentials(Protocol):
    def test_malformed_credentials_are_named_and_never_quoted(self):
        cases = {'empty': b'', 'no NUL': b'alicesecret7', 'one NUL': b'alice\0secret7',
                 'an empty name': b'\0secret7\0\0', 'only NULs': b'\0\0\0',
                 'over 512 bytes': b'alice\0' + b'secret7' * 80 + b'\0\0'}
        for what, credentials in cases.items():
            with self.subTest(what):
                outcome = self.site.login(address=HOME, credentials=credentials)
                self.assertEqual((2, b''), (outcome.exit_code, outcome.reply))
                self.assertTrue(outcome.stderr.strip())
                self.assertNotIn('secret7', outcome.stderr)

    def test_exactly_512_bytes_are_read(self):
        credentials = b'alice\0' + b'p' * 504 + b'\0\0'
        self.assertEqual(512, len(credentials))
        self.assert_allowed(self.site.login(address=HOME, credentials=credentials))

    def test_credentials_that_come_in_pieces_are_read_to_their_end(self):
        done = shell("{ printf ali; printf 'ce\\0sec'; printf 'ret\\0'; printf '\\0'; } |"
                     f' SERVICE=imap TCPREMOTEIP={NEW_OUTLOOK} $badclients --config $config 3<&0',
                     config=self.site.config)
        self.assertEqual(1, done.returncode)
        self.assertIn('user=<alice>', done.stderr)

    def test_credentials_from_a_file_are_read_too(self):
        file = self.folder / 'credentials'
        file.write_bytes(b'alice\0secret\0\0')
        done = shell(f'SERVICE=imap TCPREMOTEIP={NEW_OUTLOOK} $badclients --config $config 3<$file',
                     config=self.site.config, file=file)
        self.assertEqual(1, done.returncode, done.stderr)

    def test_newlines_and_controls_in_a_name_are_escaped_in_the_log(self):
        outcome = self.site.login(user='al\nmail-audit: user=<x>\r\x01\x7fice', address=NEW_OUTLOOK)
        self.assert_denied(outcome, 'ip_net')
        self.assertEqual('al\\x0Amail-audit: user=\\x3Cx\\x3E\\x0D\\x01\\x7Fice'.lower(),
                         outcome.audit['user'].lower())

    def test_bytes_that_are_not_utf8_are_escaped_in_the_log(self):
        outcome = self.site.login(credentials=b'al\xff\xc3ice\xc3\xa4\0x\0\0', address=NEW_OUTLOOK)
        self.assert_denied(outcome, 'ip_net')
        self.assertEqual('al\\xff\\xc3iceä', outcome.audit['user'].replace('\\xFF', '\\xff')
                         .replace('\\xC3', '\\xc3'))


class Descriptors(Protocol):
    def listing(self, **how):
        """The descriptors that a PROGRAM finds, as {number: target}."""
        program = self.program('exec ls -l /proc/self/fd >&4')
        outcome = self.site.login(address=HOME, program=[program], **how)
        self.assertEqual(0, outcome.exit_code, outcome.stderr)
        found = {}
        for line in outcome.reply.decode().splitlines():
            if ' -> ' in line:
                number, _, target = line.split(maxsplit=8)[8].partition(' -> ')
                found[int(number)] = target
        # ls itself has the folder open.
        return {n: t for n, t in found.items() if not t.startswith('/proc/')}

    def test_the_program_inherits_standard_descriptors_and_4_alone(self):
        with_leaks = '3<&0 4>&1 5</etc/passwd 6</ 17</etc/group 9</dev/null'
        self.assertEqual({0, 1, 2, 4}, set(self.listing(fd3=with_leaks, fd4='')))

    def test_no_descriptor_of_ours_leaks_after_lookups(self):
        dns = self.own(harness.world.nameserver().start())
        registries = self.own(harness.world.registries())
        site, self.site = self.site, harness.Site(dns, registries)
        try:
            self.assertEqual({0, 1, 2, 4}, set(self.listing()))
        finally:
            self.site = site

    def test_without_descriptor_4_a_reply_is_not_tried(self):
        outcome = self.site.login(address=HOME, program=[self.program('exit 42')], fd4='4>&-')
        self.assertEqual(42, outcome.exit_code, outcome.stderr)

    def test_a_reply_that_nobody_reads_is_no_crash(self):
        done = shell("printf 'alice\\0secret\\0\\0' | { SERVICE=imap TCPREMOTEIP=%s $badclients "
                     '--config $config %s 3<&0 4>/dev/full; echo $?; }' % (HOME, REPLY),
                     config=self.site.config)
        self.assertEqual('111\n', done.stdout, done.stderr)
        self.assertTrue(done.stderr)

    def test_closed_standard_descriptors_do_no_harm(self):
        done = shell("printf 'alice\\0secret\\0\\0' | { SERVICE=imap TCPREMOTEIP=%s $badclients "
                     '--config $config 3<&0 0<&- 2>&- 1>&4; echo $? >&4; } 4>&1' % NEW_OUTLOOK,
                     config=self.site.config)
        self.assertEqual('1\n', done.stdout)
        for file in (self.site.config, *self.site.lists.iterdir(), *self.site.state.iterdir()):
            self.assertNotIn(b'mail-audit', file.read_bytes(), file)


class Password(Protocol):
    def test_the_password_stands_in_no_log_and_no_file(self):
        site = harness.Site(general={'log': None})
        site.configure(general={'log': site.state / 'audit.log'})
        site.list('ip_net.deny', '52.96.0.0/14')
        secret = 'Tr0ub4dor&3-Zx81'
        outcomes = [site.login(address=address, password=secret, program=program)
                    for address in (HOME, NEW_OUTLOOK, 'rubbish', None)
                    for program in ([], [REPLY], ['/nonexistent/program'])]
        outcomes.append(site.login(credentials=f'alice\0{secret}'.encode(), address=HOME))
        for outcome in outcomes:
            self.assertNotIn(secret, outcome.stderr)
            self.assertNotIn(secret.encode(), outcome.reply)
        files = [f for f in site.folder.rglob('*') if f.is_file()]
        self.assertIn(site.state / 'audit.log', files)
        for file in files:
            self.assertNotIn(secret.encode(), file.read_bytes(), file)

    def test_the_program_that_is_run_does_not_learn_the_password(self):
        program = self.program('cat /proc/self/environ /proc/self/cmdline >&4')
        outcome = self.site.login(address=HOME, program=[program], password='Tr0ub4dor&3')
        self.assertIn(b'TCPREMOTEIP', outcome.reply)
        self.assertNotIn(b'Tr0ub4dor&3', outcome.reply)

    def while_it_waits(self, act, **how):
        """What act(pid) returns while badclients with that process id waits for its helper."""
        folder = project.temporary_folder('helper')
        project.give_away(folder)
        helper = folder / 'badclients-lookup'
        helper.write_text(f'#!/bin/sh\necho $PPID >{folder}/new; mv {folder}/new {folder}/pid\n'
                          f'until [ -e {folder}/done ]; do sleep 0.02; done\n')
        helper.chmod(0o755)
        dns = self.own(harness.world.nameserver().start())
        site = harness.Site(dns, lookup={'helper': helper, 'deadline': '30s'})
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            login = pool.submit(site.login, address=HOME, **how)
            try:
                wait_until((folder / 'pid').exists, 'the helper runs')
                return act(int((folder / 'pid').read_text()))
            finally:
                (folder / 'done').touch()
                self.assert_allowed(login.result())

    @unittest.skipUnless(os.geteuid() == 0, 'only root may read the memory')
    def test_the_password_is_overwritten_in_memory(self):
        def memory(pid):
            found = b''
            with open(f'/proc/{pid}/mem', 'rb', 0) as mem, open(f'/proc/{pid}/maps') as maps:
                for line in maps:
                    start, end = (int(part, 16) for part in line.split()[0].split('-'))
                    if line.split()[1].startswith('rw'):
                        with contextlib.suppress(OSError):
                            found += os.pread(mem.fileno(), end - start, start)
            return found

        found = self.while_it_waits(memory, user='user-in-memory', password='Tr0ub4dor&3-Zx81')
        self.assertIn(b'user-in-memory', found)
        self.assertNotIn(b'Tr0ub4dor', found)
        self.assertNotIn(b'dor&3-Zx81', found)

    def test_other_processes_of_the_same_user_may_not_look_into_it(self):
        user, group = project.account()
        account = {'user': user, 'group': group} if os.geteuid() == 0 else {}

        def look(pid):
            return subprocess.run(['cat', f'/proc/{pid}/environ'], capture_output=True,
                                  check=False, **account)

        done = self.while_it_waits(look)
        self.assertEqual((1, b''), (done.returncode, done.stdout))

    def test_the_helper_and_its_whois_question_carry_no_password(self):
        registries = self.own(harness.world.registries())
        dns = self.own(harness.world.nameserver().start())
        site = harness.Site(dns, registries)
        site.login(address=harness.world.SUGAR_MAIL, password='Tr0ub4dor&3', user='honey-sugar')
        self.assertTrue(registries.questions())
        for _, question in registries.questions():
            self.assertNotIn('Tr0ub4dor', question)
            self.assertNotIn('honey', question)


class Linking(harness.TestCase):
    """The process that saw a password links nothing that parses what the network sends."""

    HEAVY = ('curl_', 'ldns_', 'SSL_', 'EVP_', 'redis', 'seccomp_')

    def symbols(self, program):
        """What the program defines itself, or takes from a shared library."""
        done = subprocess.run(['nm', '--format=posix', project.programs() / program],
                              capture_output=True, text=True, check=True)
        return {line.split()[0] for line in done.stdout.splitlines() if line}

    def heavy(self, program):
        return {name for name in self.symbols(program) if name.startswith(self.HEAVY)}

    def test_badclients_links_neither_curl_nor_ldns_nor_openssl(self):
        self.assertIn('sqlite3_step', self.symbols('badclients'))
        self.assertEqual(set(), self.heavy('badclients'))

    def test_the_check_sees_heavy_libraries_where_there_are_some(self):
        self.assertTrue(any(name.startswith('ldns_') for name in self.heavy('badclients-lookup')))

    def test_badclients_is_static_unless_it_was_built_otherwise(self):
        program = project.programs() / 'badclients'
        done = subprocess.run(['ldd', program], capture_output=True, text=True, check=False)
        if 'statically linked' not in done.stdout + done.stderr:
            self.assertIn('libsqlite3', done.stdout, done.stderr)
            self.skipTest('built with -Dlinking=dynamic, or without the archives')
        # Nothing in it could ask a name server, or load code.
        wants = self.symbols('badclients') & {'getaddrinfo', 'gethostbyname', 'getpwnam', 'res_query'}
        self.assertEqual(set(), wants)


if __name__ == '__main__':
    harness.main()

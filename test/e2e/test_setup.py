#!/usr/bin/env python3
"""`badclientsctl setup` on a host with a real Dovecot: what it makes, what it leaves alone, what --undo
gives back."""

import hashlib
import json
import os
import pwd
import re
import shutil
import socket
import subprocess
import types
import unittest

import harness
from harness import clients, debian13, dovecot, project
from harness.private_root import PrivateRoot, installed
from harness.process import Daemon, listens, wait_until
from harness.world import NEW_OUTLOOK

ELSEWHERE = '84.46.0.17'
TREE = ('/etc/dovecot', '/var/lib/badclients')
NOT_OURS = ('/var/lib/dovecot/', '/var/log/', '/var/mail/', '/tmp/', '/usr/bin/doveadm')
OWN = '/etc/dovecot/conf.d/95-badclients.conf'
PASSWORD = 'correct horse'


@unittest.skipUnless(os.geteuid() == 0, 'needs root')
class Host(harness.TestCase):
    """A host whose Dovecot checks passwords with a passwd-file, and runs."""

    lower = '/'
    version = '2.3'
    passwd_file = '''passdb {
  driver = passwd-file
  args = scheme=PLAIN /etc/dovecot/users
}
userdb {
  driver = static
  args = uid=nobody gid=nogroup home=/tmp/%u
}
'''
    lets_all_in = '''passdb {
  driver = static
  args = nopassword=y
}
userdb {
  driver = static
  args = uid=nobody gid=nogroup home=/tmp/%u
}
'''
    settings = '''disable_plaintext_auth = no
login_trusted_networks = 127.0.0.0/8
first_valid_uid = 1
'''
    door = 'badclients-policy'

    def setUp(self):
        super().setUp()
        if not list(installed().rglob(self.door)):
            self.skipTest(f'{self.door} is not built')
        if self.lower == '/' and (dovecot.version() < (2, 4)) != (self.version == '2.3'):
            self.skipTest(f'this is not Dovecot {self.version}')
        self.root = self.own(PrivateRoot(self.lower))
        for name, text in (('conf.d/auth-system.conf.ext', self.passwd_file),
                           ('conf.d/10-ssl.conf', 'ssl = no\n'),
                           ('users', f'alice:{PASSWORD}\n'),
                           ('local.conf', self.settings + 'auth_failure_delay = 0\nauth_verbose = yes\n'
                                                          'log_path = /var/log/dovecot.log\n')):
            self.root.write(f'/etc/dovecot/{name}', text)
        self.start_dovecot()

    def start_dovecot(self):
        done = self.root.run('sh', '-c', 'dovecot >/tmp/said 2>&1')
        self.assertEqual(0, done.returncode, self.root.path('/tmp/said').read_text())
        wait_until(lambda: listens(143), 'Dovecot listens')

    def stop_dovecot(self):
        self.root.run('doveadm', 'stop')
        wait_until(lambda: not self.root.path('/run/dovecot/master.pid').exists(), 'Dovecot has ended')

    def setup(self, *options, code=0):
        """Runs it; what it said."""
        done = self.root.run('badclientsctl', 'setup', *options)
        said = done.stdout + done.stderr
        self.assertEqual(code, done.returncode, said)
        return said

    def tree(self):
        return {name: value for name, value in self.root.snapshot(*TREE).items()
                if not name.startswith(NOT_OURS)}

    def assert_same(self, before, after):
        self.assertEqual([], [f'{name}: {before.get(name)!s:.500} is {after.get(name)!s:.500}'
                              for name in sorted({*before, *after}) if before.get(name) != after.get(name)])

    def reload_dovecot(self):
        """Dovecot has begun to; what asks now may still find an auth process of before, or none."""
        def begun():
            return self.log().count('reloading configuration')

        before = begun()
        self.assertEqual(0, self.root.run('doveadm', 'reload').returncode)
        wait_until(lambda: begun() > before, 'Dovecot reloads its configuration')

    def gets_in(self, password=PASSWORD, address=ELSEWHERE, user='alice'):
        """What Dovecot decides. A reload may take an auth process away with the question, which is
        then put again."""
        refused, no_answer = 77, 75  # EX_NOPERM, EX_TEMPFAIL

        def answered():
            done = self.root.run('doveadm', 'auth', 'test', '-x', 'service=imap', '-x', f'rip={address}',
                                 '-x', 'no-penalty', user, password)
            return done if done.returncode != no_answer else None

        done = wait_until(answered, 'Dovecot decides a login')
        self.assertIn(done.returncode, (0, refused), done.stdout + done.stderr)
        return done.returncode == 0

    def refuse_new_outlook(self):
        with self.root.path('/etc/dovecot/lists/ip_net.deny.lst').open('a') as file:
            file.write(f'{NEW_OUTLOOK}\n')

    def log(self):
        return self.root.path('/var/log/dovecot.log').read_text()

    def assert_decides_logins_of_no_list(self):
        self.assertTrue(self.gets_in())
        self.assertFalse(self.gets_in('wrong'))

    def assert_decides_logins(self):
        """Who gets in: the right password from an address that is not listed, and nobody else."""
        self.assertTrue(self.gets_in())
        self.assertFalse(self.gets_in(address=NEW_OUTLOOK))
        for address in (ELSEWHERE, NEW_OUTLOOK, '127.0.0.1'):
            self.assertFalse(self.gets_in('wrong', address))
            self.assertFalse(self.gets_in(user='nobody-here', address=address))

    def find(self, program):
        """Where it is there."""
        return self.root.run('sh', '-c', f'command -v {program}').stdout.strip()

    def let_no_reload_work(self):
        """`doveadm reload` fails from now on; where the real doveadm is then."""
        path = self.find('doveadm')
        os.rename(self.root.path(path), self.root.path(path + '.real'))
        self.root.write(path, f'#!/bin/sh\n[ "$1" != reload ] || exit 75\nexec {path}.real "$@"\n', 0o755)
        return self.root.path(path + '.real')

    def have_all_lists(self):
        """Setup then has fewer steps in which it can be killed."""
        templates = next(path.parent for path in installed().rglob('badclients/lists/asn.deny.lst'))
        shutil.copytree(templates, self.root.path('/etc/dovecot/lists'))

    def kill_at_each(self, calls, prepare, *options):
        """Ends setup with SIGKILL at its 1st, 2nd, ... of these system calls, and yields after each,
        until it gets through."""
        for number in range(1, 200):
            prepare()
            done = self.root.run('strace', '-qq', '-o', '/dev/null', '-e', f'trace={calls}', '-e',
                                 f'inject={calls}:signal=KILL:when={number}', 'badclientsctl', 'setup', *options)
            if done.returncode >= 0 and 'Killed' not in done.stderr and done.returncode != 137:
                self.assertEqual(0, done.returncode, done.stdout + done.stderr)
                self.assertGreater(number, 3, 'it was never killed')
                return
            yield number
        self.fail('it never gets through')


class Policy(Host):
    def test_setup_connects_dovecot_and_undo_gives_everything_back(self):
        before = self.tree()
        said = self.setup('--dry-run')
        self.assertIn(f'would make {OWN}', said)
        self.assertIn('Nothing was changed.', said)
        self.assert_same(before, self.tree())

        said = self.setup()
        self.assertIn('an unknown user is refused', said)
        self.assertRegex(said, '\n  not tried +a login with a right password[.] After the next login from outside .* '
                               'run badclientsctl doctor\n')
        self.assertRegex(said, r'private and local addresses \(127\.\*.*\s+192.* leave none unless log_local = yes')
        self.assertIn('doveadm auth test -x service=imap -x rip=52.97.246.245 USER', said)
        self.assertNotIn('in force', said)
        self.assertIn('clients enable --monitor new-outlook', said)
        self.assertIn('grep mail-audit: /var/log/dovecot.log', said)
        made = self.tree()
        uid = next(value[1] for name, value in made.items() if name == '/var/lib/badclients')
        self.assertNotEqual(0, uid)
        for name, mode, owner in ((OWN, '0o100644', 0), ('/etc/dovecot/badclients/secret', '0o100600', uid),
                                  ('/etc/dovecot/badclients/secret.conf', '0o100600', 0),
                                  ('/var/lib/badclients', '0o40700', uid),
                                  ('/etc/dovecot/lists/ip_net.deny.lst', '0o100644', 0)):
            self.assertEqual((mode, owner), made[name][:2], name)
        secret = made['/etc/dovecot/badclients/secret'][3].strip()
        self.assertRegex(secret, b'^[0-9a-f]{48}$')
        self.assertEqual([], [name for name, value in made.items()
                              if value[3] and secret in value[3] and value[0] != '0o100600'])

        self.refuse_new_outlook()
        self.assert_decides_logins()
        lines = harness.audit_lines(self.log())
        self.assertEqual([(ELSEWHERE, False), (NEW_OUTLOOK, True)],
                         [(line['ip'], line.blocked) for line in lines])

        self.root.write('/etc/dovecot/lists/ip_net.deny.lst',
                        made['/etc/dovecot/lists/ip_net.deny.lst'][3].decode())
        self.assertIn('removed    /var/lib/badclients', self.setup('--undo'))
        self.assert_same(before, self.tree())
        self.assertTrue(self.gets_in(address=NEW_OUTLOOK))
        self.assertFalse(self.gets_in('wrong'))
        self.assertIn('nothing that setup has made', self.setup('--undo'))

    def pretended(self, *options, code=0):
        """What `setup --dry-run --json` says, and what became of each path."""
        done = self.root.run('badclientsctl', 'setup', '--dry-run', '--json', *options)
        self.assertEqual(code, done.returncode, done.stdout + done.stderr)
        said = json.loads(done.stdout)
        self.assertEqual(['undo', 'door', 'would_change', 'steps', 'to_do', 'error'], list(said))
        for step in said['steps']:
            self.assertEqual(['step', 'path', 'why'], list(step))
        self.assertEqual(said['error'] or '', done.stderr.removeprefix('badclientsctl: setup: ').strip())
        return said, {step['path']: step for step in said['steps'] if step['path']}

    def test_json_has_each_step_of_a_dry_run(self):
        before = self.tree()
        said, steps = self.pretended()
        self.assertEqual((False, 'policy', True, None, None),
                         tuple(said[key] for key in ('undo', 'door', 'would_change', 'to_do', 'error')))
        self.assertEqual({'would_make'}, {step['step'] for step in said['steps']})
        self.assertEqual({'/var/lib/badclients', '/etc/dovecot/lists', '/etc/dovecot/bad_clients.conf.ext',
                          '/etc/dovecot/badclients/secret', '/etc/dovecot/badclients/secret.conf', OWN}, set(steps))
        self.assertRegex(steps['/etc/dovecot/lists']['why'], r'^\d+ lists, without entries$')
        self.assertIn('--json needs --dry-run', self.setup('--json', code=2))
        self.assert_same(before, self.tree())

        self.setup()
        said, steps = self.pretended()
        self.assertEqual((False, {'there'}), (said['would_change'], {step['step'] for step in said['steps']}))
        said, steps = self.pretended('--undo')
        self.assertEqual((True, None, True), tuple(said[key] for key in ('undo', 'door', 'would_change')))
        self.assertEqual({'would_go'}, {step['step'] for step in said['steps']})
        self.assertIn(OWN, steps)

        with self.root.path(OWN).open('a') as file:
            file.write('# mine\n')
        self.assertEqual({'step': 'changed', 'path': OWN, 'why': 'not by setup; it stays as it is'},
                         self.pretended()[1][OWN])
        said, steps = self.pretended('--undo', code=1)
        self.assertEqual('stays', steps[OWN]['step'])
        self.assertIn('all else stays', said['error'])

        self.setup('--undo', code=1)
        self.root.path(OWN).write_text('# mine\n')
        shutil.rmtree(self.root.path('/etc/dovecot/badclients'))
        said, _ = self.pretended(code=1)
        self.assertIn(f'{OWN} is there already', said['error'])
        self.assertFalse(said['would_change'])

    def test_a_second_run_changes_nothing_and_says_so(self):
        self.setup()
        before = self.tree()
        reloads = self.log().count('SIGHUP')
        said = self.setup()
        self.assertIn('nothing was changed', said)
        self.assert_same(before, self.tree())
        self.assertEqual(reloads, self.log().count('SIGHUP'))
        self.assertIn('nothing was changed', self.setup('--dry-run'))

    def test_what_was_there_already_stays(self):
        self.root.write('/etc/dovecot/bad_clients.conf.ext', '[general]\nlog_local = yes\n', 0o644)
        self.root.write('/etc/dovecot/lists/asn.deny.lst', 'AS64496\n')
        before = self.tree()
        self.setup(code=1)
        self.setup('--undo')
        self.assert_same(before, self.tree())

    def test_an_older_configuration_lacks_the_secret_until_its_line_is_there(self):
        self.root.write('/etc/dovecot/bad_clients.conf.ext', '[general]\nlog_local = yes\n')
        said = self.setup(code=1)
        self.assertIn('secret_file = /etc/dovecot/badclients/secret', said)
        self.root.write('/etc/dovecot/bad_clients.conf.ext',
                        '[general]\nlog_local = yes\n[policy]\nsecret_file = /etc/dovecot/badclients/secret\n')
        self.setup()
        self.assertTrue(self.gets_in())

    def test_another_policy_server_is_not_replaced(self):
        self.root.write('/etc/dovecot/conf.d/99-other.conf', 'auth_policy_server_url = http://127.0.0.1:8084/\nauth_policy_hash_nonce = x\n')
        before = self.tree()
        said = self.setup(code=1)
        self.assertIn('http://127.0.0.1:8084/', said)
        self.assertIn('Nothing was changed.', said)
        self.assert_same(before, self.tree())

    def test_a_state_folder_belongs_to_the_user_of_dovecots_auth_process(self):
        self.root.write('/etc/dovecot/conf.d/90-user.conf', 'service auth {\n  user = mail\n}\n')
        self.setup()
        mail = pwd.getpwnam('mail').pw_uid
        for name in ('/var/lib/badclients', '/etc/dovecot/badclients/secret'):
            self.assertEqual(mail, self.root.path(name).stat().st_uid, name)
        self.assertIn('  user = mail\n', self.root.path(OWN).read_text())
        # The service has a user of its own now.
        self.root.path('/etc/dovecot/conf.d/90-user.conf').unlink()
        self.assertIn('nothing was changed', self.setup())
        self.refuse_new_outlook()
        self.assert_decides_logins()
        self.assertNotIn('does not belong', self.root.run('badclientsctl', 'lint').stdout)

    def test_what_root_authenticates_does_not_run_as_root(self):
        self.root.write('/etc/dovecot/conf.d/90-user.conf', 'service auth {\n  user = root\n}\n')
        self.setup()
        self.assertIn('  user = dovecot\n', self.root.path(OWN).read_text())
        self.assertEqual(pwd.getpwnam('dovecot').pw_uid, self.root.path('/var/lib/badclients').stat().st_uid)

    def test_a_relative_configuration_names_its_secret(self):
        self.root.write('/srv/mail/other.conf', '[policy]\nsecret_file = keys/secret\n'
                                                '[general]\nstate_path = /srv/state\nlist_path = /srv/lists\n')
        self.root.path('/srv/mail/keys').mkdir()
        done = self.root.run('sh', '-c', 'cd /srv && badclientsctl --config mail/other.conf setup')
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        self.assertTrue(self.root.path('/srv/mail/keys/secret').exists())
        self.assertIn('badclients-policy --config /srv/mail/other.conf\n', self.root.path(OWN).read_text())
        self.assertTrue(self.gets_in())

    def test_nothing_is_done_while_the_configuration_has_errors(self):
        text = '[general]\nstate_path = not/absolute\n[lookup]\ndeadlin = 7s\n'
        self.root.write('/etc/dovecot/bad_clients.conf.ext', text)
        before = self.tree()
        said = self.setup(code=1)
        self.assertIn('bad_clients.conf.ext:2: ', said)
        self.assertIn('bad_clients.conf.ext:4: ', said)
        self.assertIn('nothing is done', said)
        self.assert_same(before, self.tree())

    def test_a_door_that_answers_without_the_secret_is_taken_back(self):
        self.root.write('/etc/dovecot/bad_clients.conf.ext', '[policy]\nsecret_file = /etc/dovecot/badclients/secret\n')
        program, = [path for path in installed().rglob('badclients-policy') if 'of-the-host' not in str(path)]
        inside = '/' + str(program.relative_to(installed()))
        os.rename(self.root.path(inside), self.root.path(inside + '.real'))
        self.root.write('/etc/open.conf', '[general]\nstate_path = /var/lib/badclients\n')
        self.root.write(inside, f'#!/bin/sh\nexec {inside}.real --config /etc/open.conf\n', 0o755)
        before = self.tree()
        self.assertIn('it answers a request with another secret, too', self.setup(code=1))
        self.assert_same(before, self.tree())

    def test_a_file_of_that_name_that_is_somebody_elses_stays(self):
        self.root.write(OWN, '# mine\n')
        before = self.tree()
        said = self.setup(code=1)
        self.assertIn(f'{OWN} is there already', said)
        self.assertIn(f'remove {OWN}, and run setup again', said)
        self.assert_same(before, self.tree())

    def test_a_dovecot_that_does_not_read_conf_d_is_told_how_to(self):
        file = self.root.path('/etc/dovecot/dovecot.conf')
        text = file.read_text()
        file.write_text(text.replace('!include conf.d/*.conf', self.passwd_file))
        before = self.tree()
        self.assertIn(f'!include_try {OWN}', self.setup(code=1))
        self.assert_same(before, self.tree())
        with file.open('a') as more:
            more.write(f'!include_try {OWN}\n')
        self.setup()

    def test_the_line_that_includes_its_file_is_enough_where_there_is_no_conf_d(self):
        self.root.run('sh', '-c', '''cd /etc/dovecot
            cat conf.d/10-auth.conf conf.d/10-ssl.conf conf.d/auth-system.conf.ext | grep -v include >a.conf
            rm -rf conf.d; sed -i "s,^!include conf.d.*,!include a.conf," dovecot.conf''')
        self.assertIn(f'!include_try {OWN}', self.setup(code=1))
        self.root.run('sh', '-c', f'echo "!include_try {OWN}" >>/etc/dovecot/dovecot.conf')
        before = self.tree()
        self.assertRegex(self.setup(), 'made +/etc/dovecot/conf.d\n')
        self.assertTrue(self.gets_in())
        self.setup('--undo')
        self.assert_same(before, self.tree())

    def what_a_failure_does(self):
        """What Dovecot's auth_policy_reject_on_fail is. 2.4 shows it within auth_policy { }."""
        said = self.root.run('doveconf', '-n').stdout
        return re.search(r'(?m)^ *(?:auth_policy_)?reject_on_fail = (.*)$', said)[1]

    def test_what_another_file_says_of_a_door_that_does_not_answer_counts(self):
        """auth_policy_reject_on_fail, whichever of the two files is read first."""
        for name in ('11-mine.conf', '96-mine.conf'):
            with self.subTest(name=name):
                self.assertIn('does not answer, Dovecot lets logins in (auth_policy_reject_on_fail = no)', self.setup())
                self.root.write(f'/etc/dovecot/conf.d/{name}', 'auth_policy_reject_on_fail = yes\n')
                self.reload_dovecot()
                self.assertIn('does not answer, Dovecot refuses every login (auth_policy_reject_on_fail = yes)',
                              self.setup())
                self.assertEqual('yes', self.what_a_failure_does())
                with self.root.path('/etc/dovecot/bad_clients.conf.ext').open('a') as file:
                    file.write('\n[lookup]\ndeadline = 20s\n')
                self.assertIn(f'renewed    {OWN}', self.setup())
                self.assertRegex(self.root.path(OWN).read_text(), r'(?m)timeout\w* = (22s|22000)$')
                self.root.path('/etc/dovecot/bad_clients.conf.ext').unlink()
                self.root.path(f'/etc/dovecot/conf.d/{name}').unlink()
                self.setup('--undo')

    def test_the_file_of_a_setup_that_decided_what_a_failure_does_is_renewed(self):
        self.setup()
        old = self.root.path(OWN).read_text() + 'auth_policy_reject_on_fail = no\n'
        self.root.write(OWN, old)
        self.root.write('/etc/dovecot/conf.d/11-mine.conf', 'auth_policy_reject_on_fail = yes\n')
        with self.root.path('/etc/dovecot/badclients/made-by-setup').open('a') as record:
            record.write(f'{hashlib.sha256(old.encode()).hexdigest()}  {OWN}\n')
        said = self.setup()
        self.assertIn(f'renewed    {OWN}', said)
        self.assertIn('Dovecot refuses every login', said)
        self.assertEqual('yes', self.what_a_failure_does())

    def test_a_changed_file_that_is_too_impatient_for_a_longer_deadline_is_told_its_line(self):
        self.setup()
        with self.root.path(OWN).open('a') as file:
            file.write('# mine\n')
        with self.root.path('/etc/dovecot/bad_clients.conf.ext').open('a') as file:
            file.write('\n[lookup]\ndeadline = 20s\n')
        said = self.setup(code=1)
        self.assertIn('is not above lookup/deadline (20000 ms)', said)
        lines = re.search(r'Write into it:\n\n((    .*\n)+)\n', said)[1]
        with self.root.path(OWN).open('a') as file:
            file.write(lines)
        self.assertNotIn('To do', self.setup())
        self.assertNotIn('is not above', self.root.run('badclientsctl', 'doctor').stdout)

    def test_what_dovecots_user_may_not_read_or_write_is_named_and_all_is_taken_back(self):
        config, lists = '/etc/dovecot/bad_clients.conf.ext', '/etc/dovecot/lists'
        state = '/var/lib/badclients'
        secret = '/etc/dovecot/badclients.secret'
        self.root.write(config, f'[policy]\nsecret_file = {secret}\n')
        self.root.write(secret, 'a' * 48 + '\n', 0o600)
        uid = pwd.getpwnam('dovecot').pw_uid
        os.chown(self.root.path(secret), uid, -1)
        self.root.write(f'{lists}/asn.deny.lst', 'AS64496\n')
        self.root.write(f'{lists}/clients/mine.client', 'Name: Mine\n\nasn=AS64496\n')
        self.root.path(state).mkdir(0o700)
        os.chown(self.root.path(state), uid, -1)
        for path, mode, advice in ((config, 0o600, f'chmod 0640 {config}'), (lists, 0o700, f'chmod 0755 {lists}'),
                                   (f'{lists}/asn.deny.lst', 0o600, f'chmod 0644 {lists}/asn.deny.lst'),
                                   (f'{lists}/clients/mine.client', 0o600, f'chmod 0644 {lists}/clients/mine.client'),
                                   (secret, 0o600, f'chown dovecot {secret}'),
                                   (state, 0o700, f'install -d -m 0700 -o dovecot {state}')):
            with self.subTest(path=path):
                inside = self.root.path(path)
                status = inside.stat()
                os.chown(inside, 0, 0)
                inside.chmod(mode)
                before = self.tree()
                said = self.setup(code=1)
                self.assertRegex(said, f'(Permission denied|user dovecot (may not|cannot)).*[(]try: .*{advice}[;)]')
                self.assert_same(before, self.tree())
                self.assertFalse(self.root.path(OWN).exists())
                os.chown(inside, status.st_uid, status.st_gid)
                inside.chmod(status.st_mode & 0o7777)
        self.assertIn('user dovecot may read the configuration and the lists', self.setup())

    def test_clients_and_lists_that_undo_has_left_are_named_when_they_count_again(self):
        self.setup()
        for options in (('new-outlook',), ('--monitor', 'spark')):
            done = self.root.run('badclientsctl', 'clients', 'enable', *options)
            self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        self.refuse_new_outlook()
        for options in (('--undo', '--dry-run'), ('--undo',)):
            said = self.setup(*options)
            self.assertRegex(said, r'stays +/etc/dovecot/lists: there is something else in it: '
                                   r'clients/new-outlook\.client, clients/spark\.client, clients/spark\.monitor and 1 more\n')
        for options in (('--dry-run',), ()):
            said = self.setup(*options)
            self.assertRegex(said, r'in force +new-outlook \(refuses\), spark \(monitor\)\n')
            self.assertRegex(said, r'in force +ip_net\.deny\.lst \(1 entry\)\n')

    def test_dovecots_log_knows_the_test_of_setup_and_doctor_from_others(self):
        self.setup()
        self.root.run('badclientsctl', 'doctor')
        self.answer_to_a_stranger()
        wait_until(lambda: re.search(r'request refused \(401\): [^,\n]*$', self.log(), re.M), 'the stranger is logged')
        own = re.findall(r'request refused \(401\): .*, in a test by badclientsctl, as the request says$',
                         self.log(), re.M)
        self.assertEqual(2, len(own), self.log())

    def test_a_port_that_another_program_has_is_not_taken(self):
        other = self.own(Daemon(['python3', '-m', 'http.server', '--bind', '127.0.0.1', '4001'],
                                project.temporary_folder('other') / 'log'))
        other.wait_for(lambda: listens(4001), 'another program listens')
        before = self.tree()
        self.assertIn('another program listens on 127.0.0.1:4001', self.setup(code=1))
        self.assert_same(before, self.tree())
        self.assertIn('answers on 127.0.0.1:4002', self.setup('--port', '4002'))
        self.assertIn('nothing was changed', self.setup('--port', '4002'))
        before = self.tree()
        said = self.setup(code=1)
        self.assertIn('another program listens on 127.0.0.1:4001', said)
        self.assertIn('Nothing was changed.', said)
        self.assert_same(before, self.tree())

    def test_what_dovecot_does_not_accept_is_taken_back(self):
        templates, = {path.parent for path in installed().rglob('dovecot-2.3-policy.conf')}
        for template in templates.glob('dovecot-*-policy.conf'):
            inside = '/' + str(template.relative_to(installed()))
            text = template.read_text()
            self.root.write(inside, text + 'nonsense = 1\n')
        before = self.tree()
        said = self.setup(code=1)
        self.assertIn('Dovecot does not accept it', said)
        self.assertIn('nonsense', said)
        self.assert_same(before, self.tree())

    def test_what_another_file_overrules_is_taken_back(self):
        self.root.write('/etc/dovecot/conf.d/99-other.conf', 'auth_policy_check_before_auth = yes\n')
        before = self.tree()
        self.assertIn('overrules', self.setup(code=1))
        self.assert_same(before, self.tree())

    def test_a_door_that_does_not_answer_is_taken_back(self):
        program, = [path for path in installed().rglob('badclients-policy') if 'of-the-host' not in str(path)]
        inside = '/' + str(program.relative_to(installed()))
        working = self.root.path(inside).read_bytes()
        # What it leaves in its state folder goes, too.
        self.root.write(inside, '#!/bin/sh\n: >>/var/lib/badclients/cache.db\nexit 1\n', 0o755)
        before = self.tree()
        said = self.setup(code=1)
        self.assertIn('does not answer on 127.0.0.1:4001', said)
        self.assertIn('taken back', said)
        self.assert_same(before, self.tree())
        self.assertTrue(self.gets_in())
        self.assertFalse(self.gets_in('wrong'))
        wait_until(lambda: not listens(4001), 'Dovecot has closed the port')

        broken = self.root.path(inside).read_bytes()
        self.root.path(inside).write_bytes(working)
        self.setup()
        self.root.path(inside).write_bytes(broken)
        self.reload_dovecot()
        said = self.setup(code=1)
        self.assertIn('does not answer', said)
        self.assertIn('Nothing was changed.', said)

    def test_a_dovecot_that_does_not_run_uses_it_when_it_starts(self):
        self.stop_dovecot()
        self.assertIn('not running', self.setup())
        self.start_dovecot()
        self.refuse_new_outlook()
        self.assert_decides_logins()
        self.assertIn('answers', self.setup())

    def test_what_somebody_has_changed_since_stays(self):
        self.setup()
        for name in (OWN, '/etc/dovecot/lists/asn.deny.lst'):
            with self.root.path(name).open('a') as file:
                file.write('# mine\n')
        before = self.tree()
        self.assertIn(f'{OWN}: not by setup; it stays as it is', self.setup())
        self.assert_same({**before, '/etc/dovecot/badclients/made-by-setup': None},
                         {**self.tree(), '/etc/dovecot/badclients/made-by-setup': None})
        before = self.tree()
        said = self.setup('--undo', '--dry-run', code=1)
        self.assertIn('all else stays', said)
        said = self.setup('--undo', code=1)
        self.assertRegex(said, f'stays +{OWN}: ')
        self.assertIn('all else stays', said)
        self.assert_same(before, self.tree())
        self.assert_decides_logins_of_no_list()

        self.root.path(OWN).unlink()
        said = self.setup('--undo')
        for name in ('/etc/dovecot/lists/asn.deny.lst', '/etc/dovecot/lists'):
            self.assertRegex(said, f'stays +{name}: ')
        self.assertFalse(self.root.path('/etc/dovecot/bad_clients.conf.ext').exists())
        wait_until(lambda: not listens(4001), 'Dovecot has closed the port')

    def test_undo_stops_where_dovecot_still_asks_by_another_file(self):
        self.setup()
        mine = self.root.path('/etc/dovecot/conf.d/80-mine.conf')
        os.rename(self.root.path(OWN), mine)
        before = self.tree()
        self.assertIn('all else stays', self.setup('--undo', code=1))
        self.assert_same(before, self.tree())
        mine.unlink()
        self.setup('--undo')
        wait_until(lambda: not listens(4001), 'Dovecot has closed the port')

    def test_undo_stops_where_dovecot_cannot_be_told(self):
        before = self.tree()
        self.setup()
        working = self.tree()
        doveadm = self.root.path(self.find('doveadm'))
        real = self.let_no_reload_work()
        said = self.setup('--undo', code=1)
        self.assertIn('doveadm reload: exit code 75', said)
        self.assertIn('all else stays', said)
        self.assert_same({**working, OWN: None}, {**self.tree(), OWN: None})
        os.replace(real, doveadm)
        self.setup('--undo')
        self.assert_same(before, self.tree())
        wait_until(lambda: not listens(4001), 'Dovecot has closed the port')

    def test_undo_without_a_dovecot_removes_all(self):
        before = self.tree()
        self.setup()
        self.stop_dovecot()
        programs = [self.find(name) for name in ('dovecot', 'doveconf', 'doveadm')]
        for program in programs:
            self.root.path(program).unlink()
        self.setup('--undo')
        self.assert_same(before, {name: value for name, value in self.tree().items() if name not in programs})

    def test_what_cannot_be_taken_back_is_said(self):
        before = self.tree()
        doveadm = self.root.path(self.find('doveadm'))
        real = self.let_no_reload_work()
        said = self.setup(code=1)
        self.assertNotIn('  taken back  ', said)
        self.assertIn('setup --undo', said)
        self.assertTrue(self.root.path('/etc/dovecot/badclients/secret').exists())
        self.assertFalse(self.root.path(OWN).exists())
        os.replace(real, doveadm)
        self.setup('--undo')
        self.assert_same(before, self.tree())

    def test_undo_leaves_what_is_not_badclients_in_the_state_folder(self):
        state = '/var/lib/badclients'
        self.root.write('/etc/dovecot/bad_clients.conf.ext',
                        f'[general]\nlist_path = {state}/lists\n[policy]\nsecret_file = {state}/secret\n')
        before = self.tree()
        self.setup()
        self.root.write('/var/lib/badclients/lists/ip_net.deny.lst', f'{NEW_OUTLOOK}\n')
        self.root.write('/var/lib/badclients/city.mmdb', 'x')
        self.assert_decides_logins()
        self.assertTrue(self.root.path(f'{state}/lists.index').exists())
        for options in (('--undo', '--dry-run'), ('--undo',)):
            said = self.setup(*options)
            for name in (state, f'{state}/lists'):
                self.assertRegex(said, f'stays +{name}: there is something else in it')
        left = {name for name in self.tree() if name.startswith(state)}
        self.assertEqual({state, f'{state}/lists', f'{state}/lists/ip_net.deny.lst', f'{state}/city.mmdb'}, left)
        shutil.rmtree(self.root.path(state))
        self.assert_same(before, self.tree())

    def test_undo_removes_what_the_other_commands_remember(self):
        before = self.tree()
        self.setup()
        self.assert_decides_logins_of_no_list()
        for command in (('metrics',), ('report', '--remember'),
                        ('notify', '--from', 'postmaster@example.org', '--domain', 'example.org')):
            done = self.root.run('badclientsctl', *command)
            self.assertEqual('', done.stderr, done.stdout)
        self.assertRegex(self.setup('--undo', '--dry-run'), 'would go +/var/lib/badclients\n')
        self.setup('--undo')
        self.assert_same(before, self.tree())

    def test_undo_tells_dovecot_although_a_run_that_was_killed_took_its_file_away(self):
        self.setup()
        self.root.path(OWN).unlink()
        self.setup('--undo')
        wait_until(lambda: not listens(4001), 'Dovecot has closed the port')

    def test_a_listener_that_dovecot_has_itself_is_no_stranger(self):
        self.setup()
        self.root.path(OWN).unlink()
        shutil.rmtree(self.root.path('/etc/dovecot/badclients'))
        self.setup()
        self.refuse_new_outlook()
        self.assert_decides_logins()

    def test_a_port_of_another_service_of_dovecots_is_not_taken(self):
        self.assertIn("service imap-login listens on port 143", self.setup('--port', '143', code=1))
        self.setup()
        before = self.tree()
        said = self.setup('--port', '143', code=1)
        self.assertIn("service imap-login listens on port 143", said)
        self.assertIn('Nothing was changed.', said)
        self.assert_same(before, self.tree())

    def test_an_unknown_user_who_was_let_in_before_is_no_fault_of_setup(self):
        self.root.write('/etc/dovecot/conf.d/auth-system.conf.ext', self.lets_all_in)
        self.reload_dovecot()
        wait_until(lambda: self.gets_in('wrong', user='nobody-here'), 'Dovecot lets all in')
        for _ in range(2):
            self.assertRegex(self.setup(), 'careful +an unknown user is let in')

    def test_a_path_that_dovecot_would_split_is_refused(self):
        before = self.tree()
        for name in ('my mail', 'a%b', 'a#b'):
            done = self.root.run('badclientsctl', '--config', f'/etc/dovecot/{name}/bad.conf', 'setup')
            self.assertEqual(1, done.returncode, done.stdout + done.stderr)
            self.assertIn(f"Dovecot cannot be told to run badclients with '--config /etc/dovecot/{name}/bad.conf'",
                          done.stdout + done.stderr)
            self.assert_same(before, self.tree())

    def test_a_dovecot_that_only_logs_what_it_is_told_is_named(self):
        self.root.write('/etc/dovecot/local.conf', self.root.path('/etc/dovecot/local.conf').read_text()
                        + 'auth_policy_log_only = yes\n')
        self.assertRegex(self.setup(), 'careful +another file of Dovecot\'s says auth_policy_log_only = yes')
        self.refuse_new_outlook()
        self.assertTrue(self.gets_in(address=NEW_OUTLOOK))

    def test_a_longer_deadline_reaches_dovecot_with_the_next_run(self):
        self.setup()
        with self.root.path('/etc/dovecot/bad_clients.conf.ext').open('a') as file:
            file.write('\n[lookup]\ndeadline = 9s\n')
        nonce = re.search('hash_nonce = .*', self.root.path(OWN).read_text())[0]
        self.assertIn(f'renewed    {OWN}', self.setup())
        text = self.root.path(OWN).read_text()
        self.assertRegex(text, r'(?m)timeout\w* = (11s|11000)$')
        self.assertIn(nonce, text)
        self.setup('--undo')
        self.assertFalse(self.root.path(OWN).exists())

    def test_killed_at_any_point_a_second_run_completes(self):
        self.have_all_lists()
        before = self.tree()
        self.setup()
        whole = {name: value[:3] for name, value in self.tree().items()}
        self.setup('--undo')
        for number in self.kill_at_each('fsync,mkdir,link,unlink', lambda: self.setup('--undo')):
            with self.subTest(killed_at=number):
                self.setup()
                self.assert_same(whole, {name: value[:3] for name, value in self.tree().items()})
                self.setup('--undo')
                self.assert_same(before, self.tree())

    def test_killed_at_any_point_undo_is_completed_by_a_second_run(self):
        self.have_all_lists()
        before = self.tree()
        for number in self.kill_at_each('unlink,unlinkat,rmdir', self.setup, '--undo'):
            with self.subTest(killed_at=number):
                self.setup('--undo')
                self.assert_same(before, self.tree())

    def test_two_do_not_work_at_once(self):
        self.setup()
        lock = self.own(Daemon(self.root.command('flock', '/etc/dovecot/badclients/made-by-setup', 'sleep', '60'),
                               project.temporary_folder('lock') / 'log'))
        self.assertIsNotNone(lock.pid)
        wait_until(lambda: 'another setup is at work' in
                   self.root.run('badclientsctl', 'setup').stderr, 'the lock is held')


    def test_the_door_of_checkpassword_gives_way_to_that_of_policy(self):
        """Its configuration is setup's own, and without a secret."""
        before = self.tree()
        for changed in (False, True):
            with self.subTest(changed=changed):
                self.root.write('/etc/dovecot/conf.d/auth-system.conf.ext', self.passwd_file.replace(
                    'users\n', 'users\n  result_success = continue-ok\n', 1))
                self.setup('--door', 'checkpassword')
                config = self.root.path('/etc/dovecot/bad_clients.conf.ext')
                if changed:
                    with config.open('a') as file:
                        file.write('\n[lookup]\ndeadline = 6s\n')
                self.root.write('/etc/dovecot/conf.d/auth-system.conf.ext', self.passwd_file)
                if changed:
                    self.assertIn('secret_file = /etc/dovecot/badclients/secret', self.setup(code=1))
                    config.write_text(config.read_text() + '[policy]\nsecret_file = badclients/secret\n')
                else:
                    self.assertIn('renewed    /etc/dovecot/bad_clients.conf.ext', self.setup())
                self.setup()
                self.assertEqual(b'HTTP/1.1 401', self.answer_to_a_stranger()[:12])
                self.assertTrue(self.gets_in())
                self.setup('--undo')
                if changed:
                    config.unlink()
                self.assert_same(before, self.tree())

    @staticmethod
    def answer_to_a_stranger():
        with socket.create_connection(('127.0.0.1', 4001), timeout=20) as connection:
            connection.sendall(b'POST /?command=allow HTTP/1.1\r\nHost: x\r\nX-Badclients: y\r\nContent-Length: 2\r\n\r\n{}')
            return connection.recv(1024)


def lower_of_24():
    """The root folder of a host with Dovecot 2.4: this one, or the Debian 13 beside it."""
    if dovecot.version() >= (2, 4):
        return '/'
    debian13.require()
    return debian13.ROOT


class PolicyOf24(Policy):
    """The same with Dovecot 2.4, except for what has nothing to do with its version."""
    version = '2.4'
    test_killed_at_any_point_a_second_run_completes = None
    test_killed_at_any_point_undo_is_completed_by_a_second_run = None
    test_two_do_not_work_at_once = None
    test_a_port_that_another_program_has_is_not_taken = None
    test_the_door_of_checkpassword_gives_way_to_that_of_policy = None
    test_undo_without_a_dovecot_removes_all = None
    test_nothing_is_done_while_the_configuration_has_errors = None

    passwd_file = '''passdb passwd-file {
  passwd_file_path = /etc/dovecot/users
  default_password_scheme = PLAIN
}
userdb static {
  fields {
    uid = nobody
    gid = nogroup
    home = /tmp/%{user}
  }
}
'''
    lets_all_in = '''passdb static {
  fields {
    nopassword = yes
  }
}
userdb static {
  fields {
    uid = nobody
    gid = nogroup
    home = /tmp/%{user}
  }
}
'''
    settings = '''auth_allow_cleartext = yes
login_trusted_networks = 127.0.0.0/8
first_valid_uid = 1
'''

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lower = lower_of_24()

    def test_the_file_of_an_older_dovecot_is_renewed_after_its_update(self):
        self.setup()
        old = self.root.path(OWN).read_text().replace('auth_policy {', 'auth_policy_server_timeout_msecs = 7000\nx {')
        self.root.write(OWN, old)
        with self.root.path('/etc/dovecot/badclients/made-by-setup').open('a') as record:
            record.write(f'{hashlib.sha256(old.encode()).hexdigest()}  {OWN}\n')
        self.assertNotEqual(0, self.root.run('doveconf', '-n').returncode)
        said = self.setup()
        self.assertIn('an unknown user is refused', said)
        self.assertRegex(said, f'removed +{OWN}: .*auth_policy_server_timeout_msecs')
        self.assertEqual(0, self.root.run('doveconf', '-n').returncode)
        self.assertTrue(self.gets_in())

    def test_another_policy_server_is_seen_wherever_it_is_set(self):
        for text in ('auth_policy {\n  server_url = http://127.0.0.1:8084/\n}\n',
                     'auth_policy {\n  auth_policy_server_url = http://127.0.0.1:8084/\n}\n'):
            self.root.write('/etc/dovecot/conf.d/99-other.conf', text + 'auth_policy_hash_nonce = x\n')
            before = self.tree()
            self.assertIn('auth_policy_server_url = http://127.0.0.1:8084/', self.setup(code=1))
            self.assert_same(before, self.tree())

    def test_there_is_no_checkpassword_door(self):
        before = self.tree()
        self.assertIn('has no checkpassword driver', self.setup('--door', 'checkpassword', code=1))
        self.assert_same(before, self.tree())


class Checkpassword(Host):
    door = 'badclients'
    CONTINUE = '/etc/dovecot/conf.d/auth-system.conf.ext'

    def go_on(self):
        """What setup tells the administrator to do."""
        self.root.write(self.CONTINUE, self.passwd_file.replace(
            'users\n', 'users\n  result_success = continue-ok\n', 1))

    def test_setup_waits_for_the_line_in_the_passdb_before_it(self):
        said = self.setup('--door', 'checkpassword', code=1)
        self.assertIn('      driver = passwd-file\n      args = scheme=PLAIN /etc/dovecot/users\n'
                      '      result_success = continue-ok ', said)
        self.assertFalse(self.root.path(OWN).exists())
        self.assertTrue(self.gets_in())
        self.setup('--undo')

        self.go_on()
        before = self.tree()
        said = self.setup('--door', 'checkpassword')
        self.assertIn('an unknown user is refused', said)
        self.refuse_new_outlook()
        self.assert_decides_logins()
        dovecot = types.SimpleNamespace(ports={'imap': 143})
        self.assertFalse(clients.imap(dovecot, 'alice', PASSWORD, NEW_OUTLOOK).logged_in)
        self.assertTrue(clients.imap(dovecot, 'alice', PASSWORD, ELSEWHERE).logged_in)
        self.assertFalse(clients.imap(dovecot, 'alice', 'wrong', ELSEWHERE).logged_in)
        self.assertIn('nothing was changed', self.setup('--door', 'checkpassword'))

        template = next(installed().rglob('share/badclients/lists/ip_net.deny.lst'))
        self.root.write('/etc/dovecot/lists/ip_net.deny.lst', template.read_text())
        self.setup('--undo')
        self.assert_same(before, self.tree())
        self.assertTrue(self.gets_in(address=NEW_OUTLOOK))

    def test_a_passdb_behind_it_is_refused(self):
        self.go_on()
        self.root.write('/etc/dovecot/conf.d/99-other.conf',
                        'passdb {\n  driver = static\n  args = password=x\n  result_success = continue-ok\n}\n')
        before = self.tree()
        self.assertIn('a passdb stands behind', self.setup('--door', 'checkpassword', code=1))
        self.assert_same(before, self.tree())

    def test_another_checkpassword_passdb_behind_it_is_refused(self):
        self.go_on()
        self.root.write('/bin/another-check', '#!/bin/sh\nexit 1\n', 0o755)
        self.root.write('/etc/dovecot/conf.d/99-other.conf',
                        'passdb {\n  driver = checkpassword\n  args = /bin/another-check\n'
                        '  result_success = continue-ok\n}\n')
        before = self.tree()
        self.assertIn('a passdb stands behind', self.setup('--door', 'checkpassword', code=1))
        self.assert_same(before, self.tree())

    def test_a_passdb_that_runs_badclients_already_is_seen(self):
        self.go_on()
        self.setup('--door', 'checkpassword')
        os.rename(self.root.path(OWN), self.root.path('/etc/dovecot/conf.d/80-mine.conf'))
        self.assertIn('all else stays', self.setup('--undo', code=1))
        if list(installed().rglob('badclients-policy')):
            self.assertIn('runs badclients already', self.setup(code=1))
        self.assertIn('runs badclients already', self.setup('--door', 'checkpassword'))
        self.assertFalse(self.root.path(OWN).exists())


class Usage(Host):
    door = 'badclientsctl'

    def test_only_root_may(self):
        done = self.root.run('setpriv', '--reuid=nobody', '--clear-groups', 'badclientsctl', 'setup', '--dry-run')
        self.assertEqual(2, done.returncode)
        self.assertIn('only root', done.stderr)

    def test_wrong_options_are_named(self):
        for options, message in ((('--door', 'window'), "'window' is neither policy nor checkpassword"),
                                 (('--port', '0'), "'0' is no number from 1 to 65535"),
                                 (('--port', 'x'), "'x' is no number from 1 to 65535"),
                                 (('--undoo',), "setup has no option --undoo (did you mean --undo?)")):
            self.assertIn(message, self.setup(*options, code=2))

    def test_without_a_dovecot_nothing_is_made(self):
        self.stop_dovecot()
        for program in ('dovecot', 'doveconf'):
            subprocess.run(self.root.command('sh', '-c', f'rm "$(command -v {program})"'), check=True)
        before = self.tree()
        self.assertIn('there is no Dovecot here', self.setup(code=2))
        self.assert_same(before, self.tree())

    def test_a_record_that_others_may_write_to_is_not_believed(self):
        self.root.write('/etc/dovecot/badclients/made-by-setup', 'state  /var/lib/dovecot\n', 0o666)
        self.assertIn('not believed', self.setup('--undo', code=2))
        self.assertTrue(self.root.path('/var/lib/dovecot').exists())


if __name__ == '__main__':
    harness.main()

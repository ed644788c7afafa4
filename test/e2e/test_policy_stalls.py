#!/usr/bin/env python3
"""badclients-policy on bad days: each request that has come is answered in time, whatever hangs, breaks
or is missing; and no request leaves anything behind."""

import contextlib
import os
import pathlib
import signal
import subprocess
import time
import unittest

import harness
from harness import fuse, memory, project
from harness.policy_client import PolicyTestCase, login, request
from harness.process import running, wait_until
from harness.world import HOME, NEW_OUTLOOK

SHORT = {'deadline': '300ms'}
MANY = 20_000


class StallTestCase(PolicyTestCase):
    def assert_ended(self, client, code=1):
        self.assertIsNone(client.answer())
        self.assertEqual(code, client.wait())


class Waiting(StallTestCase):
    """The process that decides waits for the network, which is silent, when something befalls it."""

    def site(self, **general):
        nameserver = self.own(harness.SilentNameserver())
        site = harness.Site(nameserver, lookup={'deadline': '2s'}, general=general)
        site.list('ip_net.deny', '52.96.0.0/14')
        # A fact that could allow the login, and one that could refuse it.
        site.list('rev_host.allow', 'nobody.invalid')
        site.list('rev_host.deny', 'somebody.invalid')
        return site

    def waiting(self, site, address):
        client = self.connect(site)
        client.send(request(login(address)))
        wait_until(lambda: helps(client.worker), 'the helper runs')
        return client

    def test_killed_it_is_answered_for_with_what_was_known(self):
        for address, on_error, expected in (
                (NEW_OUTLOOK, 'allow', False), (HOME, 'allow', None), (HOME, 'tempfail', None),
                (HOME, 'deny', False)):
            client = self.waiting(self.site(on_error=on_error), address)
            os.kill(client.worker, signal.SIGKILL)
            answer = client.answer()
            self.assertEqual((expected, True), (answer.allowed, answer.ends))
            self.assertEqual(200 if expected is False else 500, answer.status)
            self.assert_ended(client)
            line, = client.lines()
            self.assertEqual((address, expected is False), (line['ip'], line.blocked))
            self.assertIn('died of signal 9 (Killed)', line['error'])

    def test_its_line_is_json_where_that_is_configured(self):
        for address, listed in ((NEW_OUTLOOK, True), (HOME, False)):
            client = self.waiting(self.site(log_format='json'), address)
            os.kill(client.worker, signal.SIGKILL)
            client.answer()
            self.assert_ended(client)
            line, = client.lines()
            self.assertTrue(line.json)
            self.assertEqual((address, listed), (line['ip'], line.blocked))

    def test_stopped_it_is_answered_for_at_the_deadline_and_killed(self):
        for on_error, expected in (('allow', True), ('deny', False), ('tempfail', None)):
            client = self.waiting(self.site(on_error=on_error), HOME)
            worker = client.worker
            os.kill(worker, signal.SIGSTOP)
            begin = time.monotonic()
            answer = client.answer()
            self.assertLess(time.monotonic() - begin, 5)
            self.assertEqual((expected, True), (answer.allowed, answer.ends))
            self.assert_ended(client)
            self.assertFalse(os.path.exists(f'/proc/{worker}'))
            self.assertIn('held up while learning about the address', client.lines()[0]['error'])

    def test_sigterm_waits_for_the_answer(self):
        client = self.waiting(self.site(), NEW_OUTLOOK)
        client.process.send_signal(signal.SIGTERM)
        answer = client.answer()
        self.assertEqual((False, True), (answer.allowed, answer.ends))
        self.assert_ended(client, 0)

    def test_a_client_that_has_gone_leaves_a_line_and_no_process(self):
        client = self.waiting(self.site(), NEW_OUTLOOK)
        worker = client.worker
        client.socket.close()
        self.assertEqual(0, client.wait())
        self.assertTrue(client.lines()[0].blocked)
        self.assertFalse(os.path.exists(f'/proc/{worker}'))

    def test_an_answer_that_has_begun_is_never_followed_by_another(self):
        """strace holds the process up behind each call that writes the answer, and it is killed."""
        site = harness.Site()
        site.list('ip_net.deny', '52.96.0.0/14')
        client = self.connect(site)
        client.ask(login(HOME))
        worker = client.worker
        trace = project.temporary_folder('strace') / 'trace'
        with subprocess.Popen(['strace', '-qq', '-p', str(worker), '-o', str(trace), '-e',
                               'trace=sendto', '-e', 'inject=sendto:delay_exit=60000000'],
                              stderr=subprocess.DEVNULL) as tracer:
            wait_until(lambda: traced(worker), 'strace has it')
            client.send(request(login(NEW_OUTLOOK)))
            self.assertFalse(client.answer().allowed)
            os.kill(worker, signal.SIGKILL)
            tracer.kill()
        self.assert_ended(client)
        self.assertEqual(2, len(client.lines()))

    def test_background_work_holds_neither_the_next_login_nor_the_connection(self):
        nameserver = self.own(harness.SilentNameserver())
        site = harness.Site(nameserver, lookup={'deadline': '20s'})
        client = self.connect(site)
        self.assertTrue(client.ask(login(HOME)).allowed)  # waits a second for the line
        background = wait_until(lambda: [pid for pid in running(site.config) if pid not in
                                         (client.process.pid, client.worker)], 'background work')
        begin = time.monotonic()
        for _ in range(20):
            self.assertTrue(client.ask(login('')).allowed)
        client.ask(login(''), headers=['Connection: close'])
        self.assert_ended(client, 0)
        self.assertLess(time.monotonic() - begin, 5)
        self.assertTrue(set(running(site.config)) & set(background))
        for pid in running(site.config):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


class Files(StallTestCase):
    def test_a_configuration_that_becomes_unreadable_is_500_until_it_can_be_read(self):
        site = harness.Site()
        site.list('ip_net.deny', '52.96.0.0/14')
        client = self.connect(site)
        self.assertFalse(client.ask(login(NEW_OUTLOOK)).allowed)
        text = site.config.read_text()
        site.config.unlink()
        for address in (NEW_OUTLOOK, HOME):
            answer = client.ask(login(address))
            self.assertEqual((500, False), (answer.status, answer.ends))
            line = client.lines()[-1]
            self.assertEqual((address, 'True'), (line['ip'], line['tempfail']))
            self.assertIn('No such file', line['error'])
        self.assertIn(f'badclients: error: {site.config}: No such file', client.log())
        site.config.write_text(text)
        self.assertFalse(client.ask(login(NEW_OUTLOOK)).allowed)
        self.assertTrue(client.ask(login(HOME)).allowed)

    def test_a_list_that_changes_counts_from_the_next_request_on(self):
        site = harness.Site()
        client = self.connect(site)
        for i in range(20):
            site.list('ip_net.deny', f'52.{i % 2}.0.0/16')
            self.assertEqual([i % 2 == 1, i % 2 == 0],
                             [client.ask(login(f'52.{other}.0.9')).allowed for other in (0, 1)])

    @unittest.skipUnless(os.geteuid() == 0, 'only root mounts')
    def test_a_full_state_folder_changes_no_decision(self):
        site = harness.Site(lookup=SHORT)
        site.list('ip_net.deny', '52.96.0.0/14')
        subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=64k,mode=0777', 'tmpfs', site.state], check=True)
        self.addCleanup(subprocess.run, ['umount', '-l', site.state], check=True)
        with contextlib.suppress(OSError), open(site.state / 'full', 'wb', buffering=0) as file:
            while file.write(bytes(4096)):
                pass
        client = self.connect(site)
        for address, allowed in ((NEW_OUTLOOK, False), (HOME, True)) * 3:
            answer = client.ask(login(address))
            self.assertEqual((allowed, False), (answer.allowed, answer.ends), client.log())
        self.assertEqual(6, len(client.lines()))
        self.assertRegex(client.log(), r'warning: .*No space left on device')

    def test_a_log_that_nobody_empties_delays_and_loses_no_answer(self):
        site = harness.Site()
        site.list('ip_net.deny', '52.96.0.0/14')
        client = self.connect(site, log_pipe=True)
        memory.fill(client.log_writer)
        begin = time.monotonic()
        for address, allowed in ((NEW_OUTLOOK, False), (HOME, True)) * 2:
            self.assertEqual(allowed, client.ask(login(address)).allowed)
        self.assertLess(time.monotonic() - begin, 10)


@unittest.skipUnless(fuse.available(), 'no FUSE here, or not root')
class HangingFileSystems(StallTestCase):
    """`taken`: the kernel lets the process that waits not even be killed."""

    def hang(self, site, folder):
        """What was there before had the usual time."""
        site.configure(lookup=SHORT)
        folder.hang()

    def site_in(self, folder, key):
        site = harness.Site()
        project.give_away(folder.below)
        (folder.below / key).mkdir()
        project.give_away(folder.below / key)
        site.configure(general={key: folder.path / key})
        return site

    def ask_in_time(self, client, fields, **how):
        begin = time.monotonic()
        answer = client.ask(fields, **how)
        self.assertLess(time.monotonic() - begin, 3)
        self.assertTrue(answer.ends)
        # The one that hangs may have the socket still.
        self.assert_ended(client)
        self.assertLess(time.monotonic() - begin, 4)
        return answer

    def test_state_path_that_hangs_leaves_the_login_to_on_error(self):
        def check(folder):
            site = self.site_in(folder, 'state_path')
            site.list('ip_net.deny', '52.96.0.0/14')
            clients = [self.connect(site) for _ in range(3)]
            for client in clients:
                self.assertFalse(client.ask(login(NEW_OUTLOOK)).allowed)
            self.hang(site, folder)
            for client, (on_error, expected) in zip(
                    clients, (('allow', True), ('deny', False), ('tempfail', None))):
                site.configure(general={'on_error': on_error})
                self.assertEqual(expected, self.ask_in_time(client, login(NEW_OUTLOOK)).allowed)
                line = client.lines()[-1]
                self.assertEqual('on_error', line['matched'])
                self.assertIn('held up while reading the lists', line['error'])

        fuse.each_kind(self, check)

    def test_a_configuration_that_hangs_is_500_with_a_line_within_the_deadline_that_it_last_said(self):
        def check(folder):
            site = harness.Site(lookup=SHORT)
            moved = folder.below / 'conf'
            moved.write_text(site.config.read_text())
            site.config = folder.path / 'conf'
            client = self.connect(site)
            self.assertTrue(client.ask(login(HOME)).allowed)
            folder.hang()
            self.assertEqual(500, self.ask_in_time(client, login(HOME)).status)
            line = client.lines()[-1]
            self.assertEqual(HOME, line['ip'])
            self.assertIn('held up while reading the configuration', line['error'])

        fuse.each_kind(self, check)

    def test_one_that_was_never_read_is_500_within_the_default_deadline(self):
        folder = self.own(fuse.HangingFolder())
        site = harness.Site(lookup=SHORT)
        site.config = folder.path / 'conf'
        folder.hang()
        client = self.connect(site)
        begin = time.monotonic()
        self.assertEqual(500, client.ask(login(HOME)).status)
        self.assertLess(time.monotonic() - begin, 10)
        self.assert_ended(client)

    def test_a_log_that_hangs_leaves_no_login_behind_another_without_its_answer(self):
        """Dovecot puts the next request on a connection as soon as the one before is answered, and lets
        the user in where the connection ends instead: so it ends with the answer."""
        def check(folder):
            site = harness.Site(general={'log': folder.path / 'log'})
            site.list('ip_net.deny', '52.96.0.0/14')
            project.give_away(folder.below)
            client, other = self.connect(site), self.connect(site)
            self.assertTrue(client.ask(login(HOME)).allowed)
            self.hang(site, folder)
            for one, address in ((client, NEW_OUTLOOK), (other, HOME)):
                self.assertEqual(address == HOME, self.ask_in_time(one, login(address)).allowed)
                self.assertEqual(address != HOME, one.lines()[-1].blocked)

        fuse.each_kind(self, check)

    def test_a_log_that_hangs_answers_for_no_request_that_is_refused(self):
        def check(folder):
            site, _ = self.with_secret()
            site.configure(general={'log': folder.path / 'log'}, lookup=SHORT)
            project.give_away(folder.below)
            known = ['X-Badclients: s3cret']
            clients = [self.connect(site) for _ in range(2)]
            folder.hang()
            for client, status, fields, headers in zip(
                    clients, (401, 400), (login(HOME), {'remote': HOME}), ([], known)):
                answer = self.ask_in_time(client, fields, headers=headers)
                self.assertEqual(status, answer.status)
                self.assertEqual([], client.lines())
                self.assertIn('held up while writing the log', client.log())

        fuse.each_kind(self, check)

    def test_a_geoip_database_that_hangs_ends_with_what_the_lists_say(self):
        def check(folder):
            site = fuse.site_with_geoip(folder)
            client = self.connect(site)
            self.assertFalse(client.ask(login(NEW_OUTLOOK)).allowed)
            self.hang(site, folder)
            self.assertFalse(self.ask_in_time(client, login(NEW_OUTLOOK)).allowed)
            self.assertIn('held up while learning', client.lines()[-1]['error'])

        fuse.each_kind(self, check)


class Leftovers(StallTestCase):
    def test_many_requests_take_no_more_memory_and_leave_no_descriptor_and_no_child(self):
        site = harness.Site(general={'log': 'none'})
        site.list('ip_net.deny', '52.96.0.0/14')
        client = self.connect(site)
        batch = 100
        data = b''.join(request(login(address, user=f'user-{i}', device_id='"name" "Outlook"'))
                        for i in range(batch // 2) for address in (NEW_OUTLOOK, HOME))

        def ask(count):
            for _ in range(count // batch):
                client.send(data)
                for i in range(batch):
                    self.assertEqual(i % 2 == 1, client.answer().allowed)

        ask(2_000)
        worker = client.worker
        before = memory.private_of(worker), client.open_files()
        ask(MANY)
        after = memory.private_of(worker), client.open_files()
        self.assertEqual(before[1], after[1])
        self.assertLess(after[0] - before[0], 64)  # KiB
        self.assertEqual([], children_of(worker))
        self.assertEqual(worker, client.worker)


    def test_questions_to_the_network_leave_no_descriptor_and_no_child(self):
        nameserver = self.own(harness.SilentNameserver())
        site = harness.Site(nameserver, lookup=SHORT)
        site.list('rev_host.deny', 'nobody.invalid')
        client = self.connect(site)
        seen = []
        for i in range(8):
            self.assertTrue(client.ask(login(f'52.96.{i}.1')).allowed)
            seen.append(client.open_files())
        self.assertEqual(['partial'] * 8, [line['facts'] for line in client.lines()])
        self.assertEqual(seen[3], seen[7])
        self.assertEqual([], children_of(client.worker))


def children_of(pid):
    return pathlib.Path(f'/proc/{pid}/task/{pid}/children').read_text().split()


def helps(worker):
    for child in children_of(worker):
        with contextlib.suppress(OSError):
            if b'badclients-lookup' in pathlib.Path(f'/proc/{child}/cmdline').read_bytes():
                return True
    return False


def traced(pid):
    return 'TracerPid:\t0\n' not in pathlib.Path(f'/proc/{pid}/status').read_text()


if __name__ == '__main__':
    harness.main()

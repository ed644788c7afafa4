#!/usr/bin/env python3
"""Completion of badclientsctl in real shells: what TAB makes of a word."""

import os
import pty
import re
import select
import shutil
import time
import unittest

import harness
from harness import project

FOLDER = project.ROOT / 'src/admin/completion'
PATIENCE = 60


class Shell:
    """A shell on a terminal of its own."""

    def __init__(self, arguments, folder, variables):
        self.text = ''
        pid, self.terminal = pty.fork()
        if pid == 0:
            os.chdir(folder)
            os.execvpe(arguments[0], arguments, variables)
        self.pid = pid

    def type(self, text):
        os.write(self.terminal, text.encode())

    def wait_for(self, pattern):
        """Reads on to what matches, and returns that."""
        end = time.monotonic() + PATIENCE
        while not (found := re.search(pattern, self.text)):
            if time.monotonic() > end:
                raise AssertionError(f'{pattern} does not come: {self.text!r}')
            if select.select([self.terminal], [], [], 0.2)[0]:
                self.text += os.read(self.terminal, 65536).decode(errors='replace')
        self.text = self.text[found.end():]
        return found

    def end(self):
        os.close(self.terminal)
        os.waitpid(self.pid, 0)


class Completion:
    def setUp(self):
        super().setUp()
        if shutil.which(self.shell_name) is None:
            self.skipTest(f'there is no {self.shell_name}')
        self.site = harness.Site()
        with self.site.config.open('a') as file:
            file.write('\n[update]\nip_net.deny.d/cloud.lst = aws:service=EC2\n')
        programs = project.temporary_folder('bin')
        (programs / 'badclientsctl').symlink_to(project.programs() / 'badclientsctl')
        self.shell = Shell(self.command(), self.site.folder,
                           {'PATH': f'{programs}:/usr/bin:/bin', 'TERM': 'dumb', 'HOME': '/nonexistent',
                            'LC_ALL': 'C.UTF-8'})
        self.addCleanup(self.shell.end)
        self.shell.type(self.setup_line() + '; echo rea""dy\r')
        self.shell.wait_for('ready')

    def completed(self, typed):
        """What a line that one TAB is typed behind has become."""
        self.shell.type(f'badclientsctl --config {self.site.config} {typed}\t')
        time.sleep(1)  # the shell takes in what it is typed before TAB has done its work
        self.shell.type('\x01: GO""T \x05 EN""D\x01echo \r')
        found = self.shell.wait_for(r': GOT badclientsctl --config \S+ (.*?) END')
        return found[1].strip()

    def test_one_tab_completes(self):
        catalogue = f'--catalogue {project.ROOT}/lists/clients'
        for typed, expected in (
                ('che', 'check'),
                ('clients en', 'clients enable'),
                ('cache reo', 'cache reopen'),
                ('cache reopen ripe', 'cache reopen ripencc'),
                ('check --off', 'check --offline'),
                ('check --service subm', 'check --service submission'),
                (f'clients enable {catalogue} new-out', f'clients enable {catalogue} new-outlook'),
                ('update ip_n', 'update ip_net.deny.d/cloud.lst'),
                ('config general/log_f', 'config general/log_format')):
            with self.subTest(typed):
                self.assertEqual(expected, self.completed(typed))


class Bash(Completion, harness.TestCase):
    shell_name = 'bash'

    def command(self):
        return ['bash', '--norc', '--noprofile', '-i']

    def setup_line(self):
        return f'. {FOLDER}/badclientsctl.bash'

    def test_a_value_behind_an_equals_sign(self):
        self.assertEqual('setup --door=policy', self.completed('setup --door=pol'))


class Zsh(Completion, harness.TestCase):
    shell_name = 'zsh'

    def command(self):
        return ['zsh', '-f', '-i']

    def setup_line(self):
        return f'bindkey -e; unsetopt zle_bracketed_paste; fpath=({FOLDER} $fpath); autoload -U compinit; compinit -u -D'


class Words(harness.TestCase):
    """What the shells are told."""

    def offered(self, *words):
        site = harness.Site()
        done = site.ctl('complete', '--', *words)
        self.assertEqual((0, ''), (done.returncode, done.stderr))
        return [line.split('\t')[0] for line in done.stdout.splitlines()]

    def test_every_command_and_subcommand_is_offered_with_its_options(self):
        commands = self.offered('')
        self.assertLess({'check', 'lint', 'config', 'cache', 'clients', 'registry', 'setup', 'update'},
                        set(commands))
        for command in commands:
            inner = self.offered(command, '') if command in ('cache', 'clients', 'registry') else []
            for words in [[command, each] for each in inner] or [[command]]:
                if words == ['complete']:
                    continue
                with self.subTest(words):
                    options = self.offered(*words, '--')
                    self.assertIn('--help', options)
                    site = harness.Site()
                    listed = site.ctl(*words, '--help').stdout
                    for option in options:
                        self.assertIn(option, listed)

    def test_files_are_left_to_the_shell(self):
        self.assertEqual([':files'], self.offered('--config', ''))
        self.assertEqual([':files'], self.offered('update', '--ca-file', ''))
        self.assertEqual([':files'], self.offered('registry', 'update', '--from', ''))


if __name__ == '__main__':
    harness.main()

#!/usr/bin/env python3
"""examples/quickstart.sh shows the main job, and each command that it prints can be run again."""

import os
import pathlib
import re
import subprocess

import harness
from harness import audit_lines, project

DOORS = 2
FACTS = ('host', 'asn', 'as_cc', 'as_desc', 'net_name', 'net_cc', 'client_id')


def run(command):
    return subprocess.run(['/bin/sh', '-c', command], cwd=project.ROOT, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env={**os.environ, 'BADCLIENTS_BUILD': str(project.BUILD)})


class Quickstart(harness.TestCase):
    def test_it_shows_three_logins_through_each_door_and_each_can_be_repeated(self):
        shown = run('examples/quickstart.sh')
        self.assertEqual(0, shown.returncode, shown.stdout)
        steps = re.split(r'(?m)^\$ ', shown.stdout)[1:]
        self.assertEqual(3 + 3 * DOORS, len(steps), shown.stdout)
        for step in steps[3:]:
            with self.subTest(step):
                command, mark, output = step.partition('mail-audit: ')
                output = re.split(r'(?m)^\d\. ', mark + output)[0]
                line, = audit_lines(output)
                for name in FACTS:
                    self.assertNotIn(line[name], ('None', ''), output)
                again = run(command)
                repeated, = audit_lines(again.stdout)
                self.assertEqual('cached', repeated['facts'])
                for name in (*FACTS, 'ip', 'service'):
                    self.assertEqual(line[name], repeated[name])
                self.assertEqual(line.blocked, repeated.blocked)
                self.assertEqual(output.split()[len(line.text.split()):],
                                 again.stdout.split()[len(repeated.text.split()):])

    def test_without_its_internet_nobody_logs_in_and_nobody_is_asked(self):
        folder = project.temporary_folder('no-nsd')
        (folder / 'nsd').write_text('#!/bin/sh\nexit 1\n')
        (folder / 'nsd').chmod(0o755)
        shown = run(f'PATH={folder}:$PATH examples/quickstart.sh')
        self.assertEqual(1, shown.returncode, shown.stdout)
        self.assertIn('its small internet does not start', shown.stdout)
        self.assertNotIn('mail-audit', shown.stdout)
        config = (project.BUILD / 'quickstart/bad_clients.conf.ext').read_text()
        for line in config.split('[dns]')[1].splitlines():
            self.assertTrue('=' not in line or '127.0.0.1:' in line, line)

    def test_nothing_that_it_started_goes_on(self):
        run('examples/quickstart.sh')
        left = [process for process in pathlib.Path('/proc').glob('[0-9]*') if self.is_left(process)]
        self.assertEqual([], left)

    @staticmethod
    def is_left(process):
        """Whether it is the internet, in our network namespace: others may run the same elsewhere."""
        try:
            return (b'quickstart/internet.py' in (process / 'cmdline').read_bytes()
                    and os.readlink(process / 'ns/net') == os.readlink('/proc/self/ns/net'))
        except OSError:  # it has ended
            return False


if __name__ == '__main__':
    harness.main()

#!/usr/bin/env python3
"""How test/run.sh counts: a suite that ends early is a failure, except at the end of its time."""

import subprocess

import harness
from harness import project


class Counting(harness.TestCase):
    def last_line(self, setting, suite):
        """What the sum of a run is that has this one suite, a shell command."""
        script = f'. test/tally.sh\n{setting}\nsuite some sh -c "$1"\nsummary'
        done = subprocess.run(['sh', '-c', script, 'sh', suite], cwd=project.ROOT,
                              capture_output=True, text=True)
        last = done.stdout.splitlines()[-1]
        self.assertEqual(done.returncode == 0, ' 0 failed' in last)
        return last

    def test_a_suite_counts_what_its_last_line_says(self):
        self.assertEqual('3 passed, 0 failed', self.last_line('', 'echo 3 passed, 0 failed'))
        self.assertEqual('3 passed, 2 failed, 1 skipped',
                         self.last_line('', 'echo 3 passed, 2 failed, 1 skipped; exit 1'))

    def test_a_suite_without_a_sum_or_with_an_exit_code_of_its_own_is_a_failure(self):
        self.assertEqual('0 passed, 1 failed', self.last_line('', 'echo good'))
        self.assertEqual('3 passed, 1 failed', self.last_line('', 'echo 3 passed, 0 failed; exit 1'))

    def test_a_suite_that_is_killed_is_a_failure(self):
        for setting in ('', 'deadline=99999999999'):
            self.assertEqual('0 passed, 1 failed', self.last_line(setting, 'kill -9 $$'))

    def test_a_suite_that_is_killed_when_its_time_is_over_is_skipped(self):
        self.assertEqual('0 passed, 0 failed, 1 skipped',
                         self.last_line('deadline=1', 'echo "test_it (Some) ... ok"; kill -9 $$'))

    def test_but_not_where_a_test_had_failed(self):
        for line in ('FAILED  it', 'test_it (Some) ... FAIL', 'test_it (Some) ... ERROR'):
            self.assertEqual('0 passed, 1 failed',
                             self.last_line('deadline=1', f"echo '{line}'; kill -9 $$"))


if __name__ == '__main__':
    harness.main()

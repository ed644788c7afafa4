#!/usr/bin/env python3
"""Runs all end-to-end tests, or those in the files that are named: run.py [test_dovecot.py ...]

One file more at once than there are processors (many tests wait), each in a network of its own; what
a file says is printed when it has ended. Then, one after the other, those that look at the clock
while they keep all processors busy: what they test is no other file's to hold up.

The programs are taken from ./build, or from the build folder that BADCLIENTS_BUILD names.
BADCLIENTS_E2E_KEEP=1 leaves the servers' files and logs where they are.
"""

import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

here = pathlib.Path(__file__).resolve().parent

ALONE = {'test_burst.py', 'test_policy_waiting.py'}
SUM = re.compile(r'(\d+) passed, (\d+) failed(?:, (\d+) skipped)?')


def run_file(path):
    """(what it printed, passed, failed, skipped)"""
    process = subprocess.run([sys.executable, path], stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    output = process.stdout.decode(errors='replace')
    *_, last = [''] + output.splitlines()
    found = SUM.fullmatch(last)
    passed, failed, skipped = (int(number or 0) for number in found.groups()) if found else (0, 0, 0)
    if not found or (process.returncode != 0 and passed and not failed):
        return output + f'FAILED  {path.name}: ended with {process.returncode}\n', passed, 1, skipped
    return output, passed, failed, skipped


def most_first(paths):
    """So that no file with many tests begins when all others have ended."""
    return sorted(paths, key=lambda path: -path.read_text().count('    def test_'))


def main():
    paths = [here / name for name in sys.argv[1:]] or sorted(here.glob('test_*.py'))
    sums = [0, 0, 0]
    for names, at_once in (({path.name for path in paths} - ALONE, os.cpu_count() + 1), (ALONE, 1)):
        with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
            runs = {pool.submit(run_file, path): path for path in most_first(paths) if path.name in names}
            for run in concurrent.futures.as_completed(runs):
                output, *counts = run.result()
                print(f'{runs[run].name}\n{output}', flush=True)
                sums = [total + count for total, count in zip(sums, counts)]
    passed, failed, skipped = sums
    print(f'{passed} passed, {failed} failed' + (f', {skipped} skipped' if skipped else ''))
    return 0 if passed and not failed else 1


if __name__ == '__main__':
    sys.exit(main())

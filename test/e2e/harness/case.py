"""The base of all end-to-end tests, and the way they are run."""

import contextlib
import signal
import sys
import unittest

from . import project
from .isolation import isolate

LONGEST_TEST = 240  # seconds; a test that takes longer has failed


class TestCase(unittest.TestCase):
    """`self.own(server)` stops the server after the test; `cls.share(server)` after the class."""

    maxDiff = None
    longMessage = True

    def setUp(self):
        def out_of_time(*_):
            raise TimeoutError(f'test not done after {LONGEST_TEST} s')
        signal.signal(signal.SIGALRM, out_of_time)
        signal.alarm(LONGEST_TEST)
        self.addCleanup(signal.alarm, 0)

    def own(self, server):
        self.addCleanup(server.stop)
        return server

    @classmethod
    def share(cls, server):
        cls.addClassCleanup(server.stop)
        return server

    def assert_allowed(self, outcome):
        self.assertEqual(0, outcome.exit_code, outcome.stderr)

    def assert_denied(self, outcome, matched):
        self.assertEqual(1, outcome.exit_code, outcome.stderr)
        self.assertEqual((True, matched), (outcome.audit.blocked, outcome.audit['matched']))


class Result(unittest.TextTestResult):
    """Counts every test once, with its subtests, and a class that could not start as a failure."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.failed = set()

    def addFailure(self, test, err):
        self.failed.add(test.id())
        super().addFailure(test, err)

    def addError(self, test, err):
        self.failed.add(test.id())
        super().addError(test, err)

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self.failed.add(test.id())
        super().addSubTest(test, subtest, err)

    def addUnexpectedSuccess(self, test):
        self.failed.add(test.id())
        super().addUnexpectedSuccess(test)

    def counts(self):
        skipped = {getattr(test, 'test_case', test).id() for test, _ in self.skipped}  # of subtests, too
        # A class whose set-up failed or skips has run none of its tests: it counts as one itself.
        not_run = sum(1 for name in self.failed | skipped
                      if name.startswith(('setUp', 'tearDown')))
        failed = len(self.failed)
        return self.testsRun + not_run - failed - len(skipped - self.failed), failed, len(skipped)


def run(suite):
    """Runs the tests; prints the counts on the last line. The exit code."""
    isolate()
    runner = unittest.TextTestRunner(resultclass=Result, verbosity=2, stream=sys.stdout)
    try:
        with contextlib.redirect_stderr(sys.stdout):
            result = runner.run(suite)
    finally:
        project.remove_temporary_folders()
    passed, failed, skipped = result.counts()
    print(f'{passed} passed, {failed} failed' + (f', {skipped} skipped' if skipped else ''))
    return 0 if passed and not failed else 1


def main():
    """Runs the tests of the file that is being run; names on the command line pick some."""
    isolate()
    loader = unittest.defaultTestLoader
    module = sys.modules['__main__']
    names = sys.argv[1:]
    sys.exit(run(loader.loadTestsFromNames(names, module) if names
                 else loader.loadTestsFromModule(module)))

#!/usr/bin/env python3
"""Runs all end-to-end tests, or those in the files that are named: run.py [test_dovecot.py ...]

The programs are taken from ./build, or from the build folder that BADCLIENTS_BUILD names.
BADCLIENTS_E2E_KEEP=1 leaves the servers' files and logs where they are.
"""

import pathlib
import sys
import unittest

import harness.case

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here))


def suite(patterns):
    loader = unittest.TestLoader()
    return unittest.TestSuite(loader.discover(str(here), pattern=pattern, top_level_dir=str(here))
                              for pattern in patterns)


if __name__ == '__main__':
    harness.case.isolate()
    sys.exit(harness.case.run(suite(sys.argv[1:] or ['test_*.py'])))

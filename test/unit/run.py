#!/usr/bin/env python3
"""Runs a Catch2 program (2.13 or 3.x) and counts its test cases; the sum is on the last line.

A program that crashes is a failed test, whatever it had reported before.
"""

import pathlib
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml


def describe(case):
    """What went wrong in a <TestCase>, for people."""
    print(f'FAILED  {case.get("name")}  ({case.get("filename")}:{case.get("line")})')
    for item in case.iter():
        place = f'        {item.get("filename")}:{item.get("line")}:'
        if item.tag == 'Expression' and item.get('success') == 'false':
            original, expanded = item.findtext('Original', ''), item.findtext('Expanded', '')
            print(place, f'{item.get("type")}({original.strip()}): {expanded.strip()}')
        elif item.tag in ('Exception', 'FatalErrorCondition', 'Failure'):
            print(place, f'{item.tag}: {(item.text or "").strip()}')


def count(report):
    """(passed, failed, skipped) test cases in an XML report, which a crash may have cut short."""
    passed = failed = skipped = 0
    unfinished = None
    try:
        for event, item in xml.iterparse(report, events=('start', 'end')):
            if item.tag != 'TestCase':
                continue
            if event == 'start':
                unfinished = item
                continue
            unfinished = None
            result = item.find('OverallResult')
            if result is None or result.get('success') != 'true':
                failed += 1
                describe(item)
            elif int(result.get('skips', 0)):
                skipped += 1
            else:
                passed += 1
            item.clear()
    except xml.ParseError as error:
        failed += 1
        print(f'FAILED  the report ends in the middle: {error}')
        if unfinished is not None:
            describe(unfinished)
    return passed, failed, skipped


def main():
    if len(sys.argv) < 2:
        sys.exit(f'usage: {sys.argv[0]} PROGRAM [ARGUMENT...]')
    with tempfile.TemporaryDirectory() as folder:
        report = pathlib.Path(folder) / 'report.xml'
        report.touch()
        try:
            code = subprocess.run([*sys.argv[1:], '-r', 'xml', '-o', report], check=False,
                                  stdin=subprocess.DEVNULL).returncode
        except OSError as error:
            print(error)
            code = 127
        passed, failed, skipped = count(report)
    if code != 0 and failed == 0:
        print(f'FAILED  {sys.argv[1]} ended with {code}')
        failed = 1
    print(f'{passed} passed, {failed} failed' + (f', {skipped} skipped' if skipped else ''))
    sys.exit(0 if passed and not failed else 1)


if __name__ == '__main__':
    main()

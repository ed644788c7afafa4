#!/usr/bin/env python3
"""Whatever goes wrong with an update, there is the old registry.db or the new one, whole."""

import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import time

from harness import Site, bulk, main, project
from harness.registry import NOW, RegistryTestCase, dump, full_size


class Faults(RegistryTestCase):
    """Whatever goes wrong, there is the old registry.db or the new one, whole."""

    @classmethod
    def setUpClass(cls):
        cls.good = full_size()
        site = Site(registry={'max_age': '365d'})
        done = site.ctl('registry', 'update', '--from', cls.good)
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        cls.made = cls.store(site)
        cls.dump = dump(cls.made)

    def site_with_data(self):
        site = self.site()
        shutil.copy2(self.made, self.store(site))
        shutil.chown(self.store(site), site.state.stat().st_uid, site.state.stat().st_gid)
        return site

    def folder(self, **changed):
        """Links to the good files; files with other contents where `changed` has some: asn_txt=bytes."""
        folder = project.temporary_folder('faulty')
        for path in self.good.iterdir():
            data = changed.pop(path.name.replace('.', '_').replace('-', '_'), None)
            if data is None:
                (folder / path.name).symlink_to(path)
            else:
                (folder / path.name).write_bytes(data)
                shutil.copystat(path, folder / path.name)
        self.assertEqual({}, changed)
        return folder

    def refuses(self, reason, kept, **changed):
        """An update with a bad file keeps its part, says so, and takes the others."""
        site = self.site_with_data()
        out, err = self.update(site, '--from', self.folder(**changed), code=1)
        self.assertRegex(err, reason)
        self.assertRegex(err, rf'{kept}: .*; what is there stays, made 20\d\d-')
        self.assertEqual(1, err.count('\n'), err)
        self.assertIn('segments from 8 files', out)
        self.assertEqual(self.dump, dump(self.store(site)))
        return site

    def test_a_cut_file(self):
        for name in ('riswhoisdump.IPv4.gz', 'asn.txt', 'delegated-arin-extended-latest'):
            with self.subTest(name):
                data = (self.good / name).read_bytes()
                self.refuses('it is cut short|header says|no record', name,
                             **{name.replace('.', '_').replace('-', '_'): data[:len(data) * 9 // 10 + 3]})

    def test_a_page_instead_of_data(self):
        page = b'<!DOCTYPE html>\n' + b'<p>Sorry, we are moving house.</p>\n' * 500
        for name in ('riswhoisdump.IPv6.gz', 'asn.txt', 'delegated-apnic-extended-latest'):
            with self.subTest(name):
                self.refuses('line 1: ', name, **{name.replace('.', '_').replace('-', '_'): page})

    def test_a_file_that_is_larger_than_it_may_be(self):
        site = self.site_with_data()
        folder = self.folder(asn_txt=b'')
        os.truncate(folder / 'asn.txt', 100_000_001)
        _, err = self.update(site, '--from', folder, code=1)
        self.assertIn('asn.txt: it is larger than such a file ever is; what is there stays', err)
        self.assertEqual(self.dump, dump(self.store(site)))

    def test_half_the_rows(self):
        lines = (self.good / 'asn.txt').read_bytes().splitlines(keepends=True)
        self.refuses('it has only 60000 of asn, and never less than 90000', 'asn.txt',
                     asn_txt=b''.join(lines[::2]))
        # Above the floor, and yet a seventh less than yesterday.
        self.refuses(r'it has 10285\d of asn, where it had 120000 before', 'asn.txt',
                     asn_txt=b''.join(line for n, line in enumerate(lines) if n % 7))

    def test_a_wrong_md5_sum(self):
        name = 'delegated-ripencc-extended-latest'
        site = self.site_with_data()
        folder = self.folder()
        (folder / f'{name}.md5').write_text(f'{"1" * 32}  {name}\n')
        _, err = self.update(site, '--from', folder, code=1)
        self.assertIn(f'its .md5 file says {"1" * 32}; what is there stays', err)
        (folder / f'{name}.md5').write_text(bulk.md5((self.good / name).read_bytes()))
        self.update(site, '--from', folder)

    def test_an_older_date(self):
        data = (self.good / 'delegated-lacnic-extended-latest').read_bytes()
        today = f'|{NOW:%Y%m%d}|'.encode()
        site = self.refuses('it is older than what is there', 'delegated-lacnic-extended-latest',
                            delegated_lacnic_extended_latest=data.replace(today, b'|20200101|'))
        folder = self.folder(delegated_lacnic_extended_latest=data.replace(today, b'|20200101|'))
        self.update(site, '--from', folder, '--force')
        status = json.loads(site.ctl('registry', 'status', '--json').stdout)
        made = {file['name']: file['made'] for file in status['files']}
        self.assertEqual('2020-01-01T00:00:00Z', made['delegated-lacnic-extended-latest'])

    def test_a_full_disk(self):
        site = self.site_with_data()
        content = self.store(site).read_bytes()
        size = len(content)
        for room in (0.2, 1.5, 8, size / 1e6 - 2):
            with self.subTest(room):
                # A folder with that much room beside what is there.
                script = ('set -e; mount -t tmpfs -o size=$1k none "$2"; cp -p "$3"/registry.db "$2"; '
                          'chown --reference="$3" "$2"; shift 3; "$@" >/dev/null && exit 7; '
                          'ls -A "$STATE" >&2; cat "$STATE/registry.db"')
                full = Site(registry={'max_age': '365d'})
                done = subprocess.run(
                    ['unshare', '--mount', '/bin/sh', '-c', script, 'sh', str(int((size + room * 1e6) / 1024)),
                     full.state, site.state, project.programs() / 'badclientsctl', '--config', full.config,
                     'registry', 'update', '--from', self.good],
                    env={**os.environ, 'STATE': str(full.state)}, capture_output=True, check=False)
                self.assertEqual(0, done.returncode, done.stderr)
                self.assertRegex(done.stderr.decode(),
                                 '(No space left on device|database or disk is full).*; '
                                 'registry.db stays as it is\nregistry.db\nregistry.lock\n')
                self.assertEqual(content, done.stdout)

    def test_without_an_old_one_it_is_said_that_there_is_none(self):
        site = self.site()
        folder = project.temporary_folder('faulty')
        (folder / 'asn.txt').write_text('no data\n')
        out, _ = self.update(site, '--from', folder, code=1)
        self.assertIn('nothing new that is any good: there is still no registry.db\n', out)
        site = self.site_with_data()
        out, _ = self.update(site, '--from', folder, code=1)
        self.assertIn('nothing new that is any good: registry.db stays as it is\n', out)

    def test_killed_at_any_point_fifty_times(self):
        site = self.site_with_data()
        names = (self.good / 'asn.txt').read_bytes().replace(b' Number 7 ', b' Number Seven ')
        other = self.folder(asn_txt=names)
        old = self.dump
        begin = time.monotonic()
        self.update(site, '--from', other)
        duration = time.monotonic() - begin
        new = dump(self.store(site))
        self.assertNotEqual(old, new)
        randomness = random.Random(9)
        killed = 0
        for number in range(50):
            before = self.store(site).stat().st_ino
            process = subprocess.Popen(
                [project.programs() / 'badclientsctl', '--config', site.config, 'registry', 'update',
                 '--quiet', '--from', self.good if number % 2 else other], stderr=subprocess.PIPE)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(randomness.uniform(0, duration))
            process.send_signal(signal.SIGKILL)
            with process:
                process.wait()
            killed += process.returncode == -signal.SIGKILL
            if self.store(site).stat().st_ino == before:
                continue  # not a byte of it can have changed: it is never written to
            self.assertIn(dump(self.store(site)), (old, new))
        self.assertGreater(killed, 20)
        self.assertIn(dump(self.store(site)), (old, new))
        self.update(site, '--from', self.good)
        self.assertEqual(set(), self.left_behind(site))
        self.assertEqual(old, dump(self.store(site)))

    def test_two_at_once(self):
        site = self.site_with_data()
        command = [project.programs() / 'badclientsctl', '--config', site.config, 'registry', 'update',
                   '--from', self.good]
        first = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        with first:
            first.stdout.readline()  # it has begun
            second = subprocess.run(command, capture_output=True, text=True, check=False)
            first.communicate()
        self.assertEqual(0, first.returncode)
        self.assertEqual((2, 'badclientsctl: registry update: another registry update is at work\n'),
                         (second.returncode, second.stderr))
        self.assertEqual(self.dump, dump(self.store(site)))
        self.assertEqual(set(), self.left_behind(site))

    def test_a_damaged_registry_db_is_said_to_be(self):
        site = self.site_with_data()
        with open(self.store(site), 'r+b') as file:
            # Of its last part, in which the segments are.
            size = self.store(site).stat().st_size
            for offset in range(size - 4096 * 400, size - 4096 * 50, 4096):
                file.seek(offset)
                file.write(b'\xff' * 4096)
        folder = project.temporary_folder('one')
        (folder / 'riswhoisdump.IPv6.gz').symlink_to(self.good / 'riswhoisdump.IPv6.gz')
        _, err = self.update(site, '--from', folder, code=2)
        self.assertIn('registry.db', err)
        self.store(site).unlink()
        self.update(site, '--from', self.good)


if __name__ == '__main__':
    main()

#!/usr/bin/env python3
"""What README.md and examples/ tell people to write into Dovecot's files does what it must."""

import re
import shutil
import subprocess

import harness
from harness import clients, project
from harness.world import HOME, NEW_OUTLOOK

# All that Dovecot 2.3 has but those with tokens, and not none.
MECHANISMS_LINE = ('mechanisms = plain login cram-md5 digest-md5 scram-sha-1 scram-sha-256 apop '
                   'external gssapi gss-spnego otp ntlm\n')
MECHANISMS = ('LOGIN', 'PLAIN', 'CRAM-MD5', 'SCRAM-SHA-256')


def documents():
    yield project.ROOT / 'README.md'
    yield from sorted(p for p in (project.ROOT / 'examples').rglob('*') if p.is_file())
    yield from sorted((project.ROOT / 'man').glob('*.[1-9]'))


def groups(text):
    """Groups of passdb blocks that stand together, as texts."""
    text = text.replace('\\e\n', '\\\n')  # a manual page's
    text = re.sub(r'(?m)^\.(Bd|Ed|Pp|Dl|El|It).*\n', '\n', text)
    block = r'^[ \t]*passdb[ \t]*\{[^{}]*\}[ \t]*(?:#.*)?\n'
    return re.findall(rf'(?m)((?:{block}\s*(?:^[ \t]*#.*\n\s*)*)+)', text)


def checkpassword_groups():
    """(document, group) for each group of passdb blocks that starts badclients."""
    return [(path, group) for path in documents()
            for group in groups(path.read_text(errors='replace'))
            if re.search(r'(?m)^\s*driver\s*=\s*checkpassword', group)]


def made_testable(group):
    """The group as it is, except where passwords and programs are on this machine.

    Everything that decides (result_*, skip, order, number of blocks) stays.
    """
    def block(match):
        text = match[0]
        if re.search(r'driver\s*=\s*checkpassword', text):
            return re.sub(r'(?m)^(\s*args\s*=\s*).*$', r'\1@badclients@ --config @config@', text)
        text = re.sub(r'(?m)^(\s*driver\s*=\s*).*$', r'\1passwd-file', text)
        text = re.sub(r'(?m)^\s*args\s*=.*\n', '', text)
        return text.replace('{', '{\n  args = scheme=PLAIN @users@', 1)
    return re.sub(r'passdb\s*\{[^{}]*\}', block, group)


class PassdbBlocks(harness.TestCase):
    def test_readme_and_examples_show_such_a_block(self):
        shown_in = {path.name for path, _ in checkpassword_groups()}
        self.assertIn('README.md', shown_in)
        self.assertTrue(any(path.parent.name != 'man' and path.name != 'README.md'
                            for path, _ in checkpassword_groups()), shown_in)

    def test_each_lets_no_wrong_password_in_and_refuses_listed_addresses(self):
        for path, group in checkpassword_groups():
            site = harness.Site()
            site.list('ip_net.deny', '52.96.0.0/14')
            server = self.own(harness.Dovecot(site, made_testable(group)))
            right = server.users['alice']
            for mechanism in MECHANISMS:
                with self.subTest(document=path.name, mechanism=mechanism):
                    def login(password, address, m=mechanism, s=server):
                        return clients.imap(s, 'alice', password, address, m).logged_in
                    self.assertTrue(login(right, HOME))
                    self.assertFalse(login('wrong', HOME))
                    self.assertFalse(login('wrong', NEW_OUTLOOK))
                    self.assertFalse(login(right, NEW_OUTLOOK))
                    self.assertFalse(
                        clients.imap(server, 'nobody-here', 'x', HOME, mechanism).logged_in)

    def test_badclients_is_never_shown_as_the_passdb_that_says_yes(self):
        for path, group in checkpassword_groups():
            for block in re.findall(r'passdb\s*\{([^{}]*)\}', group):
                if 'checkpassword' in block:
                    block = re.sub(r'\s*\\\n\s*', ' ', block)
                    settings = dict(re.findall(r'(?m)^\s*(\w+)\s*=\s*([^\s#]+)', block))
                    self.assertEqual(('continue', 'return-fail', 'unauthenticated'),
                                     (settings.get('result_success'),
                                      settings.get('result_failure'), settings.get('skip')), path)
                    self.assertIn(MECHANISMS_LINE, block, path)

    def test_this_test_would_see_a_block_that_lets_everybody_in(self):
        site = harness.Site()
        alone = 'passdb {\n  driver = checkpassword\n  args = @badclients@ --config @config@\n}\n'
        server = self.own(harness.Dovecot(site, alone))
        self.assertTrue(clients.sasl_client(server, 'alice', 'wrong', HOME).logged_in)


class ShippedLists(harness.TestCase):
    def site(self, shipped):
        """A site with these lists, copied as an administrator does, without a fault for lint.

        Without the clients: they are a catalogue to choose from. Where the project lies, others
        than its owner may not read.
        """
        lists = project.temporary_folder('lists')
        shutil.copytree(project.ROOT / shipped, lists, dirs_exist_ok=True,
                        copy_function=shutil.copyfile, ignore=shutil.ignore_patterns('clients'))
        for path in (lists, *lists.rglob('*')):
            path.chmod(0o755 if path.is_dir() else 0o644)
        site = harness.Site(general={'list_path': lists},
                            lookup={'reverse_dns': 'yes', 'origin': 'dns'})
        done = site.ctl('lint')
        self.assertEqual((0, ''), (done.returncode, done.stderr), done.stdout)
        site.configure(lookup={'reverse_dns': 'no', 'origin': 'none'})
        return site

    def test_the_templates_have_no_active_entry_and_no_fault(self):
        site = self.site('lists')
        for path in sorted((project.ROOT / 'lists').rglob('*.lst')):
            for line in path.read_text().splitlines():
                self.assertTrue(not line.strip() or line.lstrip().startswith(('--', '#', ';')),
                                f'{path}: {line}')
        self.assert_allowed(site.login(address=NEW_OUTLOOK))

    def test_the_quickstart_sets_up_the_folder_that_the_readme_installs_from(self):
        # meson keeps the prefix of the first setup, and exits with 0.
        readme = (project.ROOT / 'README.md').read_text()
        quickstart = (project.ROOT / 'examples/quickstart.sh').read_text()
        install = re.search(r'(?m)^meson setup build (.*)$', readme)[1]
        self.assertIn('--prefix=/usr ', install)
        self.assertIn(f'meson setup "$build" {install}\n', quickstart)

    def test_the_manual_pages_fit_on_80_columns_under_man_db(self):
        """Tables, which groff complains of, and examples, of which it does not."""
        groff = subprocess.run(['groff', '--version'], capture_output=True, check=True, text=True).stdout
        columns = 78 if 'version 1.22' in groff else 80  # later ones, as Debian 13's, indent by two more
        for page in sorted((project.ROOT / 'man').glob('*.[1-9]')):
            with self.subTest(page.name):
                done = subprocess.run(['man', '--warnings=break', '-l', page], capture_output=True,
                                      check=False, text=True,
                                      env={'PATH': '/usr/bin:/bin', 'MANWIDTH': str(columns),
                                           'LC_ALL': 'C.UTF-8'})
                self.assertEqual((0, ''), (done.returncode, done.stderr))
                shown = re.sub('\x1b\\[[0-9;]*m|.\b', '', done.stdout).splitlines()
                self.assertEqual([], [line for line in shown if len(line) > columns])

    def test_quotes_of_the_manual_pages_end_where_groff_ends_them(self):
        # ".Pq Ql a , Ql b" is 'a, 'b'' in groff, however mandoc prints it.
        for path in sorted((project.ROOT / 'man').glob('*.[1-9]')):
            for number, line in enumerate(path.read_text().splitlines(), 1):
                self.assertNotRegex(line, r'^\.(Pq|Ql) .*Ql? .* , (Ql|Ic) ', f'{path}:{number}')

    def test_the_copying_of_the_readme_may_be_done_twice(self):
        site = harness.Site()
        readme = (project.ROOT / 'README.md').read_text()
        command = re.search(r'(?m)^cp -rn /usr/share/badclients/lists.*/etc/dovecot/lists$', readme)
        templates = site.folder / 'templates'
        shutil.copytree(project.ROOT / 'lists', templates,
                        ignore=shutil.ignore_patterns('clients'))
        site.lists.rename(site.folder / 'away')
        command = (command[0].replace('/usr/share/badclients/lists', str(templates))
                   .replace('/etc/dovecot/lists', str(site.lists)))
        for _ in range(2):
            subprocess.run(command, shell=True, check=True)
            for path in (site.lists, *site.lists.rglob('*')):
                path.chmod(0o755 if path.is_dir() else 0o644)
            self.assertEqual({path.name for path in templates.iterdir()},
                             {path.name for path in site.lists.iterdir()})
            lint = site.ctl('lint').stdout
            self.assertNotIn('is not read', lint)
            self.assertNotIn('error', lint.replace('0 errors', ''))

    def test_the_example_lists_refuse_new_outlooks_published_ranges_and_have_no_fault(self):
        site = self.site('examples/lists')
        for address in ('13.107.6.152', '13.107.18.11', '13.107.131.255', '23.103.160.1',
                        '40.96.0.1', '40.103.255.254', '40.104.0.1', '52.97.246.245',
                        '131.253.33.215', '132.245.1.1', '150.171.32.1', '204.79.197.215'):
            self.assert_denied(site.login(address=address), 'ip_net')
        for address in (HOME, '13.107.6.151', '52.95.255.255', '52.100.0.0', '204.79.197.216'):
            self.assert_allowed(site.login(address=address))


class Tests(harness.TestCase):
    """test/README.md against the tests."""

    def test_every_module_of_the_harness_stands_in_it(self):
        table = (project.ROOT / 'test/README.md').read_text().partition('\n## The harness\n')[2]
        modules = {path.stem for path in (project.ROOT / 'test/e2e/harness').glob('*.py')} - {'__init__'}
        self.assertEqual(set(), modules - set(re.findall(r'`(\w+)`', table)))


class Architecture(harness.TestCase):
    """src/README.md against the sources."""

    SOURCES = project.ROOT / 'src'
    # Folders that are parts of a room: linked for themselves, used by more processes, and so on.
    OWN_ROW = ('ask/wire', 'registry/compile')
    NO_ROOM = ('archives',)  # has no headers

    def text(self):
        return (self.SOURCES / 'README.md').read_text()

    def rooms(self):
        """Name -> rooms that it may use, in the table's order; None: any."""
        rows = re.findall(r'(?m)^\| `([a-z/]+)` \|[^|]*\|[^|]*\|([^|]*)\|$', self.text())
        return {name: None if uses.strip() == 'any' else set(re.findall(r'`([a-z/]+)`', uses))
                for name, uses in rows}

    def room_of(self, path):
        """The room of a path below src; nothing for a main."""
        for name in self.OWN_ROW:
            if path.startswith(name + '/'):
                return name
        return path.split('/')[0] if '/' in path else None

    def test_every_room_stands_in_it_and_every_room_that_stands_there_is_one(self):
        folders = {path.name for path in self.SOURCES.iterdir() if path.is_dir()}
        self.assertEqual(folders - set(self.NO_ROOM) | set(self.OWN_ROW), set(self.rooms()))

    def test_includes_go_downwards_only(self):
        rooms = self.rooms()
        above = set()
        for name, uses in rooms.items():
            self.assertLessEqual(uses or set(), above, f'{name} uses what stands below it in the table')
            above.add(name)
        seen = 0
        for path in sorted(self.SOURCES.rglob('*.[ch]pp')):
            room = self.room_of(str(path.relative_to(self.SOURCES)))
            allowed = rooms.get(room)
            if allowed is None:
                continue
            for header in re.findall(r'(?m)^#include "([^"]*/[^"]*)"', path.read_text()):
                seen += 1
                used = self.room_of(header)
                if used != room:
                    self.assertIn(used, allowed, f'{path}: #include "{header}"')
        self.assertGreater(seen, 500)

    def test_every_use_that_it_grants_is_made(self):
        made = {}
        for path in self.SOURCES.rglob('*.[ch]pp'):
            room = self.room_of(str(path.relative_to(self.SOURCES)))
            headers = re.findall(r'(?m)^#include "([^"]*/[^"]*)"', path.read_text())
            made.setdefault(room, set()).update(map(self.room_of, headers))
        for name, uses in self.rooms().items():
            self.assertLessEqual(uses or set(), made.get(name, set()), name)

    def test_every_unit_test_is_built_once(self):
        folder = project.ROOT / 'test/unit'
        built = re.findall(r"'(\w+_test\.cpp)'", (folder / 'meson.build').read_text())
        self.assertEqual(sorted(path.name for path in folder.glob('*_test.cpp')), sorted(built))

    def test_every_path_that_it_names_is_there(self):
        code = re.sub(r'(?s)```.*?```', '', self.text())
        named = set(re.findall(r'`((?:[a-z_]+/)+[a-z_]+(?:\.[a-z0-9]+)?)/?`', code))
        named |= set(re.findall(r'`([a-z_-]+\.(?:cpp|hpp))`', code))
        self.assertGreater(len(named), 25)
        for name in sorted(named):
            found = [path for base in (self.SOURCES, project.ROOT, project.ROOT / 'test/unit')
                     for path in (*base.glob(name), *base.glob(name + '.[ch]pp'))]
            found += [path for path in self.SOURCES.rglob(name)]
            self.assertTrue(found, name)


if __name__ == '__main__':
    harness.main()

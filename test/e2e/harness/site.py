"""One administrator's set-up: configuration, lists, state folder; and logins without Dovecot."""

import contextlib
import dataclasses
import os
import sqlite3
import subprocess
import tempfile

from . import project
from .audit import audit_lines
from .process import running, wait_until

# Nothing of a test may be asked from anybody but the test's own servers.
NOWHERE = '127.0.0.1:9'  # the discard port, on which nobody listens
FITS_INTO_A_PIPE = 4096


@dataclasses.dataclass
class Outcome:
    """What one run of badclients came to."""
    exit_code: int
    reply: bytes   # what it wrote to descriptor 4
    stderr: str

    @property
    def audit(self):
        """The only audit line."""
        lines = audit_lines(self.stderr)
        if len(lines) != 1:
            raise AssertionError(f'{len(lines)} audit lines in {self.stderr!r}')
        return lines[0]

    @property
    def warnings(self):
        """Everything that was said besides audit lines."""
        return '\n'.join(line for line in self.stderr.splitlines()
                         if not line.startswith('mail-audit'))


class Site:
    """Settings are given by section: Site(general={'log_local': 'yes'}, lookup={...}).

    Where no nameserver and no registries are given, nothing of the network is looked up.
    """

    def __init__(self, nameserver=None, registries=None, **sections):
        self.folder = project.temporary_folder('site')
        self.config = self.folder / 'bad_clients.conf.ext'
        self.lists = self.folder / 'lists'
        self.state = self.folder / 'state'
        self.lists.mkdir()
        self.state.mkdir()
        project.give_away(self.state)
        self.settings = {
            'general': {'list_path': self.lists, 'state_path': self.state},
            'lookup': {'helper': project.programs() / 'badclients-lookup',
                       'reverse_dns': 'yes' if nameserver else 'no',
                       'origin': 'dns' if nameserver else 'none',
                       'registration': 'whois' if registries else 'none'},
            'dns': {'nameserver': f'127.0.0.1:{nameserver.port}' if nameserver else NOWHERE},
            'whois': registries.settings() if registries else
                     dict.fromkeys(('arin', 'ripencc', 'apnic', 'lacnic', 'afrinic', 'iana',
                                    'cymru'), NOWHERE),
            'rdap': dict.fromkeys(('arin', 'ripencc', 'apnic', 'lacnic', 'afrinic'),
                                  f'http://{NOWHERE}/'),
        }
        self.configure(**sections)

    def configure(self, **sections):
        """Changes settings; None takes one out."""
        for section, settings in sections.items():
            self.settings.setdefault(section, {}).update(settings)
        self.config.write_text('\n'.join(
            f'[{section}]\n' + ''.join(f'{key} = {value}\n' for key, value in settings.items()
                                       if value is not None)
            for section, settings in self.settings.items()))

    def list(self, name, *lines):
        """Writes a list: list('ip_net.deny', '52.96.0.0/14'). Returns its path."""
        path = self.lists / (name if name.endswith('.lst') else name + '.lst')
        path.parent.mkdir(parents=True, exist_ok=True)
        if lines and isinstance(lines[0], bytes):
            path.write_bytes(b''.join(lines))
        else:
            path.write_text(''.join(line + '\n' for line in lines))
        return path

    def look_at_all_facts(self):
        """Has a rule for each, which nothing matches: a login then waits for it until its deadline,
        and not for a second at most."""
        for name, entry in (('rev_host', 'nobody.invalid'), ('as_dscr', 'NOBODY-AS'),
                            ('net_name', 'NOBODY-NET')):
            self.list(f'{name}.deny.d/nothing.lst', entry)

    def let_warn(self):
        """The next login that misses a fact says so, however short ago the last one did."""
        path = self.state / 'budget.db'
        if path.exists():
            with contextlib.closing(sqlite3.connect(path, timeout=30)) as memory, memory:
                memory.execute("DELETE FROM missed WHERE kind = 'told'")

    def wait_for_background(self):
        """Until nothing runs that a login has left behind: it may be writing in state_path."""
        wait_until(lambda: not running(self.config), 'nothing is left of the logins')

    def login(self, user='alice', address=None, service='imap', password='correct horse',
              environment=None, program=(), credentials=None, **how):
        """Runs badclients as Dovecot's auth process does, and waits for its end."""
        variables = {'SERVICE': service, 'PROTO': 'TCP'}
        if address is not None:
            variables.update(TCPREMOTEIP=address, REMOTE_IP=address)
        variables.update(environment or {})
        if credentials is None:
            credentials = f'{user}\0{password}\0\0'.encode(errors='surrogateescape')
        return run(['--config', str(self.config), *program], credentials,
                   {k: v for k, v in variables.items() if v is not None}, **how)

    def ctl(self, *arguments):
        """Runs badclientsctl."""
        return subprocess.run([project.programs() / 'badclientsctl', '--config', self.config,
                               *arguments], capture_output=True, text=True, check=False,
                              stdin=subprocess.DEVNULL)


def run(arguments, credentials, variables, fd3='3<&0', fd4='4>&1', limit='262144', programs=None,
        under=(), into_files=False):
    """Runs badclients with `credentials` on descriptor 3 and a pipe on 4, as the user and with the
    limit on its address space (KiB) that Dovecot gives it. `fd3`, `fd4`: the shell's words for the
    descriptors, '3<&-' for a closed one; `under`: a program that runs it as the user that
    it is to be, and its arguments; `into_files`: do not wait until nobody has its output open.
    LOG_SERVICE is not set: the log is standard error."""
    script = f'ulimit -c 0; ulimit -v {limit}; exec "$@" {fd3} {fd4} </dev/null 1>&2'
    program = (programs or project.programs()) / 'badclients'
    user, group = project.account()
    account = {'user': user, 'group': group, 'extra_groups': []}
    how = {'env': {'PATH': '/usr/bin:/bin', **variables}, 'cwd': '/',
           'check': False, **(account if os.geteuid() == 0 and not under else {})}
    command = ['/bin/sh', '-c', script, 'sh', *under, program, *arguments]
    with contextlib.ExitStack() as files:
        if len(credentials) <= FITS_INTO_A_PIPE:
            # Before the start: a busy machine must not keep the program waiting for us.
            how['stdin'] = files.enter_context(filled_pipe(credentials))
        else:
            how['input'] = credentials
        if not into_files:
            done = subprocess.run(command, capture_output=True, **how)
            return Outcome(done.returncode, done.stdout,
                           done.stderr.decode(errors='surrogateescape'))
        out, err = (files.enter_context(tempfile.TemporaryFile()) for _ in range(2))
        done = subprocess.run(command, stdout=out, stderr=err, **how)
        out.seek(0)
        err.seek(0)
        return Outcome(done.returncode, out.read(), err.read().decode(errors='surrogateescape'))


def filled_pipe(content):
    """The end to read from of a pipe that has this and nothing more."""
    reader, writer = os.pipe()
    os.write(writer, content)
    os.close(writer)
    return os.fdopen(reader, 'rb')


def shell(command, **variables):
    """Runs what a user would type; `$badclients` and `$config` are at hand."""
    return subprocess.run(['/bin/sh', '-c', command], capture_output=True, text=True, check=False,
                          env={'PATH': '/usr/bin:/bin',
                               'badclients': str(project.programs() / 'badclients'),
                               **{k: str(v) for k, v in variables.items()}})

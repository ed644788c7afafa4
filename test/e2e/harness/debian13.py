"""A Debian 13 beside this system: its Dovecot 2.4 and its Postfix run here, on this loopback.

test/debian13.sh makes it (`test/debian13.sh servers`), which takes a network that the tests have not.
"""

import functools
import os
import pathlib
import pwd
import subprocess
import tempfile
import unittest

from . import project

ROOT = pathlib.Path(os.environ.get('BADCLIENTS_DEBIAN13', project.ROOT / 'build-debian13')).resolve() / 'servers'

# The same temporary folder, processes and devices; everything else is Debian 13's. Mounts are gone
# with the process, which is the program itself in the end: a signal reaches it.
_ENTER = '''
root=$1 shared=$2 && shift 2 && mkdir -p "$root$shared" || exit
mount --rbind "$shared" "$root$shared" && mount --rbind /dev "$root/dev" &&
  mount --rbind /proc "$root/proc" || exit
exec chroot "$root" "$@"
'''


@functools.cache
def _lacks():
    if os.geteuid() != 0:
        return 'needs root'
    for program in ('usr/sbin/dovecot', 'usr/sbin/postfix'):
        if not (ROOT / program).exists():
            return f'there is no {ROOT / program}: sh test/debian13.sh servers'
    names = [line.split(':') for line in (ROOT / 'etc/passwd').read_text().splitlines()]
    for user in ('dovecot', 'dovenull'):
        if [user, str(pwd.getpwnam(user).pw_uid)] not in [[name[0], name[2]] for name in names]:
            return f'{user} has another number in {ROOT}: remove it, then sh test/debian13.sh servers'
    tried = subprocess.run(inside('true'), capture_output=True, text=True, check=False)
    return '' if tried.returncode == 0 else tried.stderr.strip()


def require():
    """Skips the test where there is none."""
    if _lacks():
        raise unittest.SkipTest(f'no Debian 13: {_lacks()}')


def inside(*command):
    """The command that runs `command` there. Paths in the temporary folder are the same there."""
    return ['unshare', '--mount', '/bin/sh', '-c', _ENTER, 'sh', str(ROOT), tempfile.gettempdir(),
            'env', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin', 'LC_ALL=C.UTF-8', *map(str, command)]


def run(*command):
    return subprocess.run(inside(*command), capture_output=True, text=True, check=False)

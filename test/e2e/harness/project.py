"""Where the project's files and the built programs are, and as whom the tests run them."""

import functools
import grp
import os
import pathlib
import pwd
import shutil
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
BUILD = pathlib.Path(os.environ.get('BADCLIENTS_BUILD', ROOT / 'build')).resolve()
PROGRAMS = ('badclients', 'badclients-lookup', 'badclients-policy', 'badclientsctl')


@functools.cache
def account():
    """The user and group as which Dovecot runs its auth process, and so badclients.

    Where the tests do not run as root, that is the user who runs them.
    """
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid()).pw_name, grp.getgrgid(os.getegid()).gr_name
    return 'dovecot', 'dovecot'


@functools.cache
def programs():
    """A folder with copies of the programs, which every user may run."""
    folder = temporary_folder('programs')
    for name in PROGRAMS:
        shutil.copy2(BUILD / 'src' / name, folder / name)
    return folder


@functools.cache
def _temporary_root():
    folder = pathlib.Path(tempfile.mkdtemp(prefix='badclients-e2e-'))
    folder.chmod(0o755)
    return folder


def temporary_folder(name):
    """A fresh folder that everybody may enter."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f'{name}-', dir=_temporary_root()))
    folder.chmod(0o755)
    return folder


def remove_temporary_folders():
    if _temporary_root.cache_info().currsize:
        if os.environ.get('BADCLIENTS_E2E_KEEP'):
            print(f'kept: {_temporary_root()}')
        else:
            shutil.rmtree(_temporary_root(), ignore_errors=True)


def give_away(path):
    """Makes `path` the property of the account that badclients runs as."""
    if os.geteuid() == 0:
        shutil.chown(path, *account())
    return path

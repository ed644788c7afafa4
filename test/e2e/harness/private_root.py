"""A whole system of the test's own to change as root: this host's, or Debian 13's, under an overlay.

What the test changes there is in a temporary folder. Processes inside end with it.
"""

import functools
import os
import pathlib
import shutil
import stat
import subprocess
import unittest

from . import project
from .process import wait_until

# The same loopback, a /run of its own, and every process killed at the end.
_MOUNTS = '''
lower=$1 folder=$2
mount -t overlay overlay -o "lowerdir=$lower,upperdir=$folder/upper,workdir=$folder/work" "$folder/root" &&
  mount -t proc proc "$folder/root/proc" && mount --rbind /dev "$folder/root/dev" &&
  mount -t tmpfs -o mode=0755 run "$folder/root/run" && cd "$folder/root" && pivot_root . mnt &&
  umount -l /mnt && exec sleep infinity
'''
_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'


@functools.cache
def installed(foreign=False):
    """What `meson install` puts there, from / on. `foreign`: with the libraries of this host, for
    another system."""
    folder = project.temporary_folder('installed')
    subprocess.run(['meson', 'install', '-C', project.BUILD, '--no-rebuild', '--quiet', '--destdir', folder],
                   check=True, capture_output=True)
    if foreign:
        for program in folder.rglob('badclients*'):
            if program.is_file() and os.access(program, os.X_OK):
                _bring_libraries(program, folder / _LIBRARIES)
    return folder


_LIBRARIES = 'opt/of-the-host'


def _bring_libraries(program, folder):
    """A program that was built on this system runs there with this system's libraries."""
    listed = subprocess.run(['ldd', program], capture_output=True, text=True, check=False).stdout
    libraries = [word for word in listed.split() if word.startswith('/')]
    if not libraries:
        return  # linked statically
    folder.mkdir(parents=True, exist_ok=True)
    for library in libraries:
        shutil.copy2(library, folder)
    program.rename(folder / program.name)
    loader = next(os.path.basename(library) for library in libraries if '/ld-' in library)
    program.write_text(f'#!/bin/sh\nexec /{_LIBRARIES}/{loader} --library-path /{_LIBRARIES} '
                       f'/{_LIBRARIES}/{program.name} "$@"\n')
    program.chmod(0o755)


class PrivateRoot:
    """`lower`: the system that it looks like; badclients is installed there."""

    def __init__(self, lower='/'):
        if os.geteuid() != 0:
            raise unittest.SkipTest('needs root')
        self.folder = project.temporary_folder('root')
        for name in ('work', 'root'):
            (self.folder / name).mkdir()
        shutil.copytree(installed(str(lower) != '/'), self.folder / 'upper', symlinks=True)
        self._holder = subprocess.Popen(
            ['unshare', '--mount', '--pid', '--fork', '--kill-child', 'sh', '-c', _MOUNTS, 'sh',
             str(lower), str(self.folder)], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        wait_until(self._is_ready, 'a private root')

    def _is_ready(self):
        if self._holder.poll() is not None:
            raise unittest.SkipTest('no private root: ' + self._holder.stderr.read().decode())
        children = pathlib.Path(f'/proc/{self._holder.pid}/task/{self._holder.pid}/children').read_text()
        self._inner = children.strip()
        comm = pathlib.Path(f'/proc/{self._inner}/comm')
        return self._inner and comm.exists() and comm.read_text() == 'sleep\n'

    def stop(self):
        self._holder.kill()
        self._holder.communicate()
        shutil.rmtree(self.folder, ignore_errors=True)

    def path(self, inside):
        """Where the file `inside` is for the test."""
        return pathlib.Path(f'/proc/{self._inner}/root{inside}')

    def write(self, inside, text, mode=0o644):
        path = self.path(inside)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)

    def command(self, *words):
        """The command line that runs `words` there."""
        return ['nsenter', '--target', self._inner, '--mount', '--pid', '--root', 'env', '-i', '--chdir=/',
                f'PATH={_PATH}', 'LC_ALL=C.UTF-8', *map(str, words)]

    def run(self, *words):
        return subprocess.run(self.command(*words), capture_output=True, text=True, check=False,
                              stdin=subprocess.DEVNULL)

    def snapshot(self, *folders):
        """Everything in these folders, and every file that was changed here anywhere else: its kind
        and mode, its owner, and what is in it."""
        found = {}
        for folder in folders:
            self._add(found, self.path(folder), folder, with_folders=True)
        self._add(found, self.folder / 'upper', '', with_folders=False)
        return found

    @staticmethod
    def _add(found, top, name_of_top, with_folders):
        for place, folders, files in os.walk(top):
            for name in [*files, *(['.', *folders] if with_folders else [])]:
                path = pathlib.Path(place) / name
                try:
                    status = path.lstat()
                    text = (os.readlink(path).encode() if stat.S_ISLNK(status.st_mode) else
                            path.read_bytes() if stat.S_ISREG(status.st_mode) else None)
                except FileNotFoundError:
                    continue  # a running Dovecot has files of its own, for a moment
                inside = os.path.normpath(f'{name_of_top}/{path.relative_to(top)}')
                found[inside] = (oct(status.st_mode), status.st_uid, status.st_gid, text)

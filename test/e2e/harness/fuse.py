"""A file system that hangs at will: bindfs over bindfs (FUSE)."""

import os
import pathlib
import shutil
import signal
import subprocess

from . import project
from .geoip import write_mmdb
from .process import Daemon, wait_until
from .site import Site


def available():
    """Whether file systems can be mounted here."""
    return os.geteuid() == 0 and os.path.exists('/dev/fuse') and bool(shutil.which('bindfs'))


def _thread_states(process):
    """The letters of proc(5)."""
    return [file.read_text().rpartition(')')[2].split()[0]
            for file in pathlib.Path(f'/proc/{process}/task').glob('*/stat')]


class HangingFolder:
    """`path` is a folder of its own, the content of which lies in `below`.

    `hang()` stops what serves it. Who then waits for an answer can be killed. With `taken`, the
    question has already been taken up by a server that waits in its turn: then the kernel lets
    nobody go, killed or not (request_wait_answer in Linux' fs/fuse/dev.c).
    """

    def __init__(self, taken=False):
        self.below = project.temporary_folder('below')
        self._layers = []
        source = self.below
        for _ in range(2 if taken else 1):
            target = project.temporary_folder('mounted')
            self._layers.append((target, Daemon(['bindfs', '-f', '-o', 'attr_timeout=0',
                                                 str(source), str(target)],
                                                project.temporary_folder('bindfs') / 'log')))
            wait_until(lambda t=target: os.path.ismount(t), f'{target} is mounted')
            source = target
        self.path = source

    def hang(self):
        server = self._layers[0][1].pid
        os.kill(server, signal.SIGSTOP)
        # A thread of it that runs at this moment answers one more question.
        wait_until(lambda: all(state == 'T' for state in _thread_states(server)), 'it has stopped')

    def stop(self):
        for target, daemon in self._layers:
            # What waits for the server gets an error when that is gone.
            os.kill(daemon.pid, signal.SIGKILL)
            daemon.stop()
            subprocess.run(['umount', '-l', target], check=False, capture_output=True)


def each_kind(test, check):
    """check(folder) with a HangingFolder of each kind."""
    for taken in (False, True):
        with test.subTest(taken=taken):
            folder = HangingFolder(taken)
            try:
                check(folder)
            finally:
                folder.stop()


def site_with_geoip(folder, **sections):
    """A site whose city database lies in the folder, with a rule that looks at it."""
    site = Site(general={'on_error': 'deny'}, **sections)
    database = write_mmdb('city.mmdb', 'GeoLite2-City', {'84.46.0.0/16': {}})
    (folder.below / 'city.mmdb').write_bytes(database.read_bytes())
    site.configure(maxmind={'geo_city': folder.path / 'city.mmdb'})
    site.list('ip_net.deny', '52.96.0.0/14')
    site.list('rev_host.allow', 'x.example')
    site.list('maxmind/geo_cc.allow', 'DE')
    return site

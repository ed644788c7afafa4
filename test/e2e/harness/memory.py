"""How much memory badclients has to itself at the end of a login."""

import contextlib
import os
import subprocess

from . import project
from .process import wait_until

POLL = '7'  # the number of poll(2), x86-64


def private_kib(site, address, limit=262144):
    """What /proc says (Private_Clean and Private_Dirty) of both its processes at the end."""
    return sum(at_the_end(site, address, private_of, limit))


def mapped_files(site, address):
    """The paths of what its processes have mapped at the end."""
    def files(pid):
        with open(f'/proc/{pid}/maps', encoding='ascii') as maps:
            return {line.split()[5] for line in maps if len(line.split()) > 5}
    return set.union(*at_the_end(site, address, files))


def at_the_end(site, address, look, limit=262144):
    """look(process id) of both its processes, while the one that decides waits half a second for
    somebody to read its log, all else done. `limit` is on its address space, in KiB. Only for root:
    badclients lets nobody else look."""
    read, write = os.pipe()
    try:
        fill(write)
        user, group = project.account()
        script = f'ulimit -v {limit}; exec "$@" 3<&0 4>&1 </dev/null'
        process = subprocess.Popen(
            ['/bin/sh', '-c', script, 'sh', project.programs() / 'badclients', '--config',
             site.config, 'checkpassword-reply'],
            env={'SERVICE': 'imap', 'TCPREMOTEIP': address}, stdin=subprocess.PIPE, stderr=write,
            stdout=subprocess.DEVNULL, user=user, group=group, extra_groups=[])
        with process:
            process.stdin.write(b'alice\0secret\0\0')
            process.stdin.close()
            deciding = wait_until(lambda: _waits_for_the_log(process), 'badclients writes its log')
            seen = [look(process.pid), look(deciding)]
        if process.returncode != 0:
            raise RuntimeError(f'ended with {process.returncode}')
        return seen
    finally:
        os.close(read)
        os.close(write)


def fill(pipe):
    """Until it takes no more."""
    os.set_blocking(pipe, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(pipe, bytes(4096))
    os.set_blocking(pipe, True)


def _waits_for_the_log(process):
    """The process id of the one that decides, once it is in poll."""
    if process.poll() is not None:
        raise RuntimeError(f'ended with {process.returncode}')
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        with open(f'/proc/{process.pid}/task/{process.pid}/children', encoding='ascii') as file:
            children = file.read().split()
        if len(children) == 1:
            with open(f'/proc/{children[0]}/syscall', encoding='ascii') as file:
                if file.read().split()[0] == POLL:
                    return int(children[0])
    return None


def private_of(pid):
    """What a process has to itself, in KiB."""
    with open(f'/proc/{pid}/smaps_rollup', encoding='ascii') as file:
        return sum(int(line.split()[1]) for line in file if line.startswith('Private_'))

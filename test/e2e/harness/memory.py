"""How much memory badclients has to itself at the end of a login."""

import contextlib
import os
import subprocess

from . import project
from .process import wait_until


def private_kib(site, address, limit=262144):
    """What /proc says (Private_Clean and Private_Dirty) while it waits for somebody to read its
    reply, all else done. `limit` is on its address space, in KiB. Only for root: badclients lets
    nobody else look."""
    read, write = os.pipe()
    try:
        junk = _fill(write)
        user, group = project.account()
        script = f'ulimit -v {limit}; exec "$@" 3<&0 4>&1 </dev/null 1>&2'
        process = subprocess.Popen(
            ['/bin/sh', '-c', script, 'sh', project.programs() / 'badclients', '--config',
             site.config, 'checkpassword-reply'],
            env={'SERVICE': 'imap', 'TCPREMOTEIP': address}, stdin=subprocess.PIPE, stdout=write,
            stderr=subprocess.PIPE, user=user, group=group, extra_groups=[])
        with process:
            process.stdin.write(b'alice\0secret\0\0')
            process.stdin.close()
            wait_until(lambda: _waits_at_4(process), 'badclients writes its reply')
            private = _private(process.pid)
            left = junk
            while left > 0:
                left -= len(os.read(read, left))
            log = process.stderr.read()
        if process.returncode != 0:
            raise RuntimeError(f'ended with {process.returncode}: {log}')
        return private
    finally:
        os.close(read)
        os.close(write)


def _fill(pipe):
    os.set_blocking(pipe, False)
    size = 0
    with contextlib.suppress(BlockingIOError):
        while True:
            size += os.write(pipe, bytes(4096))
    os.set_blocking(pipe, True)
    return size


def _waits_at_4(process):
    """Whether it is in a system call whose first argument is descriptor 4: the write."""
    if process.poll() is not None:
        raise RuntimeError(f'ended with {process.returncode}: {process.stderr.read()}')
    with open(f'/proc/{process.pid}/syscall', encoding='ascii') as file:
        words = file.read().split()
    return len(words) > 3 and words[1] == '0x4' and words[3] == '0x1'


def _private(pid):
    with open(f'/proc/{pid}/smaps_rollup', encoding='ascii') as file:
        return sum(int(line.split()[1]) for line in file if line.startswith('Private_'))

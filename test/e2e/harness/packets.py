"""What leaves the processes of a test: every packet in the test's network namespace.

All addresses of the Internet are on its loopback then: packets to them are seen, and reach nobody.
"""

import contextlib
import dataclasses
import os
import socket
import struct
import subprocess
import threading

_ALL, _OUTGOING = 0x0003, 4  # ETH_P_ALL, PACKET_OUTGOING
_UDP, _TCP, _SYN_ALONE = 17, 6, 0x02


@dataclasses.dataclass(frozen=True)
class Packet:
    """A datagram, or the first packet of a connection."""
    protocol: str  # 'udp', 'tcp'
    source: tuple  # (address, port)
    to: tuple
    data: bytes


def _packet(frame):
    """None for what is neither."""
    ip = frame[14:]
    if ip[0] >> 4 == 4:
        protocol, addresses, rest = ip[9], (ip[12:16], ip[16:20]), ip[(ip[0] & 15) * 4:]
        family = socket.AF_INET
    else:
        protocol, addresses, rest = ip[6], (ip[8:24], ip[24:40]), ip[40:]
        family = socket.AF_INET6
    if protocol not in (_UDP, _TCP) or (protocol == _TCP and rest[13] & 0x3f != _SYN_ALONE):
        return None
    ends = zip((socket.inet_ntop(family, each) for each in addresses), struct.unpack('>2H', rest[:4]))
    return Packet('udp' if protocol == _UDP else 'tcp', *ends, rest[8:] if protocol == _UDP else b'')


@contextlib.contextmanager
def packets():
    """A list to which packets are added while the context lasts."""
    if not os.environ.get('BADCLIENTS_E2E_NETNS'):
        raise RuntimeError('this is no network namespace of our own')
    for family in ('-4', '-6'):
        subprocess.run(['ip', family, 'route', 'replace', 'local', 'default', 'dev', 'lo'], check=True)
    seen = []
    over = threading.Event()
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ALL)) as sock:
        sock.bind(('lo', 0))
        sock.settimeout(0.2)

        def listen():
            while True:
                try:
                    frame, (_, _, kind, *_) = sock.recvfrom(65536)
                except TimeoutError:
                    if over.is_set():
                        return
                    continue
                packet = _packet(frame) if kind == _OUTGOING else None
                if packet:
                    seen.append(packet)

        listener = threading.Thread(target=listen)
        listener.start()
        try:
            yield seen
        finally:
            over.set()
            listener.join()


def question(packet):
    """(name, type) of a question to a nameserver."""
    data, labels = packet.data[12:], []
    while data[0]:
        labels.append(data[1:1 + data[0]].decode())
        data = data[1 + data[0]:]
    return '.'.join(labels), {1: 'A', 12: 'PTR', 16: 'TXT', 28: 'AAAA'}[struct.unpack('>H', data[1:3])[0]]

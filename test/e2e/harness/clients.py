"""Logging in to Dovecot over each of its protocols, as from any address.

Each function returns a Reply: whether the user is in, and what the server said.
"""

import contextlib
import dataclasses
import imaplib
import socket

from . import sasl


@dataclasses.dataclass
class Reply:
    logged_in: bool
    text: str


def imap(dovecot, user, password, address=None, mechanism='LOGIN', client_id=None):
    """`LOGIN` is IMAP's command of that name; the other mechanisms go through AUTHENTICATE.

    `client_id`: more of the ID command's list, as sent: '"name" "Outlook"'.
    """
    connection = imaplib.IMAP4('127.0.0.1', dovecot.ports['imap'], timeout=60)
    with contextlib.closing(connection.socket()):
        fields = [f'"x-originating-ip" "{address}"'] if address else []
        fields += [client_id] if client_id else []
        if fields:
            connection.xatom('ID', '(' + ' '.join(fields) + ')')
        try:
            if mechanism == 'LOGIN':
                _, data = connection.login(user, password)
            else:
                _, data = connection.authenticate(mechanism, _Answers(mechanism, user, password))
            connection.select()  # makes the mailbox
            connection.logout()
            return Reply(True, _text(data))
        except imaplib.IMAP4.error as error:
            return Reply(False, _text(error.args))


def _text(parts):
    return ' '.join(part.decode() if isinstance(part, bytes) else str(part) for part in parts)


class _Answers:
    """What imaplib.IMAP4.authenticate() asks for answers."""

    def __init__(self, mechanism, user, password):
        self._conversation, self._initial = sasl.start(mechanism, user, password)

    def __call__(self, challenge):
        if self._initial is not None:
            initial, self._initial = self._initial, None
            return initial
        return sasl.answer(self._conversation, challenge)


class _Lines:
    """A connection on which lines go to and fro."""

    def __init__(self, sock):
        self._socket = sock
        self._socket.settimeout(60)
        self._file = sock.makefile('rwb')

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._file.close()
        self._socket.close()

    def read(self):
        line = self._file.readline()
        if not line:
            raise ConnectionError('the server closed the connection')
        return line.decode(errors='surrogateescape').rstrip('\r\n')

    def send(self, line, end='\r\n'):
        self._file.write((line + end).encode(errors='surrogateescape'))
        self._file.flush()


def _connect(dovecot, service):
    return _Lines(socket.create_connection(('127.0.0.1', dovecot.ports[service])))


def _converse(lines, conversation, initial, challenge):
    """Answers as long as the server asks. `challenge`: its bytes in a line, None in another line."""
    while True:
        line = lines.read()
        asked = challenge(line)
        if asked is None:
            return line
        if initial is not None:
            answer, initial = initial, None
        else:
            answer = sasl.answer(conversation, asked)
        lines.send(sasl.encode(answer))


def pop3(dovecot, user, password, address=None, mechanism=None):
    """Without a mechanism by USER and PASS."""
    with _connect(dovecot, 'pop3') as lines:
        lines.read()
        if address:
            lines.send(f'XCLIENT ADDR={address}')
            lines.read()
        if mechanism:
            lines.send(f'AUTH {mechanism}')
            answer = _converse(lines, *sasl.start(mechanism, user, password),
                               lambda line: sasl.decode(line[2:]) if line.startswith('+ ') else None)
        else:
            lines.send(f'USER {user}')
            lines.read()
            lines.send(f'PASS {password}')
            answer = lines.read()
        return Reply(answer.startswith('+OK'), answer)


def submission(dovecot, user, password, address=None, mechanism='PLAIN'):
    with _connect(dovecot, 'submission') as lines:
        def answer():
            while True:
                line = lines.read()
                if line[3:4] != '-':
                    return line
        answer()
        if address:
            lines.send(f'XCLIENT ADDR={address}')
            answer()
        lines.send('EHLO client.invalid')
        answer()
        lines.send(f'AUTH {mechanism}')
        reply = _converse(lines, *sasl.start(mechanism, user, password),
                          lambda line: sasl.decode(line[4:]) if line.startswith('334') else None)
        return Reply(reply.startswith('235'), reply)


def sieve(dovecot, user, password, address=None, mechanism='PLAIN'):
    """ManageSieve, RFC 5804"""
    with _connect(dovecot, 'sieve') as lines:
        def answer():
            while True:
                line = lines.read()
                if line.startswith(('OK', 'NO', 'BYE')):
                    return line
        answer()
        if address:
            lines.send(f'XCLIENT ADDR={address}')
            answer()
        conversation, initial = sasl.start(mechanism, user, password)
        lines.send(f'AUTHENTICATE "{mechanism}"' + (f' {_literal(initial)}' if initial else ''))
        while not (reply := lines.read()).startswith(('OK', 'NO', 'BYE')):
            if reply.startswith('{'):
                reply = lines.read()
            response = sasl.answer(conversation, sasl.decode(reply.strip('"')))
            lines.send(_literal(response))
        return Reply(reply.startswith('OK'), reply)


def _literal(data):
    """Of any length: a quoted string may have 1,024 bytes."""
    text = sasl.encode(data)
    return f'{{{len(text)}+}}\r\n{text}'


def lmtp(dovecot, port, recipient, address):
    """Whether LMTP (RFC 2033) takes a mail for the recipient, as from a client at `address`."""
    with _Lines(socket.create_connection(('127.0.0.1', port))) as lines:
        def answer():
            while True:
                line = lines.read()
                if line[3:4] != '-':
                    return line
        answer()
        lines.send('LHLO client.invalid')
        answer()
        lines.send(f'XCLIENT ADDR={address}')
        answer()
        for command in ('LHLO client.invalid', 'MAIL FROM:<sender@example.org>'):
            lines.send(command)
            answer()
        lines.send(f'RCPT TO:<{recipient}>')
        reply = answer()
        if reply.startswith('2'):
            lines.send('DATA')
            answer()
            lines.send('Subject: x\r\n\r\nx\r\n.')
            reply = answer()
        return Reply(reply.startswith('2'), reply)


def sasl_client(dovecot, user, password, address=None, mechanism='PLAIN', service='smtp'):
    """As Postfix and Exim do it: Dovecot's authentication protocol on a socket.

    https://doc.dovecot.org/2.3/developer_manual/design/auth_protocol/
    """
    sock = socket.socket(socket.AF_UNIX)
    sock.connect(str(dovecot.sasl_socket))
    with _Lines(sock) as lines:
        lines.send('VERSION\t1\t1\nCPID\t1', end='\n')
        while lines.read() != 'DONE':
            pass
        conversation, initial = sasl.start(mechanism, user, password)
        request = ['AUTH', '1', mechanism, f'service={service}', 'lip=127.0.0.1', 'nologin']
        if address:
            request.append(f'rip={address}')
        if initial is not None:
            request.append('resp=' + sasl.encode(initial))
        lines.send('\t'.join(request), end='\n')
        while True:
            answer = lines.read()
            if not answer.startswith('CONT\t'):
                return Reply(answer.startswith('OK\t'), answer)
            response = sasl.answer(conversation, sasl.decode(answer.split('\t')[2]))
            lines.send('CONT\t1\t' + sasl.encode(response), end='\n')

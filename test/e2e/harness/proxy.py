"""An HTTP proxy that leads every name to one server."""

import socket
import threading


class Proxy:
    """Answers CONNECT (RFC 9110 section 9.3.6) for any host by a connection to `port` of this
    machine; `hosts` are those that were asked for."""

    def __init__(self, port):
        self.hosts = []
        self._target = port
        self._server = socket.create_server(('127.0.0.1', 0))
        self.url = f'http://127.0.0.1:{self._server.getsockname()[1]}/'
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def _connect(self, client):
        with client:
            head = b''
            while not head.endswith(b'\r\n\r\n'):
                part = client.recv(4096)
                if not part:
                    return
                head += part
            method, host, _ = head.split(b'\r\n')[0].split(b' ')
            if method != b'CONNECT':
                client.sendall(b'HTTP/1.1 405 Method Not Allowed\r\n\r\n')
                return
            self.hosts.append(host.decode())
            with socket.create_connection(('127.0.0.1', self._target)) as server:
                client.sendall(b'HTTP/1.1 200 OK\r\n\r\n')
                back = threading.Thread(target=_copy, args=(server, client), daemon=True)
                back.start()
                _copy(client, server)
                back.join()

    def stop(self):
        # Wakes accept(), which close() alone does not.
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()


def _copy(source, target):
    try:
        while part := source.recv(65536):
            target.sendall(part)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass

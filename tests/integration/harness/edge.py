"""What tests of Routing and TcpConnector share: their elements, routing.db, and a backend that speaks plain bytes."""
import socket
import sqlite3
import ssl
import struct
import threading


def routing_db(path, *rows):
    """Rows are dictionaries; what they do not say has edgeProxy's defaults. Written as another process would."""
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE IF NOT EXISTS backends (id TEXT PRIMARY KEY, app TEXT, region TEXT, "
                         "country TEXT, wg_ip TEXT, port INTEGER, healthy INTEGER, weight INTEGER, "
                         "soft_limit INTEGER, hard_limit INTEGER, deleted INTEGER DEFAULT 0, zone TEXT, "
                         "priority INTEGER, draining INTEGER, tls INTEGER, sni TEXT, proxy_protocol TEXT, "
                         "source_address TEXT, bind_device TEXT, \"check\" TEXT)")
        database.execute("DELETE FROM backends")
        for row in rows:
            full = {"app": "default", "region": "eu", "country": "DE", "wg_ip": "127.0.0.1", "healthy": 1, "weight": 2,
                    "soft_limit": 100, "hard_limit": 0, "deleted": 0, **row}
            names = ", ".join(f'"{name}"' for name in full)
            database.execute(f"INSERT INTO backends ({names}) VALUES ({', '.join('?' * len(full))})",
                             tuple(full.values()))
    database.close()
    path.chmod(0o666)
    return path


def element(tag, inside="", /, **attributes):
    text = " ".join(f'{key}="{value}"' for key, value in attributes.items() if value is not None)
    return f"    <{tag} {text}>{inside}</{tag}>\n"


def routing(*ports, name="edge", inside="", **attributes):
    """ports: of backends on 127.0.0.1, unless a database is given."""
    if ports:
        attributes["backends"] = " ".join(port if isinstance(port, str) else f"127.0.0.1:{port}" for port in ports)
    return element("Routing", inside, name=name, **attributes)


def tcp_connector(port, inside="", **attributes):
    attributes = {"name": "tcp.test", "port": port, "listen": f"127.0.0.1:{port}", "routing": "edge", **attributes}
    return element("TcpConnector", inside, **attributes)


class BytesBackend:
    """
    Takes connections, says its name if it is one that speaks first, and sends back what comes until the client has
    finished; then "<end>" and its own end. What happened is in `connections`.
    """

    def __init__(self, name="", greets=False, port=0, tls=None, proxy_protocol=False, address="127.0.0.1"):
        self.name, self.greets, self.tls, self.proxy_protocol = name, greets, tls, proxy_protocol
        self.connections, self.threads = [], []
        self.listener = socket.create_server((address, port), backlog=1024)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.listener.close()
        for one in self.connections:
            one.drop()

    def open_connections(self):
        return sum(not one.ended for one in self.connections)

    def _accept(self):
        while True:
            try:
                sock, peer = self.listener.accept()
            except OSError:
                return
            made = Served(self, sock, peer)
            self.connections.append(made)
            threading.Thread(target=made.serve, daemon=True).start()


class Served:
    def __init__(self, backend, sock, peer):
        self.backend, self.sock, self.peer = backend, sock, peer
        self.received, self.header, self.ended, self.saw_end, self.server_name = b"", b"", False, False, None
        self.reset = False

    def serve(self):
        try:
            self.sock.settimeout(60)
            if self.backend.proxy_protocol:
                self.header = self._read_header()
            if self.backend.tls:
                self.backend.tls.sni_callback = lambda _, name, __: setattr(self, "server_name", name)
                self.sock = self.backend.tls.wrap_socket(self.sock, server_side=True)
            if self.backend.greets:
                self.sock.sendall(self.backend.name.encode() + b"\n")
            while True:
                got = self.sock.recv(65536)
                if not got:
                    break
                self.received += got
                self.sock.sendall(got)
            self.saw_end = True
            self.sock.sendall(b"<end>")
            if self.backend.tls:
                self.sock = self.sock.unwrap()
            self.sock.close()
        except ConnectionResetError:
            self.reset = True
        except OSError:
            pass
        finally:
            self.ended = True
            self.sock.close()

    def _read_header(self):
        header = self._exactly(16)
        if header[:12] == b"\r\n\r\n\0\r\nQUIT\n":
            return header + self._exactly(struct.unpack("!H", header[14:16])[0])
        while not header.endswith(b"\r\n"):
            header += self._exactly(1)
        return header

    def _exactly(self, size):
        data = b""
        while len(data) < size:
            got = self.sock.recv(size - len(data))
            if not got:
                raise OSError("ended")
            data += got
        return data

    def drop(self):
        try:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.sock.close()


def connect(port, timeout=10, source=None):
    return socket.create_connection(("127.0.0.1", port), timeout=timeout, source_address=source)


def read_all(sock):
    data = b""
    while True:
        try:
            got = sock.recv(65536)
        except ConnectionResetError:
            return data + b"<reset>"
        except ssl.SSLError as error:
            return data + f"<{error.reason}>".encode()
        if not got:
            return data
        data += got


def exchange(port, data, **options):
    """Sends it, finishes, and returns all that comes back."""
    with connect(port, **options) as client:
        client.sendall(data)
        client.shutdown(socket.SHUT_WR)
        return read_all(client)

# SPDX-License-Identifier: Apache-2.0
"""OpenFlow messages byte by byte, for requests that no tool sends, and descriptions of the answers."""
import socket
import struct

from lab import check

VERSIONS = {'OpenFlow10': 1, 'OpenFlow13': 4, 'OpenFlow14': 5, 'OpenFlow15': 6}
HELLO, ERROR, ECHO, ECHO_REPLY, EXPERIMENTER, SET_CONFIG = 0, 1, 2, 3, 4, 9
GET_ASYNC, GET_ASYNC_REPLY, SET_ASYNC, ROLE, ROLE_REPLY = 26, 27, 28, 24, 25
NICIRA, ONF = 0x2320, 0x4f4e4600


def message(version, kind, body=b'', xid=0x77):
    return struct.pack('!BBHI', version, kind, 8 + len(body), xid) + body


def experimenter(version, subtype, body=b'', of=NICIRA):
    return message(version, EXPERIMENTER, struct.pack('!II', of, subtype) + body)


def multipart(version, kind, body=b'', flags=0):
    head = struct.pack('!HH', kind, flags) + (b'' if version == 1 else bytes(4))
    return message(version, 16 if version == 1 else 18, head + body)


def multipart_experimenter(version, subtype, body=b'', of=NICIRA):
    pad = bytes(4) if version == 1 else b''
    return multipart(version, 0xffff, struct.pack('!II', of, subtype) + pad + body)


class Connection:
    """A connection to the socket of a switch, or one that was accepted."""

    def __init__(self, management, version):
        self.version, self.buffer = version, b''
        if isinstance(management, socket.socket):
            self.socket = management
        else:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.connect(management.removeprefix('unix:'))
        self.socket.settimeout(10)
        bitmap = struct.pack('!HHI', 1, 8, 1 << version) if version >= 4 else b''
        self.socket.sendall(message(version, HELLO, bitmap, 1))
        check(self.receive()[1] == HELLO, 'the first message is no hello')

    def receive(self):
        while len(self.buffer) < 8 or len(self.buffer) < struct.unpack_from('!H', self.buffer, 2)[0]:
            more = self.socket.recv(65536)
            check(more, 'the connection ended')
            self.buffer += more
        n = struct.unpack_from('!H', self.buffer, 2)[0]
        one, self.buffer = self.buffer[:n], self.buffer[n:]
        return one

    def ask(self, *messages):
        """Sends messages and an echo; returns all messages received before the echo's reply."""
        self.socket.sendall(b''.join(messages) + message(self.version, ECHO, b'end', 0x99))
        answers = []
        while True:
            one = self.receive()
            if one[1] == ECHO_REPLY and one[8:] == b'end':
                return answers
            answers.append(one)

    def close(self):
        self.socket.close()


def error_of(one):
    """Returns (type, code[, experimenter]) of an error, also of Nicira's form in 1.0."""
    kind, code = struct.unpack_from('!HH', one, 8)
    if kind == 0xb0c2:
        return 'error', *struct.unpack_from('!HHI', one, 16)[:2], NICIRA
    return ('error', kind, code, *(struct.unpack_from('!I', one, 12) if kind == 0xffff else ()))


def outline(one):
    """Returns the kind of an answer; for an error, its type and code."""
    version, kind = one[:2]
    if kind == ERROR:
        return error_of(one)
    if kind == EXPERIMENTER:
        return 'experimenter', *struct.unpack_from('!II', one, 8)
    if kind == (17 if version == 1 else 19):
        return 'multipart', *struct.unpack_from('!H', one, 8)
    return ('message', kind)


def outlines(answers):
    """Returns the kinds of answers; parts of one reply count as one."""
    return list(dict.fromkeys(outline(one) for one in answers))

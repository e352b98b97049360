# SPDX-License-Identifier: Apache-2.0
"""An OpenFlow client on a switch's management socket that receives packet-ins, byte for byte."""
import os
import select
import socket
import struct
import subprocess
import time

from lab import check

HEADER = struct.Struct('!BBHI')
HELLO, ECHO, PACKET_IN, SET_CONFIG = 0, 2, 10, 9
EXPERIMENTER, NICIRA = 4, 0x2320
SET_PACKET_IN_FORMAT, SET_ASYNC, SET_CONTROLLER_ID = 16, 19, 20
NICIRA_PACKET_INS = (17, 30)
METADATA = 6  # a property of NXT_PACKET_IN2
STANDARD, NXT, NXT2 = 0, 1, 2
VERSIONS = {'1.0': 1, '1.3': 4, '1.4': 5, '1.5': 6}


class Client:
    """A client. version: of VERSIONS; form: of packet-ins; flags and length: of set_config, which is not sent
    if length is None; wanted: reasons of packet-ins as master or equal (None: the switch's default)."""

    def __init__(self, path, version='1.0', form=STANDARD, controller_id=0, flags=0, length=0xffff,
                 wanted=None):
        self.version, self.rest = VERSIONS[version], b''
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(10)
        self.socket.connect(path)
        self.send(HELLO)
        self.wait_for(HELLO)
        if form != STANDARD:
            self.nicira(SET_PACKET_IN_FORMAT, struct.pack('!I', form))
        if controller_id:
            self.nicira(SET_CONTROLLER_ID, struct.pack('!6xH', controller_id))
        if wanted is not None:
            self.nicira(SET_ASYNC, struct.pack('!6I', wanted, 0, 0, 0, 0, 0))
        if length is not None:
            self.send(SET_CONFIG, struct.pack('!HH', flags, length))
        self.barrier()

    def close(self):
        self.socket.close()

    def send(self, kind, body=b''):
        self.socket.sendall(HEADER.pack(self.version, kind, HEADER.size + len(body), 1) + body)

    def nicira(self, subtype, body):
        self.send(EXPERIMENTER, struct.pack('!II', NICIRA, subtype) + body)

    def barrier(self):
        self.send(ECHO)
        self.wait_for(ECHO + 1)

    def messages(self, seconds):
        """Returns the messages received until a pause: (type, bytes without the transaction ID)."""
        end = time.monotonic() + seconds
        while True:
            while len(self.rest) >= HEADER.size:
                n = HEADER.unpack_from(self.rest)[2]
                if len(self.rest) < n:
                    break
                message, self.rest = self.rest[:n], self.rest[n:]
                yield message[1], message[:4] + message[8:]
            if not select.select([self.socket], [], [], max(0, end - time.monotonic()))[0]:
                return
            data = self.socket.recv(1 << 20)
            check(data, 'the switch closed the connection')
            self.rest += data

    def wait_for(self, kind):
        for found, message in self.messages(10):
            check(found != 1, f'the switch answers with an error: {message.hex()}')
            if found == kind:
                return
        check(False, f'no message of type {kind}')

    def packet_ins(self, seconds):
        """Returns the packet-ins received in so many seconds, sorted."""
        found = []
        for kind, message in self.messages(seconds):
            check(kind != 1, f'the switch sends an error: {message.hex()}')
            if kind == PACKET_IN or (kind == EXPERIMENTER and
                                     struct.unpack_from('!II', message, 4) in
                                     [(NICIRA, subtype) for subtype in NICIRA_PACKET_INS]):
                found.append(canonical(message))
        return sorted(found)


def sorted_fields(message, start, n):
    """Sorts the fields of a match in a message; any order is valid."""
    fields, end = [], start + n
    while start < end:
        stop = start + 4 + message[start + 3]
        fields.append(message[start:stop])
        start = stop
    return message[:end - n] + b''.join(sorted(fields)) + message[end:]


def canonical(message):
    """Returns a packet-in without its transaction ID, its match sorted."""
    u16 = lambda at: struct.unpack_from('!H', message, at)[0]
    if message[1] == PACKET_IN:
        return message if message[0] == 1 else sorted_fields(message, 24, u16(22) - 4)
    if message[8:12] == struct.pack('!I', NICIRA_PACKET_INS[0]):
        return sorted_fields(message, 36, u16(28))
    at = 12
    while u16(at) != METADATA:
        at += (u16(at + 2) + 7) // 8 * 8
    return sorted_fields(message, at + 4, u16(at + 2) - 4)


def show(messages, directory):
    """Formats messages with ovs-ofctl."""
    path = os.path.join(directory, 'messages')
    with open(path, 'wb') as f:
        f.write(b''.join(m[:4] + bytes(4) + m[4:] for m in messages))
    out = subprocess.run(['ovs-ofctl', 'ofp-parse', path], capture_output=True, text=True, check=False)
    return out.stdout + out.stderr

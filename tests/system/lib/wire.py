# SPDX-License-Identifier: Apache-2.0
"""Sends frames to the ports of both switches, and compares the frames that they send, byte for byte.

Open vSwitch gets frames by netdev-dummy/receive and writes those it sends to a capture for each port. tandemd
uses TAP devices (a socket on a TAP device is its wire). The last bytes of a frame are a mark, which frames of
the host's kernel lack, and its serial number. Cut frames have neither, but a length that no other frames have."""
import select
import socket
import struct
import time

from lab import LIB, check
from tables import CUTS

SOL_PACKET, PACKET_AUXDATA, PACKET_IGNORE_OUTGOING = 263, 8, 23
VLAN_VALID, TPID_VALID = 1 << 4, 1 << 6
ETH_P_ALL = 3
CUT = 0  # serial number of all cut frames
SERIAL, MARK = struct.Struct('!4sI'), b'tndm'
# No rule of a table set matches it, only one that this test adds: it is sent to all ports.
LAST = bytes.fromhex('525400000001' '5254000000ee' '88b6')
LAST_RULE = 'table=0,priority=65535,dl_type=0x88b6,actions=1,2,3,4,in_port'


def packet_socket(interface):
    """Returns a raw socket on a TAP device; the other end is a port of tandemd."""
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    s.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    s.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    s.bind((interface, ETH_P_ALL))
    s.setblocking(False)
    return s


def receive(s):
    """Returns the next frame as it was on the wire: the kernel delivers the outer tag separately."""
    data, ancillary, _, _ = s.recvmsg(4096, 256)
    for level, kind, aux in ancillary:
        if level == SOL_PACKET and kind == PACKET_AUXDATA:
            status, _, _, _, _, tci, tpid = struct.unpack('=IIIHHHH', aux[:20])
            if status & VLAN_VALID:
                tpid = tpid if status & TPID_VALID else 0x8100
                data = data[:12] + struct.pack('!HH', tpid, tci) + data[12:]
    return data


# Sends frames, and prints those that come back within 5 seconds.
ECHO = """import sys, time
sys.path.insert(0, sys.argv[1])
from wire import packet_socket, receive
s, end, got = packet_socket('eth0'), time.time() + 5, []
for frame in sys.argv[2:]:
    s.send(bytes.fromhex(frame))
while len(got) < len(sys.argv) - 2 and time.time() < end:
    try:
        got.append(receive(s).hex())
    except BlockingIOError:
        time.sleep(0.01)
print('\\n'.join(got))
"""


def check_echo(lab, name, frames):
    """Sends frames from a namespace to its port, which returns every frame: they come back unchanged."""
    sent = sorted(frame.hex() for frame in frames)
    out = lab.exec(name, '/usr/bin/python3', '-c', ECHO, LIB, *sent).stdout.split()
    check(sorted(out) == sent, '\n'.join(['sent', *sent, 'came', *out]))


class Captures:
    """Frames that Open vSwitch's ports sent."""

    def __init__(self, paths):
        self.files = {port: open(path, 'rb') for port, path in paths.items()}
        self.rest = {port: b'' for port in paths}
        self.started = set()

    def frames(self, port):
        """Returns the frames since the last call."""
        data = self.rest[port] + self.files[port].read()
        if port not in self.started and len(data) >= 24:
            data = data[24:]
            self.started.add(port)
        while port in self.started and len(data) >= 16:
            n = struct.unpack('=8xI4x', data[:16])[0]
            if len(data) < 16 + n:
                break
            yield data[16:16 + n]
            data = data[16 + n:]
        self.rest[port] = data

    def close(self):
        for file in self.files.values():
            file.close()


def add(sent, port, frame):
    """Records a frame; returns whether it is one of the test's."""
    mark, serial = SERIAL.unpack(frame[-SERIAL.size:])
    if mark != MARK and len(frame) not in CUTS:
        return False
    sent.setdefault((serial if mark == MARK else CUT, port), []).append(frame)
    return True


class Wire:
    """control: of Open vSwitch; captures: {port: path}; interfaces: {port: name}."""

    def __init__(self, control, captures, interfaces):
        self.control, self.captures = control, Captures(captures)
        self.sockets = {port: packet_socket(name) for port, name in interfaces.items()}
        self.serial = 0

    def close(self):
        self.captures.close()
        for s in self.sockets.values():
            s.close()

    def numbered(self, packets):
        """Returns [(port, frame)] of packets, each with its own serial number, and the numbers."""
        frames = []
        for packet in packets:
            self.serial += 1
            frames.append((f'p{packet.port}', packet.frame(SERIAL.pack(MARK, self.serial))))
        return frames, range(self.serial - len(packets) + 1, self.serial + 1)

    def through_open_vswitch(self, frames):
        """Sends frames; returns {(serial, port): [frame, ...]}. Ports are served in turn, each in order, so all
        frames are done when the last frame of each port was sent to each of them."""
        for port, frame in frames:
            self.control('netdev-dummy/receive', port, frame.hex())
        ports = self.captures.files
        for port in ports:
            self.control('netdev-dummy/receive', port, (LAST + bytes(46)).hex())
        sent, n_last, end = {}, 0, time.monotonic() + 10
        while n_last < len(ports) ** 2:
            check(time.monotonic() < end, 'Open vSwitch does not send the last frames')
            for port in ports:
                for frame in self.captures.frames(port):
                    if frame.startswith(LAST):
                        n_last += 1
                    else:
                        add(sent, port, frame)
            time.sleep(0.001)
        return sent

    def through_tandem(self, frames, n_expected, seconds=2):
        """Same as through_open_vswitch() for tandemd: receives until 'n_expected' frames have arrived and no
        more follow."""
        for port, frame in frames:
            self.sockets[port].send(frame)
        ports = {s: port for port, s in self.sockets.items()}
        sent, n, end = {}, 0, time.monotonic() + seconds
        while time.monotonic() < end:
            ready, _, _ = select.select(list(ports), [], [], 0.01 if n >= n_expected else 0.1)
            if not ready and n >= n_expected:
                break
            for s in ready:
                n += add(sent, ports[s], receive(s))
        return sent


def difference(ours, theirs, serials):
    """Returns the index of the first packet that is treated differently, and the difference; None if there is
    none."""
    for sent in (ours, theirs):
        for port in [port for serial, port in sent if serial == CUT]:
            sent[CUT, port].sort()
    foreign = {serial for serial, _ in ours} - {CUT, *serials}
    if foreign:
        return 0, f'tandemd sends a frame of another round: {sorted(foreign)[0]}'
    for i, serial in (*enumerate(serials), (0, CUT)):
        for port in sorted({port for s, port in (*ours, *theirs) if s == serial}):
            a, b = ours.get((serial, port), []), theirs.get((serial, port), [])
            if a != b:
                return i, (f'different frames on {port}:\n  tandemd      {[f.hex() for f in a]}\n'
                           f'  Open vSwitch {[f.hex() for f in b]}')
    return None


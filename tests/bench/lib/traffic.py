# SPDX-License-Identifier: Apache-2.0
"""What a port receives: templates of frames, and the order of the flows. Writes the files of driver/traffic.h and
composes the same frames."""
import array
import random
import struct

MAGIC = b'TDMTRAF1'
HEADER_BYTES, FIELDS_MAX, NUMBER_BITS = 88, 4, 24
N_FRESH = 1 << NUMBER_BITS
ORDER_MIN = 4096
FCS_BYTES = 4
FRAME_MIN = 60


def checksum(header):
    total = sum(struct.unpack(f'!{len(header) // 2}H', header))
    total = (total & 0xffff) + (total >> 16)
    return ~(total + (total >> 16)) & 0xffff


class Template:
    """header: the bytes of the first frame. fields: (offset, bytes, step) of those that differ from flow to flow.
    ip_at: offset of an IPv4 header, or 0."""

    def __init__(self, n_bytes, header, fields, ip_at=0, n_min=FRAME_MIN):
        """n_bytes: of the frame on a wire, with FCS; longer if the header needs it, or if it is below n_min without FCS."""
        assert len(header) <= HEADER_BYTES and len(fields) <= FIELDS_MAX
        self.n_bytes = max(n_bytes - FCS_BYTES, n_min, len(header))
        self.header, self.fields, self.ip_at = header, fields, ip_at

    def frame(self, number):
        data = bytearray(self.header.ljust(self.n_bytes, b'\0'))
        for at, n, step in self.fields:
            value = int.from_bytes(data[at:at + n], 'big') + number * step
            data[at:at + n] = (value % (1 << 8 * n)).to_bytes(n, 'big')
        if self.ip_at:
            data[self.ip_at + 10:self.ip_at + 12] = bytes(2)
            data[self.ip_at + 10:self.ip_at + 12] = checksum(data[self.ip_at:self.ip_at + 20]).to_bytes(2, 'big')
        return bytes(data)

    def pack(self):
        n_header = min(HEADER_BYTES, self.n_bytes)
        fields = [*self.fields, *[(0, 0, 0)] * (FIELDS_MAX - len(self.fields))]
        return (struct.pack('<HHHH', self.n_bytes, len(self.fields), self.ip_at, n_header)
                + b''.join(struct.pack('<HHI', at, n, step) for at, n, step in fields)
                + self.frame(0)[:HEADER_BYTES].ljust(HEADER_BYTES, b'\0'))


class Traffic:
    """order: [(template, number)]. The last template is that of fresh flows. ends_fresh: an attacker sends the order first
    and then fresh flows without end."""

    def __init__(self, templates, order, ends_fresh=True):
        self.templates, self.order, self.ends_fresh = templates, order, ends_fresh

    @property
    def n_order(self):
        return len(self.order)

    def frame(self, template, number):
        return self.templates[template].frame(number)

    def write(self, path):
        entries = array.array('I', (t << NUMBER_BITS | number for t, number in self.order))
        with open(path, 'wb') as f:
            f.write(MAGIC + struct.pack('<IIII', len(self.templates), len(entries), len(self.templates) - 1, N_FRESH))
            for t in self.templates:
                f.write(t.pack())
            entries.tofile(f)


def uniform(flows):
    """Returns an order in which each flow is equally often, mixed."""
    order = list(flows) * max(1, -(-ORDER_MIN // len(flows)))
    random.Random(len(flows)).shuffle(order)
    return order


def zipf(flows, n_packets, exponent=1.0):
    """Returns an order in which the flow of rank r is in proportion to r^-exponent, and at least once, mixed."""
    rng = random.Random(len(flows))
    ranked = list(flows)
    rng.shuffle(ranked)
    weights = [(r + 1) ** -exponent for r in range(len(ranked))]
    scale = n_packets / sum(weights)
    order = [flow for flow, w in zip(ranked, weights) for _ in range(max(1, round(scale * w)))]
    rng.shuffle(order)
    return order


def mostly(first, others, n_packets):
    """Returns an order of one flow in which each of the others is once."""
    order = [first] * (n_packets - len(others)) + list(others)
    random.Random(n_packets).shuffle(order)
    return order

# SPDX-License-Identifier: Apache-2.0
"""The benchmark's side of driver/board.h: what a port shall receive, and what it counted."""
import mmap
import struct
from pathlib import Path

STREAMS = ('order', 'fresh')
N_BUCKETS = 1024
SILENT = (1 << 64) - 1
COUNTERS = ('rx_packets', 'rx_bytes', 'tx_packets', 'tx_bytes', 'due_order', 'due_fresh', 'lost_order', 'lost_fresh',
            'followed', 'overtaken', 'overtaken_by')
HZ, PERIOD, FRESH_PERIOD, READS_STAMPS, FRESH_TRAIN, COUNTERS_AT = 0, 8, 16, 24, 32, 64
HISTOGRAMS_AT = COUNTERS_AT + 8 * len(COUNTERS)
N_BYTES = HISTOGRAMS_AT + 8 * N_BUCKETS * len(STREAMS)


class Board:
    """A file that a port of a measured system maps. At first the port receives nothing."""

    def __init__(self, path):
        self.path = Path(path)
        self.path.write_bytes(bytes(N_BYTES))
        with open(path, 'r+b') as f:
            self.map = mmap.mmap(f.fileno(), N_BYTES)
        self.put(PERIOD, SILENT)

    def put(self, at, value):
        struct.pack_into('<Q', self.map, at, value)

    def word(self, at):
        return struct.unpack_from('<Q', self.map, at)[0]

    @property
    def hz(self):
        """Cycles of the TSC per second; 0 before the port exists."""
        return self.word(HZ)

    def counters(self):
        return dict(zip(COUNTERS, struct.unpack_from(f'<{len(COUNTERS)}Q', self.map, COUNTERS_AT)))

    def latencies(self, stream):
        """Returns the packets of each bucket."""
        at = HISTOGRAMS_AT + 8 * N_BUCKETS * STREAMS.index(stream)
        return struct.unpack_from(f'<{N_BUCKETS}Q', self.map, at)

    def flood(self):
        """The port receives as many packets as its owner asks for."""
        self.put(PERIOD, 0)

    def pace(self, pps):
        """The port receives pps packets a second of the order; 0: none."""
        self.put(PERIOD, round(self.hz / pps) if pps else SILENT)

    def fresh(self, pps):
        """The port also receives pps packets a second of fresh flows; 0: none; None: only these."""
        self.put(FRESH_PERIOD, 1 if pps is None else round(self.hz / pps) if pps else 0)

    def train(self, n):
        """Each fresh flow has n packets."""
        self.put(FRESH_TRAIN, n)

    def read_stamps(self):
        self.put(READS_STAMPS, 1)


def bucket_end(bucket):
    """Returns the cycles below which all latencies of a bucket are."""
    if bucket < 16:
        return bucket + 1
    shift = (bucket >> 4) - 1
    return ((bucket & 15) + 17) << shift


def quantile(buckets, share):
    """Returns the cycles within which a share of the packets came, rounded up to a bucket's end; None without
    packets."""
    n = sum(buckets)
    if not n:
        return None
    rank, seen = share * n, 0
    for i, packets in enumerate(buckets):
        seen += packets
        if packets and seen >= rank:
            return bucket_end(i)
    return None

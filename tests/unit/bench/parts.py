# SPDX-License-Identifier: Apache-2.0
"""The paths of the benchmark's modules, and its library in C."""
import ctypes
import os
import sys
import tempfile
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
sys.path[:0] = [os.path.join(TOP, 'tests/bench/lib'), os.path.join(TOP, 'tests/system/lib')]
sys.dont_write_bytecode = True
from board import Board  # noqa: E402

U16, U32, U64 = ctypes.c_uint16, ctypes.c_uint32, ctypes.c_uint64
ARRIVALS_MAX, STREAMS, BUCKETS = 1024, 2, 1024


class Traffic(ctypes.Structure):
    """struct traffic"""
    _fields_ = [('head', ctypes.c_void_p), ('n_file_bytes', ctypes.c_size_t), ('templates', ctypes.c_void_p),
                ('order', ctypes.POINTER(U32)), ('at', U32), ('fresh', U32), ('n_train', U32)]


class Arrival(ctypes.Structure):
    """struct arrival"""
    _fields_ = [('due', U64), ('stream', U32)]


class Arrivals(ctypes.Structure):
    """struct arrivals"""
    _fields_ = [('due', U64 * STREAMS), ('now', U64), ('head', U32), ('tail', U32), ('ring', Arrival * ARRIVALS_MAX)]


def load():
    lib = ctypes.CDLL(os.environ['BENCH_PARTS'])
    lib.arrivals_take.restype = Arrival
    lib.traffic_compose.restype = U16
    lib.traffic_next.restype = lib.traffic_fresh.restype = U32
    lib.order_see.argtypes = [ctypes.c_void_p, U32, U64, ctypes.c_void_p]
    lib.arrivals_advance.argtypes = [ctypes.c_void_p, U64, ctypes.c_void_p, ctypes.c_void_p]
    lib.board_bucket.argtypes = [U64]
    return lib


class OnBoard(unittest.TestCase):
    """A test with a board, 'board', that the library has mapped, 'mapped'."""

    def setUp(self):
        self.lib = load()
        self.dir = tempfile.TemporaryDirectory()
        self.board = Board(os.path.join(self.dir.name, 'board'))
        self.mapped = ctypes.c_void_p()
        self.assertEqual(self.lib.board_open(ctypes.byref(self.mapped), str(self.board.path).encode()), 0)

    def tearDown(self):
        self.lib.board_close(self.mapped)
        self.dir.cleanup()

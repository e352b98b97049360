#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Latency of new flows: frames with a random source address and the time they were sent.

    probe.py send IFACE N          one every 5 ms
    probe.py receive IFACE SECONDS prints "ready", then one JSON line
"""
import json
import os
import random
import socket
import struct
import sys
import time

ETHERTYPE = 0x88b6  # for local experiments


def send(iface, n):
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    sock.bind((iface, 0))
    rng = random.Random(os.getpid())
    for _ in range(n):
        source = b'\x02' + rng.randbytes(5)
        sock.send(b'\xff' * 6 + source + struct.pack('>HQ', ETHERTYPE, time.monotonic_ns()) + bytes(40))
        time.sleep(0.005)


def receive(iface, seconds):
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETHERTYPE))
    sock.bind((iface, ETHERTYPE))
    print('ready', flush=True)
    latencies, last = [], time.monotonic()
    end = last + seconds
    while time.monotonic() < min(end, last + 3 if latencies else end):
        sock.settimeout(0.5)
        try:
            data = sock.recv(2048)
        except TimeoutError:
            continue
        last = time.monotonic()
        latencies.append((time.monotonic_ns() - struct.unpack('>Q', data[14:22])[0]) / 1000)
    latencies.sort()
    n = len(latencies)
    print(json.dumps({'received': n, 'median_us': latencies[n // 2] if n else 0,
                      'p95_us': latencies[n * 95 // 100] if n else 0}), flush=True)


if sys.argv[1] == 'send':
    send(sys.argv[2], int(sys.argv[3]))
else:
    receive(sys.argv[2], float(sys.argv[3]))

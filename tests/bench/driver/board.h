/* SPDX-License-Identifier: Apache-2.0 */
/* The board of a port of the benchmark: a file that the port and the benchmark map. The benchmark
 * writes what the port shall receive, at any time; the port counts what it received and sent, in
 * the same way whatever program owns it. tests/bench/lib/board.py is the other side.
 *
 * Times are of the TSC. Latency is from the time when a packet was due at its receiver to the time
 * when its sender was given it, waiting included. A stamp in the last bytes of the frame carries
 * it from one port to the other. */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

/* What a packet belongs to: the order of the flows, or fresh flows. */
enum { BOARD_ORDER, BOARD_FRESH, BOARD_STREAMS };

/* A bucket is at most a sixteenth of the values in it wide. */
#define BOARD_BUCKETS 1024
#define BOARD_SILENT UINT64_MAX

struct board {
	uint64_t tsc_hz;
	/* Written by the benchmark: cycles between two packets of the order; 0: as many as are
	 * asked for; BOARD_SILENT: none. */
	_Atomic uint64_t period;
	/* Between two packets of fresh flows; 0: none; 1: every packet is one. */
	_Atomic uint64_t fresh_period;
	/* true: the port looks for stamps in the frames that it sends. */
	_Atomic uint64_t reads_stamps;
	/* Packets of each fresh flow of a stream with a period, one after another; 0 is 1. */
	_Atomic uint64_t fresh_train;
	uint64_t reserved[3];
	/* Written by the port. */
	_Atomic uint64_t rx_packets, rx_bytes, tx_packets, tx_bytes;
	/* Of streams with a period: packets that were due, and those that found the receiver's
	 * ring full. */
	_Atomic uint64_t due[BOARD_STREAMS], lost[BOARD_STREAMS];
	/* Of stamped packets of fresh flows that were sent: those that are not the first of their
	 * flow, those sent after one that was due later, and the most that one of these was due
	 * before it, in cycles. */
	_Atomic uint64_t followed, overtaken, overtaken_by;
	/* Of stamped packets that were sent: latency in cycles. */
	_Atomic uint64_t latency[BOARD_STREAMS][BOARD_BUCKETS];
};

/* Maps an existing file of the size of a board. Returns 0 or -errno. */
int board_open(struct board **board, const char *path);
void board_close(struct board *b);

/* Returns the bucket of a latency. */
unsigned int board_bucket(uint64_t cycles);

static inline void
board_add(_Atomic uint64_t *count, uint64_t n)
{
	atomic_fetch_add_explicit(count, n, memory_order_relaxed);
}

static inline uint64_t
board_get(const _Atomic uint64_t *value)
{
	return atomic_load_explicit(value, memory_order_relaxed);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Turns of the receive queues of one worker: deficit round robin by measured cycles (Shreedhar and
 * Varghese, "Efficient fair queuing using deficit round-robin", 1995).
 *
 * While several queues have packets, each gets a quantum of cycles a round in place of a burst of
 * packets. A queue whose packets cost more waits for some rounds, so all queues that always have
 * packets get equally many cycles, and one that needs less than its share gets what it needs.
 *
 * Beside a light queue, one whose polls empty it, a backlogged queue receives no more packets at once than it
 * has cycles for, and only one of these has a turn in a round; in a lap, of one round or more, each has one. So a packet of the light
 * queue waits for one turn, whatever the number of backlogged queues: mostly a quantum, at most SWP_QUANTA_AT_ONCE quanta
 * and a packet. Queues that are never empty have full bursts
 * where their packets are ordinary. A queue that is alone always has full bursts. A queue of a device
 * where packets cost less together has a least number (swp_traits); it then waits for longer.
 *
 * Packets that leave by no port (misses, drops, malformed ones) gain little from bursts. Beside a light queue, one that
 * receives mostly such has turns of a SWP_QUANTUM_PARTS-th of a quantum, and no more than one in a lap, unless a third
 * queue uses its whole share for ordinary packets: then both get equally many cycles.
 *
 * Cost: O(1) per turn. Thread safety: one thread. Needs no EAL. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* A quantum is this part of a second, 0.5 us, in which a worker forwards a dozen cheap packets: fewer would cost more each.
 * It is no less than the empty polls of a round take, each this part of a second: half of the time at most is lost to them. */
#define SWP_QUANTA_PER_S 2000000
#define SWP_POLLS_PER_S 50000000
/* The parts of a quantum that a queue gets one at a time while its packets leave by no port. */
#define SWP_QUANTUM_PARTS 2
/* The most quanta that a queue uses at once beside a light queue, to catch up after an interruption
 * of the worker; the most that it keeps for that; and the most that it uses at once elsewhere. */
#define SWP_QUANTA_AT_ONCE 4
#define SWP_QUANTA_KEPT 128
#define SWP_QUANTA_BULK 16
/* A queue shares its worker for this many quanta after another one had packets. */
#define SWP_QUANTA_SHARED 2000
/* The most quanta that a queue can owe. A turn may be long because the worker was interrupted. */
#define SWP_QUANTA_OWED_MAX 2048

#define SWP_QUANTUM_ALL 256

/* Of one queue. Initially all zero; what is no queue has 'kept' of SWP_QUANTUM_ALL and is backlogged. */
struct swp_quantum {
	int64_t credit;		    /* cycles; 0 or less: the queue waits */
	uint64_t at;		    /* the end of the last turn */
	uint64_t spare;		    /* cycles of interruptions that need not count */
	uint32_t cycles_per_packet; /* average */
	unsigned int n_asked;	    /* in the current turn */
	uint64_t lap;		    /* up to which it has its quanta */
	bool backlogged;	    /* the last turn left packets, as far as is known */
	uint16_t kept; /* average share of packets that left by no port, of SWP_QUANTUM_ALL */
};

/* The queue that was seen last, and when; and when any other queue was. */
struct swp_quanta_seen {
	unsigned int last;
	uint64_t last_at, other_at;
};

/* Of all members of a worker: its queues, and the last one, which is none. Initially all zero, except
 * 'cycles' and 'n'. */
struct swp_quanta {
	uint64_t cycles;    /* of a quantum */
	unsigned int n;	    /* members */
	unsigned int first; /* the member after the backlogged one that had the last turn */
	bool taken;	    /* a backlogged member has had its turn in this round */
	uint64_t lap;
	struct swp_quanta_seen any, light;
	struct swp_quanta_seen bulk; /* used its share for packets that leave */
};

/* Returns the cycles of a quantum for a worker that polls 'n_queues'. */
uint64_t swp_quantum_cycles(uint64_t hz, unsigned int n_queues);

/* Begins the turns of backlogged members in a round, after those of light queues. Returns the member to begin with. */
unsigned int swp_quanta_round(struct swp_quanta *all);

/* Returns true if a queue other than 'i' is light. */
bool swp_quanta_light_beside(const struct swp_quanta *all, unsigned int i, uint64_t now);

/* Ends a turn of the member that is no queue: queues are not alone or light because of it. */
void swp_quantum_pay(struct swp_quanta *all, struct swp_quantum *q, unsigned int i, uint64_t now,
		     unsigned int n, uint64_t cycles);

/* Returns the most packets that member 'i' may receive now, at least 'n_min' and at most 'n_max'; 0:
 * it has to wait. */
unsigned int swp_quantum_begin(const struct swp_quanta *all, struct swp_quantum *q, unsigned int i,
			       uint64_t now, unsigned int n_min, unsigned int n_max);

/* Ends a turn in which queue 'i' received n > 0 packets, which took 'cycles' until 'now'. 'n_out'
 * of them left by a port. */
void swp_quantum_end(struct swp_quanta *all, struct swp_quantum *q, unsigned int i, uint64_t now,
		     unsigned int n, unsigned int n_out, uint64_t cycles);

/* SPDX-License-Identifier: Apache-2.0 */
/* Room in a device: how much there is, and who gets it.
 *
 * A device says that it is full, or refuses everything of a kind that it took before; what it has at that
 * moment is what it holds: the limit. From then on flows wait instead of asking. A removal makes
 * room for one, which is granted to a flow. If nothing is removed, one flow asks after each back-off; when
 * it is inserted, the limit rises by steps that double. So devices that are full are asked for a number of
 * flows that does not depend on how many wait.
 *
 * Who is next: the port that has least, if others have twice as much; else the flow that is used most.
 * While a waiting port has less than half of what the largest has, flows of the largest make room for it,
 * the least used first. Apart from that, a flow makes room for one that is used more than twice as much
 * (two classes of heat.h), of its own port, or of another one if its port is the largest; once its use is
 * known, and up to SWAPS_PER_S in a second. The factors keep flows from taking turns.
 *
 * A flow that finds no room where room was made for it waits for a time before it waits for room again: not
 * every device has one table.
 *
 * All functions are O(log ports). displace.c acts on what they know.
 *
 * Thread safety: the offload thread. */
#pragma once

#include "heap.h"
#include "port.h"
#include "rate.h"
#include "retry.h"

#define ROOM_MOVES_MAX 256
#define ROOM_DISPLACED_MAX 32 /* on their way out at a time */
#define ROOM_FAILED_MAX 8     /* grants in a row that find no room, before none is believed to be */
#define ROOM_SWAPS_PER_S 1000
#define ROOM_UNKNOWN UINT32_MAX

struct device;
struct ofl;
struct ofl_flow;

/* What may be used up. */
enum room_kind { ROOM_RULES, ROOM_COUNTERS, ROOM_N_KINDS };

struct room {
	unsigned int limit[ROOM_N_KINDS]; /* ROOM_UNKNOWN: never reached */
	unsigned int n_waiting;		  /* flows */
	unsigned int n_aside;		  /* flows that wait for a time before they wait again */
	unsigned int n_granted;		  /* flows let in that have not been answered yet */
	unsigned int n_displaced;	  /* flows on their way out to make room */
	unsigned int n_failed;		  /* grants in a row that found no room */
	unsigned int ramp;	  /* how much more is tried after the next success; 0: nothing */
	struct retry_entry probe; /* waits while flows do */
	struct rate swaps;
	struct heap most;  /* ports by rules, the largest first */
	struct heap least; /* ports of which flows wait, by rules */
	struct heap heat;  /* the same, by their most used flow */
};

void ofl_room_init(struct room *r);
void ofl_room_free(struct room *r);

/* A port of the device comes, or goes: then it has no flows there. -ENOMEM: it does not come. */
int ofl_room_port_add(struct device *d, struct port *p);
void ofl_room_port_del(struct device *d, struct port *p);

/* Puts a flow to wait, or takes it off. */
void ofl_room_wait(struct device *d, struct ofl_flow *f);
void ofl_room_leave(struct device *d, struct ofl_flow *f);

/* Its software path is used more than when it began to wait. */
void ofl_room_reorder(struct device *d, struct ofl_flow *f);

/* How many flows may go in at this moment, beyond those that were granted; INT_MAX: no limit is known. */
int ofl_room_left(const struct device *d);

/* The device has no more of 'kind', it says to a flow that was granted or not. */
void ofl_room_refused(struct device *d, enum room_kind kind, bool granted);

/* A rule went in. */
void ofl_room_inserted(struct device *d);

/* The flow's grant was answered, or is not needed any more. */
void ofl_room_answered(struct device *d, struct ofl_flow *f);

/* The port with most rules; NULL: the device has no port. */
struct port *ofl_room_most(const struct device *d);

/* The port with fewest rules, and that of the most used flow, of the ports of which flows wait; NULL: no
 * flow waits. */
struct port *ofl_room_least(const struct device *d);
struct port *ofl_room_hottest(const struct device *d);

/* Returns true when 'p' has at least twice what 'least' will have with 'n' more. */
bool ofl_room_has_twice(const struct port *p, const struct port *least, unsigned int n);

/* True while a port has too much to insert more. */
bool ofl_room_exceeded(const struct device *d, const struct port *p);

/* 'f' is about to be moved to 'to'. */
void ofl_room_moved(struct device *d, struct ofl_flow *f, enum ofl_placement to);

/* The counter of a flow in hardware was read. */
void ofl_room_used(struct ofl_flow *f, uint64_t now_ns);

/* A slot of 'f' is about to be emptied. */
void ofl_room_left_by(struct device *d, struct ofl_flow *f);

/* Nothing is known any more. */
void ofl_room_forget(struct device *d);

/* The device's back-off is over: one flow may ask. */
void ofl_room_probe(struct device *d);

/* No flow waits: nothing is probed, and if half of the room is free new flows ask by themselves. */
void ofl_room_relax(struct device *d);

/* SPDX-License-Identifier: Apache-2.0 */
/* The room in a device, and its distribution to flows.
 *
 * If a device reports that it is full, or refuses everything of a kind that it took before, its
 * current number of rules is taken as its capacity: the limit. From then on flows wait instead of
 * asking. A removal makes room for one flow, to which it is granted. If nothing is removed, one
 * flow asks after each back-off; if it is inserted, the limit rises by steps that double. So the
 * number of requests to a full device does not depend on the number of waiting flows.
 *
 * The next flow is one of the port with fewest rules, if others have twice as many; else the flow
 * that is used most. While a waiting port has less than half as many as the largest, flows of the
 * largest port make room for it, the least used first. Apart from that, a flow makes room for one
 * that is used more than twice as much (two classes of heat.h): of its own port, or of another one
 * if its port is the largest; once its use is known, and at most ROOM_SWAPS_PER_S per second. The
 * factors keep flows from alternating.
 *
 * A flow that finds no room where room was granted waits for a time before it waits for room again:
 * some devices have more than one table.
 *
 * All functions are O(log ports). displace.c acts on this data.
 *
 * Thread safety: the offload thread. */
#pragma once

#include "heap.h"
#include "port.h"
#include "rate.h"
#include "retry.h"

#define ROOM_MOVES_MAX 256
#define ROOM_DISPLACED_MAX 32 /* most flows being removed at a time */
#define ROOM_FAILED_MAX 8     /* failed grants in a row until the device is believed full */
#define ROOM_SWAPS_PER_S 1000
#define ROOM_UNKNOWN UINT32_MAX

struct device;
struct ofl;
struct ofl_flow;

/* Resources that may be exhausted. */
enum room_kind { ROOM_RULES, ROOM_COUNTERS, ROOM_N_KINDS };

struct room {
	unsigned int limit[ROOM_N_KINDS]; /* ROOM_UNKNOWN if never reached */
	unsigned int n_waiting;		  /* flows */
	unsigned int n_aside;		  /* flows that wait for a time before they
					   * wait for room again */
	unsigned int n_granted;		  /* flows let in whose insertion has not completed */
	unsigned int n_displaced;	  /* flows being removed to make room */
	unsigned int n_failed;		  /* consecutive grants that found no room */
	unsigned int ramp;	  /* how much more is tried after the next success; 0 for nothing */
	struct retry_entry probe; /* waits while flows wait */
	struct rate swaps;
	struct heap most;  /* ports by rules, the largest first */
	struct heap least; /* ports with waiting flows, by rules, the smallest first */
	struct heap heat;  /* ports with waiting flows, by their most used flow */
};

void ofl_room_init(struct room *r);
void ofl_room_free(struct room *r);

/* Adds a port of the device, or removes one, which then has no flows there. ofl_room_port_add()
 * returns 0, or -ENOMEM with nothing added. */
int ofl_room_port_add(struct device *d, struct port *p);
void ofl_room_port_del(struct device *d, struct port *p);

/* Make a flow wait for room, and end that. */
void ofl_room_wait(struct device *d, struct ofl_flow *f);
void ofl_room_leave(struct device *d, struct ofl_flow *f);

/* The flow's use in software has risen since it began to wait. */
void ofl_room_reorder(struct device *d, struct ofl_flow *f);

/* Returns how many more flows may be inserted now, beyond granted ones; INT_MAX if
 * no limit is known. */
int ofl_room_left(const struct device *d);

/* The device refused a flow for lack of 'kind'. 'granted': the flow had been granted room. */
void ofl_room_refused(struct device *d, enum room_kind kind, bool granted);

/* A rule was inserted. */
void ofl_room_inserted(struct device *d);

/* Ends the flow's grant: its insertion has completed, or is no longer needed. */
void ofl_room_answered(struct device *d, struct ofl_flow *f);

/* Returns the port with most rules; NULL if the device has no port. */
struct port *ofl_room_most(const struct device *d);

/* Return the port with fewest rules, and the port of the most used flow, among ports with waiting
 * flows; NULL if no flow waits. */
struct port *ofl_room_least(const struct device *d);
struct port *ofl_room_hottest(const struct device *d);

/* Returns true if 'p' has at least twice as many rules as 'least' will have with 'n' more. */
bool ofl_room_has_twice(const struct port *p, const struct port *least, unsigned int n);

/* Returns true while a port has too many rules to insert more. */
bool ofl_room_exceeded(const struct device *d, const struct port *p);

/* Called just before 'f' is moved to 'to'. */
void ofl_room_moved(struct device *d, struct ofl_flow *f, enum ofl_placement to);

/* Called when the counter of a flow in hardware was read. */
void ofl_room_used(struct ofl_flow *f, uint64_t now_ns);

/* Called just before a slot of 'f' is emptied. */
void ofl_room_left_by(struct device *d, struct ofl_flow *f);

/* Forgets everything learned about the device. */
void ofl_room_forget(struct device *d);

/* The device's back-off has ended: one flow may ask. */
void ofl_room_probe(struct device *d);

/* No flow waits: stops probing; if half of the room is free, new flows may ask by themselves. */
void ofl_room_relax(struct device *d);

/* SPDX-License-Identifier: Apache-2.0 */
/* The Open vSwitch datapath of the Linux kernel, over generic netlink. Implements flow/dp.h.
 *
 * What differs from a datapath in this process:
 *  - Counts of a flow that is removed lack the packets that other processors were processing at that
 *    time. operate() waits until these are done (membarrier(2); not on kernels with nohz_full).
 *  - A match must be one that the kernel can express (drivers/kernel/express.h), and actions such
 *    that it has; PUT and MODIFY are otherwise -EOPNOTSUPP. EXECUTE changes here what the kernel cannot
 *    (drivers/kernel/parts.h). The kernel's own refusals are its errno:
 *    -EINVAL for actions that it does not accept for such packets.
 *  - EXECUTE is done when operate() returns; n_executing() is 0.
 *  - After the datapath was deleted by someone else, every operation is -ENODEV, and a dump is empty;
 *    after the module was unloaded, -ENOENT.
 *  - A port's number is at most 65534.
 *
 * Thread safety: functions are for the control thread (RCU-registered, online) unless stated. */
#pragma once

#include <flow/dp.h>

#include <net/if.h>

struct kdp;

struct kdp_config {
	const char *name; /* of the datapath, and of its internal port 0; below IFNAMSIZ bytes */
	/* Upcalls are sent to a handler by the processor that received the packet, if the kernel can
	 * (Linux 5.15), otherwise by port and flow hash; then handlers beyond the number of
	 * processors receive no misses, as newer kernels accept no more for a port. */
	bool by_processor;
	size_t buffer_bytes; /* of each upcall socket; 0: 1 MiB */
};

/* Creates the datapath, or takes the one that exists with its ports and flows. Returns 0;
 * -EPROTONOSUPPORT: the module openvswitch is absent; -EPERM; -EINVAL: the name; or another -errno.
 * On error 'err' names what to do. */
int kdp_create(const struct kdp_config *config, struct kdp **out, char *err, size_t n_err);

/* Frees 'k'. The handlers have stopped. 'keep': the kernel's datapath remains and forwards by its flows;
 * otherwise it is deleted with its ports, flows, and policies of timeouts; these may take a second. */
void kdp_destroy(struct kdp *k, bool keep);

/* Returns the datapath contract; it lives as long as 'k'. */
struct dp *kdp_dp(struct kdp *k);

/* Returns whether kdp_create() made the datapath. */
bool kdp_is_new(const struct kdp *k);

/* Returns whether upcalls are by processor, as negotiated. */
bool kdp_is_by_processor(const struct kdp *k);

enum kdp_port_kind {
	KDP_PORT_SYSTEM,   /* a network device by name */
	KDP_PORT_INTERNAL, /* a new network device, the other end of the port */
	KDP_PORT_VXLAN,	   /* tunnels: the remote address is in each packet's tunnel key */
	KDP_PORT_GENEVE,
	KDP_PORT_GRE,
	KDP_N_PORT_KINDS,
};

struct kdp_port_config {
	enum kdp_port_kind kind;
	char name[IFNAMSIZ];
	uint16_t udp_port; /* VXLAN, GENEVE: host order, not 0 */
};

/* Adds a port and stores its number. Returns 0; -EEXIST: the name is a port already, or the UDP port
 * is one of this kind; -EBUSY: the device is in another datapath or bridge; -ENODEV: no such device,
 * or the datapath is gone; -EAFNOSUPPORT: the kernel lacks the module of the kind; -EINVAL; or
 * another -errno. On error 'err' names the port and what to do. */
int kdp_port_add(struct kdp *k, const struct kdp_port_config *config, uint32_t *number, char *err,
		 size_t n_err);

/* Finds a port by the name of its device, also one that another program added since. Returns 0, -ENOENT, or
 * another -errno. Cost: one request, two for such a port. */
int kdp_port_find(struct kdp *k, const char *name, uint32_t *number);

/* Reserves a number for kdp_port_restore(). Returns 0, -EINVAL (no number is free) or -ENOMEM. O(ports). */
int kdp_port_reserve(struct kdp *k, uint32_t *number);

/* Adds a port with its number, which was reserved, or whose port someone else removed; 0 also if it was added
 * meanwhile. Returns and 'err' as kdp_port_add(), or -ENOENT: no such number was known. */
int kdp_port_restore(struct kdp *k, uint32_t number, const struct kdp_port_config *config,
		     char *err, size_t n_err);

/* Removes a port; not 0, the internal port of the datapath. Returns 0, -ENOENT (it is no port),
 * -ENODEV (it was removed by someone else; it is forgotten), or -EINVAL for port 0. */
int kdp_port_del(struct kdp *k, uint32_t number);

struct kdp_port_stats {
	struct kdp_port_config config;
	/* Received: by the datapath from the port. */
	uint64_t rx_packets, tx_packets, rx_bytes, tx_bytes;
	uint64_t rx_errors, tx_errors, rx_dropped, tx_dropped;
	uint64_t overruns; /* times that upcalls were lost for want of buffer; by port only */
	uint64_t drops[FLOW_N_DROPS]; /* packets at handlers, by reason */
	uint64_t flows_refused;	      /* PUT with another error than -EEXIST */
	const char *refused;	      /* NULL, or the field or action that the last one was for */
};

/* Reads a port's statistics. Returns 0, -ENOENT, or -ENODEV: it or the datapath was removed by someone
 * else. */
int kdp_port_stats(struct kdp *k, uint32_t number, struct kdp_port_stats *out);

/* Stores the numbers of up to 'max' ports that 'k' knows, in increasing order. Returns how many there
 * are. Cost: O(ports). */
unsigned int kdp_ports(struct kdp *k, uint32_t *numbers, unsigned int max);

#define KDP_N_MALFORMED_REASONS 8

struct kdp_stats {
	uint64_t hits, misses, lost; /* of the kernel: packets */
	uint64_t n_flows;
	uint64_t overruns;  /* times that a socket's buffer was full */
	uint64_t no_memory; /* upcalls lost for want of memory */
	/* Operations on flows and packets without an answer: the kernel may have performed them. */
	uint64_t unanswered;
	uint64_t datapath_gone; /* operations and dumps that found no datapath */
	uint64_t dumps_cut;	/* dumps that ended with an error, so that flows are missing */
	/* Barriers that did not wait: packets may have been counted after the last counts were read. */
	uint64_t no_grace_period;
	/* Messages that are no upcalls, by reason, and the reasons' names. */
	uint64_t malformed[KDP_N_MALFORMED_REASONS];
	const char *malformed_names[KDP_N_MALFORMED_REASONS];
};

/* Returns 0, or -ENODEV; then the kernel's own counts are 0. */
int kdp_stats(struct kdp *k, struct kdp_stats *out);

/* Calls 'each' for every port that the kernel has, in no order: of its statistics, those of this process are 0.
 * 'each' returns 0, or a negative number that ends the walk. Returns 0, -ENODEV, another -errno, or that
 * number. Cost: O(ports). */
int kdp_ports_each(struct kdp *k,
		   int (*each)(void *aux, uint32_t number, const struct kdp_port_stats *port),
		   void *aux);

/* A flow that the kernel has. 'match' and 'actions' are borrowed during the call. */
struct kdp_found {
	struct flow_ufid ufid;
	bool has_ufid; /* false: another program added it, without one */
	struct flow_stats stats;
	const struct flow_match *match;	    /* canonical; NULL: 'refused' */
	const struct flow_actions *actions; /* NULL: 'refused' */
	const char *refused;		    /* NULL, or what Tandem cannot express */
};

/* A walk over the flows of the kernel's datapath, in parts: each step reads one, of some hundred flows at most
 * (32 KiB). A flow that is added or removed during the walk may be left out; while the kernel moves its flows
 * to another table, others may be, or be returned twice. With 'remove' it removes flows without a UFID, which no
 * operation could name and which are not returned, and those that are 'refused'. That a flow matches the absence of a tunnel, or
 * of its options, is not in what the kernel gives back. Returns 0 or -errno. */
struct kdp_walk;
int kdp_walk_create(struct kdp *k, bool remove, struct kdp_walk **out);

/* Calls 'each', which returns 0 or a negative number that ends the walk, for the flows of the next part. Returns 1
 * if more may follow, 0 at the end, that number, or -errno: -ENODEV, -EINTR as of a dump. Cost: O(flows of
 * the part). */
int kdp_walk_next(struct kdp_walk *w, int (*each)(void *aux, const struct kdp_found *flow),
		  void *aux);

/* 'w' may be NULL, and in the middle. */
void kdp_walk_destroy(struct kdp_walk *w);

/* Reads one flow. Returns what 'each' does; -ENOENT: there is none; -ENODEV, or another -errno. */
int kdp_flow_look(struct kdp *k, const struct flow_ufid *ufid,
		  int (*each)(void *aux, const struct kdp_found *flow), void *aux);

/* Returns true if the flow has this match, which is canonical, in the form that the kernel gives back. */
bool kdp_found_matches(const struct kdp_found *f, const struct flow_match *m);

/* Returns true if the flow has these actions, in the form that the kernel gives back. 'm': its match. */
bool kdp_found_acts(const struct kdp_found *f, const struct flow_match *m,
		    const struct flow_actions *acts);

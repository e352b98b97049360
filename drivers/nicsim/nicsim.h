/* SPDX-License-Identifier: Apache-2.0 */
/* nicsim: an emulated SmartNIC e-switch as a DPDK poll-mode driver.
 *
 * One device ("e-switch") has port 0, the uplink, and ports 1..n, virtual functions. Each is an
 * ethdev for the host (the uplink's own, and a representor per VF), and has a backing ethdev that
 * plays the wire or the guest. What a backing ethdev receives meets the flow rules; what no rule
 * takes is received on the port's host-side ethdev. What the host sends there leaves by the backing
 * ethdev, past all rules.
 *
 * The e-switch has no thread: it runs in the rx burst of the ethdev whose backing is read, so
 * behaviour is repeatable, and its cycles are the poller's. Nothing measured on it is the speed of
 * hardware.
 *
 * Shares no code with the rest of Tandem: it is the second opinion on what a packet is and what an
 * action does.
 *
 * Thread safety: rules change under the write side of 'lock', packets pass under its read side;
 * when a rule's destruction returns, no packet is treated by it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include <bus_vdev_driver.h>
#include <ethdev_driver.h>
#include <rte_flow_driver.h>
#include <rte_rwlock.h>
#include <rte_spinlock.h>

#define NICSIM_VFS_MAX 64
#define NICSIM_PORTS_MAX (NICSIM_VFS_MAX + 1)
#define NICSIM_TXQ_MAX 16
#define NICSIM_RXQ_MAX 16
#define NICSIM_RXQ_DEPTH 512
#define NICSIM_BURST 64
#define NICSIM_ACTIONS_MAX 32
#define NICSIM_JUMPS_MAX 16
#define NICSIM_BUCKETS 1024
#define NICSIM_GROUPS_MAX 256
#define NICSIM_ANY_PORT UINT16_MAX
#define NICSIM_XSTATS 7

struct nicsim;

/* ------------------------------------------------------------------ packets */

/* What rules can match. All of a packet, or a rule's spec or mask. Network byte order. */
struct nicsim_key {
	_Alignas(uint64_t) uint16_t port; /* index in the e-switch */
	uint8_t l3;			  /* 4, 6 or 0 */
	uint8_t l4; /* IPPROTO_TCP, UDP, ICMP, ICMPV6 or 0: a header that is there */
	uint8_t n_vlans;
	uint8_t frag_ext; /* IPv6: a fragment header is there */
	uint16_t type;	  /* EtherType as on the wire after the MACs */
	uint8_t dst[6], src[6];
	uint16_t tci[2], inner_type[2];
	uint8_t tos, ttl, proto, tcp_flags;
	uint16_t frag_off; /* IPv4, with flags */
	uint16_t pad;
	uint32_t label; /* IPv6: version, class and label word, only the label is matched */
	uint8_t ip_src[16], ip_dst[16];
	uint16_t sport, dport;
	uint8_t icmp_type, icmp_code;
	uint8_t c_tag, s_tag;	      /* 0xff: the first tag is 0x8100 or 0x88a8 */
	uint8_t frag, later, pad2[4]; /* 0xff: a fragment */
	uint16_t last_type;	      /* EtherType behind the last tag */
};
#define NICSIM_KEY_WORDS (sizeof(struct nicsim_key) / 8)
_Static_assert(sizeof(struct nicsim_key) % 8 == 0, "keys are compared as words");

/* Where headers start; 0: not there. */
struct nicsim_layers {
	uint16_t l3, l4;
};

void nicsim_parse(const struct rte_mbuf *m, uint16_t port, struct nicsim_key *key,
		  struct nicsim_layers *layers);

/* ------------------------------------------------------------------ rules */

struct nicsim_counter {
	uint64_t packets, bytes;	   /* atomics: what really happened */
	uint64_t seen_packets, seen_bytes; /* what queries are told */
	uint64_t seen_ns;		   /* when that was taken; at first, when it was made */
	bool indirect;
	unsigned int n_rules;
};

struct nicsim_op {
	enum rte_flow_action_type type;
	union {
		uint16_t port; /* REPRESENTED_PORT, SAMPLE: index */
		uint32_t group;
		uint32_t mark;
		uint16_t be16; /* ethertype, vid, L4 port */
		uint8_t u8;    /* pcp, ttl, dscp */
		uint8_t mac[6];
		uint8_t ip[16];
		struct nicsim_counter *counter;
	};
};

struct nicsim_mask;

/* The application's handle (struct rte_flow *) is 'id': a stale one may name another rule. */
struct nicsim_rule {
	LIST_ENTRY(nicsim_rule) bucket; /* in mask->buckets, unless lost */
	LIST_ENTRY(nicsim_rule) owned;	/* in the e-switch's rules */
	struct nicsim_mask *mask;
	uint32_t id;	/* from 1 on; the last one that became free is the next to be given */
	uint16_t owner; /* ethdev it was created on */
	bool lost;	/* by a reset: matches nothing, waits to be destroyed */
	struct nicsim_key spec;
	struct nicsim_counter *counter; /* own or indirect; NULL: none */
	unsigned int n_ops;
	struct nicsim_op ops[];
};

/* Rules of one group with the same priority and mask. */
struct nicsim_mask {
	TAILQ_ENTRY(nicsim_mask) next;
	uint32_t group, priority;
	struct nicsim_key mask;
	unsigned int n_rules;
	LIST_HEAD(, nicsim_rule) buckets[NICSIM_BUCKETS];
};

TAILQ_HEAD(nicsim_masks, nicsim_mask);

/* Items of a pattern. */
enum {
	NICSIM_ITEM_PORT = 1 << 0,
	NICSIM_ITEM_ETH = 1 << 1,
	NICSIM_ITEM_VLAN = 1 << 2,
	NICSIM_ITEM_IP4 = 1 << 3,
	NICSIM_ITEM_IP6 = 1 << 4,
	NICSIM_ITEM_TCP = 1 << 5,
	NICSIM_ITEM_UDP = 1 << 6,
	NICSIM_ITEM_ICMP = 1 << 7,
	NICSIM_ITEM_ICMP6 = 1 << 8,
	NICSIM_ITEMS_L4 = NICSIM_ITEM_TCP | NICSIM_ITEM_UDP | NICSIM_ITEM_ICMP | NICSIM_ITEM_ICMP6
};

/* A rule in the form the application gave, checked and compiled. */
struct nicsim_rule_spec {
	unsigned int items;	   /* bits above */
	const char *cannot_create; /* passes validation, but not creation: with this message */
	int cannot_errno;	   /* and this error; NULL and 0: passes both */
	uint32_t group, priority;
	struct nicsim_key spec, mask;
	unsigned int n_ops;
	struct nicsim_op ops[NICSIM_ACTIONS_MAX];
	bool count; /* wants a counter of its own */
	struct nicsim_counter *indirect;
};

/* Pattern and actions to a rule spec. 0, or -errno with 'error' filled. */
int nicsim_pattern_compile(struct nicsim *sw, const struct rte_flow_item *items,
			   struct nicsim_rule_spec *out, struct rte_flow_error *error);
int nicsim_actions_compile(struct nicsim *sw, const struct rte_flow_action *actions,
			   struct nicsim_rule_spec *out, struct rte_flow_error *error);

/* The two of the personality mlx5: the pattern in place of the one above, the check of the actions
 * before they are compiled. */
int nicsim_mlx5_pattern(struct nicsim *sw, const struct rte_flow_item *items,
			struct nicsim_rule_spec *out, struct rte_flow_error *error);
int nicsim_mlx5_actions(struct nicsim *sw, const struct rte_flow_action *actions,
			struct nicsim_rule_spec *rule, struct rte_flow_error *error);

/* The same two of the personality e810. */
int nicsim_ice_pattern(struct nicsim *sw, const struct rte_flow_item *items,
		       struct nicsim_rule_spec *out, struct rte_flow_error *error);
int nicsim_ice_actions(struct nicsim *sw, const struct rte_flow_action *actions,
		       struct nicsim_rule_spec *rule, struct rte_flow_error *error);

/* The caller holds the write side of the lock. NULL: there are as many as there may be. */
struct nicsim_counter *nicsim_counter_new(struct nicsim *sw);

/* The caller holds the write side of the lock. insert: -EEXIST, -ENOSPC, -ENOMEM. */
int nicsim_table_insert(struct nicsim *sw, const struct nicsim_rule_spec *spec, uint16_t owner,
			struct nicsim_rule **out);
void nicsim_table_remove(struct nicsim *sw, struct nicsim_rule *rule);
void nicsim_table_flush(struct nicsim *sw, uint16_t owner);
void nicsim_table_lose_all(struct nicsim *sw);

/* The rule with this handle, or NULL. The caller holds the lock. */
struct nicsim_rule *nicsim_table_find(const struct nicsim *sw, const struct rte_flow *handle);

/* The caller holds the read side. */
const struct nicsim_rule *nicsim_table_lookup(const struct nicsim *sw, uint32_t group,
					      const struct nicsim_key *key);

/* Applies one modifying op to the packet. */
void nicsim_edit(struct rte_mbuf *m, const struct nicsim_op *op, struct nicsim_layers *layers);

extern const struct rte_flow_ops nicsim_flow_ops;

/* ------------------------------------------------------------------ ports */

struct nicsim_rxq {
	struct nicsim_port *port;
	struct rte_mempool *pool;
	uint64_t packets, bytes, missed; /* to software, and for lack of room there */
	struct rte_mbuf *pkts[NICSIM_RXQ_DEPTH];
	uint16_t first, n; /* of 'pkts', a ring */
};

struct nicsim_txq {
	struct nicsim_port *port;
	uint64_t packets, bytes, dropped; /* from software */
};

struct nicsim_port {
	struct nicsim *sw;
	struct rte_eth_dev *dev; /* NULL: closed */
	uint16_t index;
	struct rte_ether_addr mac;
	uint16_t backing;	/* ethdev; RTE_MAX_ETHPORTS: none */
	bool backing_made;	/* by us, to be closed with the device */
	rte_spinlock_t tx_lock; /* of the backing's only tx queue, and of 'started' */
	bool started;
	bool hung;		/* neither receives nor sends until it is reset */
	bool rmv_told;		/* removal was reported */
	rte_spinlock_t rx_lock; /* of the backing's only rx queue, and of 'rxq' */
	struct nicsim_rxq rxq[NICSIM_RXQ_MAX];
	struct nicsim_txq txq[NICSIM_TXQ_MAX];
	uint64_t rx_eswitch_packets, rx_eswitch_bytes;	    /* everything from the backing */
	uint64_t rx_hw_packets, rx_hw_bytes;		    /* of these, taken by rules */
	uint64_t tx_hw_packets, tx_hw_bytes, tx_hw_dropped; /* by rules, to the backing; atomics */
	uint64_t xstats_base[NICSIM_XSTATS];
	bool has_xstats;
};

/* Extended statistics: eth_dev_ops, and what a start does to them. */
int nicsim_xstats_get(struct rte_eth_dev *dev, struct rte_eth_xstat *out, unsigned int max);
int nicsim_xstats_names(struct rte_eth_dev *dev, struct rte_eth_xstat_name *out, unsigned int max);
void nicsim_xstats_start(struct nicsim_port *port);

extern const struct eth_dev_ops nicsim_port_ops;
uint16_t nicsim_rx_burst(void *queue, struct rte_mbuf **pkts, uint16_t n);
int nicsim_rxq_setup(struct rte_eth_dev *dev, uint16_t id, uint16_t n_desc, unsigned int socket,
		     const struct rte_eth_rxconf *conf, struct rte_mempool *pool);

/* Frees what waits in the queues. The caller holds 'rx_lock'. */
void nicsim_rx_stop(struct nicsim_port *port);

uint16_t nicsim_tx_burst(void *queue, struct rte_mbuf **pkts, uint16_t n);

/* The backing ethdev: whether the port has one; takes that which 'spec' names, or makes it; starts it; leaves
 * it. */
bool nicsim_backing_exists(const struct nicsim_port *port);
int nicsim_backing_attach(struct nicsim_port *port, const char *spec);
int nicsim_backing_start(struct nicsim_port *port);
void nicsim_backing_detach(struct nicsim_port *port);

/* Sends to the backing; frees and returns the number of those it did not take. Any thread. */
uint16_t nicsim_backing_send(struct nicsim_port *port, struct rte_mbuf **pkts, uint16_t n);

/* Runs the rules over a burst from 'port'; keeps in 'pkts' what is for software, returns how many. */
uint16_t nicsim_eswitch_run(struct nicsim_port *port, struct rte_mbuf **pkts, uint16_t n);

/* ------------------------------------------------------------------ the device */

/* How the device of a real driver differs from the plain one, which is as kind as the API allows.
 * Facts are those of the driver's sources in DPDK 22.11. */
struct nicsim_personality {
	const char *name;      /* personality=NAME */
	const char *driver;    /* that applications see; NULL: net_nicsim */
	const char *vf_name;   /* stands between device and number */
	unsigned int count_ms; /* default of count_ms= */
	uint16_t n_rxq;	       /* most receive queues; several are fed by a hash (RSS) */
	bool proxy;	       /* transfer rules only on the uplink while it is started, whose stop
			      * removes them */
	/* No e-switch: a port takes ingress rules of its own, counts their packets and no bytes, and has
	 * no counters that outlive rules. */
	bool ingress_only;
	bool quiet_errors;   /* lack of room is ENOMEM, and errors name no cause */
	bool quiet_stale;    /* a stale handle is taken without an error */
	bool no_reset_event; /* a device is removed, never reset */
	bool asks_rmv;	     /* removal is reported only where intr_conf.rmv is set */
	bool duplicates;     /* a second rule with the same match waits until the first is gone */
	int (*pattern)(struct nicsim *sw, const struct rte_flow_item *items,
		       struct nicsim_rule_spec *out, struct rte_flow_error *error);
	int (*check_actions)(struct nicsim *sw, const struct rte_flow_action *actions,
			     struct nicsim_rule_spec *rule, struct rte_flow_error *error);
	bool late_xstats; /* they have names from the first start on, and begin at each */
};

/* NULL: none has this name. */
const struct nicsim_personality *nicsim_personality_find(const char *name);
extern const char nicsim_personality_names[];

struct nicsim_config {
	const struct nicsim_personality *personality;
	unsigned int n_vfs;
	unsigned int capacity, counters; /* most rules, most counters */
	unsigned int insert_us;		 /* how long an insertion takes */
	unsigned int count_ms;		 /* how old a counter that is told may be */
	unsigned int seg_bytes;		 /* most in a segment that software receives; 0: all */
	unsigned int fail_nth;		 /* the n-th insertion fails; 0: none */
	bool keep_rules;		 /* no rule is removed */
	bool link_down;			 /* nothing is received from backing devices */
	bool stall;			 /* a removal of a rule does not return while this is set */
	char unsupported[256];		 /* names of actions and items, separated by ':' */
	char control[108];		 /* socket for faults; "": none */
	char backing[NICSIM_PORTS_MAX][256];
};

/* Parses device arguments. 0 or -EINVAL, logged. */
int nicsim_config_parse(const char *args, struct nicsim_config *out);

/* Rules by id. */
struct nicsim_ids {
	struct nicsim_rule **rules; /* NULL: free */
	uint32_t *free;
	uint32_t n, n_free; /* ids from 1 to n exist */
};

struct nicsim {
	LIST_ENTRY(nicsim) next;
	struct rte_vdev_device *vdev;
	const struct rte_driver *shown; /* that applications see; NULL: the bus's own */
	rte_rwlock_t lock;
	struct nicsim_config config;
	uint16_t domain;
	unsigned int n_ports; /* made so far */
	struct nicsim_port ports[NICSIM_PORTS_MAX];
	struct nicsim_masks groups[NICSIM_GROUPS_MAX];
	LIST_HEAD(, nicsim_rule) rules;
	struct nicsim_ids ids;
	unsigned int n_rules, n_counters;
	uint64_t n_insertions, n_resets;
	uint64_t n_unfit; /* rules that passed validation and were refused when they were made */
	uint64_t n_stale; /* handles of rules that are gone, given to destroy or query */
	bool dead;	  /* fatal error: takes no packet and no rule any more */
	int control_fd;
	pthread_t control_thread;
};

/* True when 'name' is in the list of unsupported actions and items. */
bool nicsim_unsupported(const struct nicsim *sw, const char *name);

/* True for an item that this device knows and that is not in that list. */
bool nicsim_item_supported(const struct nicsim *sw, enum rte_flow_item_type type);

/* Loses every rule, keeps indirect counters, tells the application (RTE_ETH_EVENT_INTR_RESET). */
void nicsim_reset(struct nicsim *sw);

/* The same, and no port receives or sends until the application has reset it (rte_eth_dev_reset()). */
void nicsim_hang(struct nicsim *sw);

/* A fatal error: every rule is lost, no packet and no rule is taken any more. Tells the application
 * (RTE_ETH_EVENT_INTR_RMV), once for each started port. */
void nicsim_die(struct nicsim *sw);

/* The socket on which faults are injected. */
int nicsim_control_start(struct nicsim *sw);
void nicsim_control_stop(struct nicsim *sw);

/* The port with this ethdev id, or NULL: not of this e-switch. */
struct nicsim_port *nicsim_port_find(struct nicsim *sw, uint16_t ethdev);

extern int nicsim_log_type;
#define NICSIM_LOG(level, ...)                                                                     \
	rte_log(RTE_LOG_##level, (uint32_t)nicsim_log_type, "nicsim: " __VA_ARGS__)

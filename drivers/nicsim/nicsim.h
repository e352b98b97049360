/* SPDX-License-Identifier: Apache-2.0 */
/* nicsim: an emulated SmartNIC e-switch as a DPDK poll-mode driver.
 *
 * One device ("e-switch") has port 0, the uplink, and ports 1..n, virtual functions. Each is an
 * ethdev for the host (the uplink itself, and a representor per VF), and has a backing ethdev that
 * plays the wire or the guest. Packets received from a backing ethdev are matched against the flow
 * rules; packets that no rule takes are received on the port's host-side ethdev. Packets that the
 * host sends there leave by the backing ethdev without matching rules.
 *
 * The e-switch has no thread: it runs in the rx burst of the ethdev whose backing is read. So its
 * behaviour is repeatable, and it uses the poller's cycles. No measurement of it shows the speed of
 * hardware.
 *
 * Shares no code with the rest of Tandem, so that it is an independent implementation of parsing
 * and actions.
 *
 * Thread safety: rules change under the write side of 'lock'; packets are processed under its read
 * side. When the destruction of a rule returns, no packet is being processed by it. */
#pragma once

#include <stdatomic.h>
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

/* The fields that rules can match: of a packet, or a rule's spec or mask. Network byte order. */
struct nicsim_key {
	_Alignas(uint64_t) uint16_t port; /* index in the e-switch */
	uint8_t l3;			  /* 4, 6 or 0 */
	uint8_t l4; /* IPPROTO_TCP, UDP, ICMP, ICMPV6 if the packet has that header; else 0 */
	uint8_t n_vlans;
	uint8_t frag_ext; /* IPv6: has a fragment header */
	uint16_t type;	  /* EtherType after the MACs, as on the wire */
	uint8_t dst[6], src[6];
	uint16_t tci[2], inner_type[2];
	uint8_t tos, ttl, proto, tcp_flags;
	uint16_t frag_off; /* IPv4, including flags */
	uint16_t pad;
	uint32_t label; /* IPv6: version, class and label word; only the label is matched */
	uint8_t ip_src[16], ip_dst[16];
	uint16_t sport, dport;
	uint8_t icmp_type, icmp_code;
	uint8_t c_tag, s_tag;	      /* 0xff: the first tag is 0x8100 or 0x88a8 */
	uint8_t frag, later, pad2[4]; /* 0xff: a fragment, a later fragment */
	uint16_t last_type;	      /* EtherType after the last tag */
};
#define NICSIM_KEY_WORDS (sizeof(struct nicsim_key) / 8)
_Static_assert(sizeof(struct nicsim_key) % 8 == 0, "keys are compared as words");

/* Offsets of headers; 0 if missing. */
struct nicsim_layers {
	uint16_t l3, l4;
};

/* Parses a packet that 'port' received, as this hardware does. Fills 'key' and 'layers'. */
void nicsim_parse(const struct rte_mbuf *m, uint16_t port, struct nicsim_key *key,
		  struct nicsim_layers *layers);

/* ------------------------------------------------------------------ rules */

struct nicsim_counter {
	_Atomic uint64_t packets, bytes;   /* real counts */
	uint64_t seen_packets, seen_bytes; /* counts that queries return */
	/* time of the last refresh of these; at first, of creation */
	uint64_t seen_ns;
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

/* The application's handle (struct rte_flow *) is 'id', so a stale handle may identify another
 * rule. */
struct nicsim_rule {
	LIST_ENTRY(nicsim_rule) bucket; /* in mask->buckets, unless lost */
	LIST_ENTRY(nicsim_rule) owned;	/* in the e-switch's rules */
	struct nicsim_mask *mask;
	uint32_t id;	/* >= 1; the last one freed is reused first */
	uint16_t owner; /* ethdev on which it was created */
	bool lost;	/* by a reset: matches nothing until it is destroyed */
	struct nicsim_key spec;
	struct nicsim_counter *counter; /* own or indirect; NULL if none */
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

/* A rule as given by the application, checked and compiled. */
struct nicsim_rule_spec {
	unsigned int items; /* bits above */
	/* message, if the rule passes validation but cannot be created */
	const char *cannot_create;
	int cannot_errno; /* error for it; NULL and 0 if it can be created */
	uint32_t group, priority;
	struct nicsim_key spec, mask;
	unsigned int n_ops;
	struct nicsim_op ops[NICSIM_ACTIONS_MAX];
	bool count; /* needs its own counter */
	struct nicsim_counter *indirect;
};

/* Compile a pattern and actions to a rule spec. Return 0, or -errno with 'error' filled. */
int nicsim_pattern_compile(struct nicsim *sw, const struct rte_flow_item *items,
			   struct nicsim_rule_spec *out, struct rte_flow_error *error);
int nicsim_actions_compile(struct nicsim *sw, const struct rte_flow_action *actions,
			   struct nicsim_rule_spec *out, struct rte_flow_error *error);

/* Personality mlx5: replaces nicsim_pattern_compile(); checks the actions before they are
 * compiled. */
int nicsim_mlx5_pattern(struct nicsim *sw, const struct rte_flow_item *items,
			struct nicsim_rule_spec *out, struct rte_flow_error *error);
int nicsim_mlx5_actions(struct nicsim *sw, const struct rte_flow_action *actions,
			struct nicsim_rule_spec *rule, struct rte_flow_error *error);

/* Personality e810: the same two functions. */
int nicsim_ice_pattern(struct nicsim *sw, const struct rte_flow_item *items,
		       struct nicsim_rule_spec *out, struct rte_flow_error *error);
int nicsim_ice_actions(struct nicsim *sw, const struct rte_flow_action *actions,
		       struct nicsim_rule_spec *rule, struct rte_flow_error *error);

/* Returns NULL if the maximum number exists. The caller holds the write side of the lock. */
struct nicsim_counter *nicsim_counter_new(struct nicsim *sw);

/* Inserts a rule; destroys one; destroys those created on an ethdev; loses all, as by a reset. The
 * caller holds the write side of the lock. Inserting returns 0, -EEXIST, -ENOSPC or -ENOMEM. */
int nicsim_table_insert(struct nicsim *sw, const struct nicsim_rule_spec *spec, uint16_t owner,
			struct nicsim_rule **out);
void nicsim_table_remove(struct nicsim *sw, struct nicsim_rule *rule);
void nicsim_table_flush(struct nicsim *sw, uint16_t owner);
void nicsim_table_lose_all(struct nicsim *sw);

/* Returns the rule with this handle, or NULL. The caller holds the lock. */
struct nicsim_rule *nicsim_table_find(const struct nicsim *sw, const struct rte_flow *handle);

/* Returns the rule that a packet matches, or NULL. The caller holds the read side of the lock. */
const struct nicsim_rule *nicsim_table_lookup(const struct nicsim *sw, uint32_t group,
					      const struct nicsim_key *key);

/* Applies one modifying op to the packet. */
void nicsim_edit(struct rte_mbuf *m, const struct nicsim_op *op, struct nicsim_layers *layers);

extern const struct rte_flow_ops nicsim_flow_ops;

/* ------------------------------------------------------------------ ports */

struct nicsim_rxq {
	struct nicsim_port *port;
	struct rte_mempool *pool;
	/* delivered to software, and dropped because 'pkts' was full */
	uint64_t packets, bytes, missed;
	struct rte_mbuf *pkts[NICSIM_RXQ_DEPTH];
	uint16_t first, n; /* of 'pkts', a ring */
};

struct nicsim_txq {
	struct nicsim_port *port;
	uint64_t packets, bytes, dropped; /* from software */
};

struct nicsim_port {
	struct nicsim *sw;
	struct rte_eth_dev *dev; /* NULL if closed */
	uint16_t index;
	struct rte_ether_addr mac;
	uint16_t backing;	/* ethdev; RTE_MAX_ETHPORTS if none */
	bool backing_made;	/* by this device, to be closed with it */
	rte_spinlock_t tx_lock; /* protects the backing's only tx queue, and 'started' */
	bool started;
	_Atomic bool hung;	/* neither receives nor sends until it is reset */
	bool rmv_reported;	/* removal was reported */
	rte_spinlock_t rx_lock; /* protects the backing's only rx queue, and 'rxq' */
	struct nicsim_rxq rxq[NICSIM_RXQ_MAX];
	struct nicsim_txq txq[NICSIM_TXQ_MAX];
	/* Counted with 'rx_lock' held, read by any thread. */
	_Atomic uint64_t rx_eswitch_packets, rx_eswitch_bytes; /* all packets from the backing */
	_Atomic uint64_t rx_hw_packets, rx_hw_bytes;	       /* of these, processed by rules */
	/* Sent by rules to the backing. Counted by any thread. */
	_Atomic uint64_t tx_hw_packets, tx_hw_bytes, tx_hw_dropped;
	uint64_t xstats_base[NICSIM_XSTATS];
	bool has_xstats;
};

/* Extended statistics: members of eth_dev_ops; nicsim_xstats_start() is called when the port
 * starts. */
int nicsim_xstats_get(struct rte_eth_dev *dev, struct rte_eth_xstat *out, unsigned int max);
int nicsim_xstats_names(struct rte_eth_dev *dev, struct rte_eth_xstat_name *out, unsigned int max);
void nicsim_xstats_start(struct nicsim_port *port);

extern const struct eth_dev_ops nicsim_port_ops;

/* Members of ethdev's operations: receives, which runs the e-switch; sets up a receive queue. */
uint16_t nicsim_rx_burst(void *queue, struct rte_mbuf **pkts, uint16_t n);
int nicsim_rxq_setup(struct rte_eth_dev *dev, uint16_t id, uint16_t n_desc, unsigned int socket,
		     const struct rte_eth_rxconf *conf, struct rte_mempool *pool);

/* Frees the packets in the receive queues. The caller holds 'rx_lock'. */
void nicsim_rx_stop(struct nicsim_port *port);

/* Sends to the backing, without rules. Packets that it does not accept are dropped and counted. */
uint16_t nicsim_tx_burst(void *queue, struct rte_mbuf **pkts, uint16_t n);

/* The backing ethdev: _exists() returns whether the port has one; _attach() uses the one that
 * 'spec' names, or creates it; _start() starts it; _detach() releases it. _attach() and _start()
 * return 0 or -errno. */
bool nicsim_backing_exists(const struct nicsim_port *port);
int nicsim_backing_attach(struct nicsim_port *port, const char *spec);
int nicsim_backing_start(struct nicsim_port *port);
void nicsim_backing_detach(struct nicsim_port *port);

/* Sends to the backing. Frees the packets that it did not accept, and returns their number. Thread:
 * any. */
uint16_t nicsim_backing_send(struct nicsim_port *port, struct rte_mbuf **pkts, uint16_t n);

/* Runs the rules over a burst from 'port'. Keeps the packets for software in 'pkts', and returns
 * their number. */
uint16_t nicsim_eswitch_run(struct nicsim_port *port, struct rte_mbuf **pkts, uint16_t n);

/* ------------------------------------------------------------------ the device */

/* How the device of a real driver differs from the plain one, which allows everything that the API
 * does. According to the drivers' sources in DPDK 22.11. */
struct nicsim_personality {
	const char *name;      /* personality=NAME */
	const char *driver;    /* driver name shown to applications; NULL: net_nicsim */
	const char *vf_name;   /* between the device's name and the number */
	unsigned int count_ms; /* default of count_ms= */
	/* most receive queues; with several, packets are distributed by a hash (RSS) */
	uint16_t n_rxq;
	/* Only the uplink accepts transfer rules, while it is started; stopping it removes them. */
	bool proxy;
	/* No e-switch: a port accepts ingress rules for its own packets, counts packets but no
	 * bytes, and has no counters that outlive rules. */
	bool ingress_only;
	bool quiet_errors;   /* reports lack of room as ENOMEM, and errors without a cause */
	bool quiet_stale;    /* accepts a stale handle without an error */
	bool no_reset_event; /* a device is removed, never reset */
	bool asks_rmv;	     /* reports removal only if intr_conf.rmv is set */
	/* accepts a second rule with the same match; it takes effect once the first is destroyed */
	bool duplicates;
	int (*pattern)(struct nicsim *sw, const struct rte_flow_item *items,
		       struct nicsim_rule_spec *out, struct rte_flow_error *error);
	int (*check_actions)(struct nicsim *sw, const struct rte_flow_action *actions,
			     struct nicsim_rule_spec *rule, struct rte_flow_error *error);
	bool late_xstats; /* xstats have names from the first start on, and restart at each start */
};

/* Returns NULL if no personality has this name. */
const struct nicsim_personality *nicsim_personality_find(const char *name);
extern const char nicsim_personality_names[];

struct nicsim_config {
	const struct nicsim_personality *personality;
	unsigned int n_vfs;
	unsigned int capacity, counters; /* most rules, most counters */
	unsigned int insert_us;		 /* duration of an insertion */
	unsigned int count_ms;		 /* maximal age of a counter's value */
	/* most bytes in a segment that software receives; 0: no limit */
	unsigned int seg_bytes;
	unsigned int fail_nth;	/* the n-th insertion fails; 0: none */
	bool keep_rules;	/* destroying a rule fails */
	_Atomic bool link_down; /* nothing is received from backing devices */
	bool stall;		/* destroying a rule does not return while this is set */
	char unsupported[256];	/* names of actions and items, separated by ':' */
	char control[108];	/* socket for faults; "" if none */
	char backing[NICSIM_PORTS_MAX][256];
};

/* Parses device arguments. Returns 0, -EINVAL (logged) or -ENOMEM. */
int nicsim_config_parse(const char *args, struct nicsim_config *out);

/* Rules by id. */
struct nicsim_ids {
	struct nicsim_rule **rules; /* NULL if the id is free */
	uint32_t *free;
	uint32_t n, n_free; /* ids 1..n exist */
};

struct nicsim {
	LIST_ENTRY(nicsim) next;
	struct rte_vdev_device *vdev;
	const struct rte_driver *shown; /* driver shown to applications; NULL: the bus's own */
	rte_rwlock_t lock;
	struct nicsim_config config;
	uint16_t domain;
	unsigned int n_ports; /* created so far */
	struct nicsim_port ports[NICSIM_PORTS_MAX];
	struct nicsim_masks groups[NICSIM_GROUPS_MAX];
	LIST_HEAD(, nicsim_rule) rules;
	struct nicsim_ids ids;
	unsigned int n_rules, n_counters;
	uint64_t n_insertions, n_resets;
	_Atomic uint64_t n_unfit; /* rules that passed validation but could not be created */
	uint64_t n_stale;  /* handles of destroyed rules that were passed to destroy or query */
	_Atomic bool dead; /* fatal error: accepts no packet and no rule any more */
	int control_fd;
	pthread_t control_thread;
};

static inline bool
nicsim_is_dead(const struct nicsim *sw)
{
	return atomic_load_explicit(&sw->dead, memory_order_relaxed);
}

/* Returns true if 'name' is in the list of unsupported actions and items. */
bool nicsim_unsupported(const struct nicsim *sw, const char *name);

/* Returns true for an item that this device knows and that is not in that list. */
bool nicsim_item_supported(const struct nicsim *sw, enum rte_flow_item_type type);

/* Loses every rule, keeps indirect counters, and reports RTE_ETH_EVENT_INTR_RESET. */
void nicsim_reset(struct nicsim *sw);

/* As nicsim_reset(); also, no port receives or sends until the application resets it
 * (rte_eth_dev_reset()). */
void nicsim_hang(struct nicsim *sw);

/* A fatal error: every rule is lost, and no packet and no rule is accepted any more. Reports
 * RTE_ETH_EVENT_INTR_RMV, once for each started port. */
void nicsim_die(struct nicsim *sw);

/* The socket on which faults are injected. Starting returns 0 or -errno. */
int nicsim_control_start(struct nicsim *sw);
void nicsim_control_stop(struct nicsim *sw);

/* Returns the port with this ethdev id, or NULL if it is not of this e-switch. */
struct nicsim_port *nicsim_port_find(struct nicsim *sw, uint16_t ethdev);

extern int nicsim_log_type;
#define NICSIM_LOG(level, ...)                                                                     \
	rte_log(RTE_LOG_##level, (uint32_t)nicsim_log_type, "nicsim: " __VA_ARGS__)

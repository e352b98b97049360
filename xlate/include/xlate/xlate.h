/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration: bridges, their ports, and the state that NORMAL learns.
 *
 * One 'struct xlate' holds everything. Readers (translations) run under RCU and never wait for the
 * writer; a removed object stays valid for them until a grace period is over.
 *
 * Names are unique: of bridges among bridges, of ports among all ports. A datapath port belongs to
 * at most one bridge, unless it is one of tunnels: then several ports, of any bridges, have parts of
 * its packets.
 *
 * Errors: functions return 0 or -errno, with a sentence in 'err' (FLOW_ERR_BYTES) where they have
 * it. After an error nothing has changed.
 *
 * Thread safety: functions that change the configuration: control only. Others: any RCU thread. */
#pragma once

#include <flow/text.h>
#include <xlate/tunnel.h>

#include <base/log.h>

#include <errno.h>

/* OpenFlow port numbers. 1..XLATE_PORT_MAX are ports; the others are OFPP_* of OpenFlow 1.3 section
 * A.2.1 in the 16-bit form of OpenFlow 1.0, which ovs-ofctl prints. */
#define XLATE_PORT_MAX 0xfeff
#define XLATE_PORT_IN_PORT 0xfff8
#define XLATE_PORT_TABLE 0xfff9
#define XLATE_PORT_NORMAL 0xfffa
#define XLATE_PORT_FLOOD 0xfffb
#define XLATE_PORT_UNSET 0xfff7
#define XLATE_PORT_ALL 0xfffc
#define XLATE_PORT_CONTROLLER 0xfffd
#define XLATE_PORT_LOCAL 0xfffe
#define XLATE_PORT_NONE 0xffff

/* An OpenFlow port, as a lookup or a packet has it. A type of its own, so that the compiler refuses
 * a datapath port number (uint32_t) in its place, and the reverse. */
struct xlate_ofp_port {
	uint32_t number;
};

static inline struct xlate_ofp_port
xlate_ofp_port(uint16_t number)
{
	return (struct xlate_ofp_port){number};
}

/* Returns true for a single port: a number, IN_PORT or LOCAL. Queues and lengths can be specified
 * only for these. */
static inline bool
xlate_port_is_plain(uint16_t ofp_port)
{
	return ofp_port <= XLATE_PORT_MAX || ofp_port == XLATE_PORT_IN_PORT ||
	       ofp_port == XLATE_PORT_LOCAL;
}

/* OpenFlow 1.1 and later have port numbers of 32 bits, where reserved ones begin with 0xffff. */
#define XLATE_PORT32_FIRST_RESERVED UINT32_C(0xffffff00)

static inline uint32_t
xlate_port_widen(uint16_t ofp_port)
{
	return ofp_port > XLATE_PORT_MAX ? UINT32_C(0xffff0000) | ofp_port : ofp_port;
}

/* Converts a 32-bit port number. Returns 0, or -EINVAL if no port can have it. */
static inline int
xlate_port_narrow(uint32_t wide, uint16_t *ofp_port)
{
	if (wide > XLATE_PORT_MAX && wide < XLATE_PORT32_FIRST_RESERVED)
		return -EINVAL;
	*ofp_port = (uint16_t)wide;
	return 0;
}

#define XLATE_TABLES 254
#define XLATE_TABLE_ALL 255
#define XLATE_DEPTH_MAX 64
#define XLATE_RESUBMITS_MAX 4096
/* Per translation: actions, buckets to choose from, masks that lookups try, and so on. */
#define XLATE_STEPS_MAX (1u << 20)
/* RULES per table; GROUPS and METERS per bridge. */
#define XLATE_RULES_MAX 1000000
#define XLATE_GROUPS_MAX 1000000
#define XLATE_METERS_MAX 1000000
/* Distinct masks (sets of matched bits) of the flows of a table. Lookups and changes cost
 * O(masks). */
#define XLATE_MASKS_MAX 4096
/* How often a packet may return from the datapath to be translated again. */
#define XLATE_PASSES_MAX 16

struct xlate;
struct xlate_actions;
struct xlate_group_config;
struct xlate_bridge;

struct xlate_config {
	uint64_t seed;		      /* of hashes; random in production, fixed in tests */
	uint64_t mac_age_ns;	      /* 0: 300 s */
	unsigned int mac_entries_max; /* per bridge; 0: 8,192 */
	/* At most XLATE_RULES_MAX, .._GROUPS_MAX, .._METERS_MAX; 0: these values. */
	uint32_t rules_max, groups_max, meters_max;
	/* Actions that the datapath executes, one bit per enum flow_action_type; 0: all. A
	 * translation that needs another action is a drop, FLOW_DROP_UNSUPPORTED. */
	uint32_t dp_actions;
	/* Adds the bits that every match of the datapath has: mask_complete() of struct dp_caps.
	 * NULL: none. */
	void (*dp_mask_complete)(const struct flow_key *key, struct flow_key *mask);
	/* Bits that no packet of the datapath has: 'absent' of struct dp_caps, borrowed until
	 * xlate_destroy(). NULL: none. */
	const struct flow_key *dp_absent;
	/* Name of the datapath in those of its policies (flow/timeout.h), borrowed until
	 * xlate_destroy(). NULL: it has none. */
	const char *dp_name;
	struct log *log; /* borrowed; may be NULL */
	/* Called by a translating thread when rules wait for xlate_learned_apply(): wakes the
	 * control thread, and does not block. NULL: xlate_learned_wait() does not wait. */
	void (*learned)(void *aux);
	void *learned_aux;
	/* Called by liburcu's thread when xlate_reclaim() has something to do: wakes the control
	 * thread, and does not block. May be called after xlate_destroy(), until rcu_drain(). */
	void (*retired)(void *aux);
	void *retired_aux;
	/* Check that every controller can be shown a rule with these actions, or this group. They
	 * return 0, -EFBIG with 'err', or -ENOMEM. Called when one is added, modified or loaded,
	 * except for learned rules: they have at most one action per part of a learn action. NULL: no
	 * bound. */
	int (*rule_fits)(const struct xlate_actions *a, char *err, size_t n_err);
	int (*group_fits)(const struct xlate_group_config *g, char *err, size_t n_err);
};

int xlate_create(const struct xlate_config *config, struct xlate **out);

/* Frees everything. Requires that no thread translates any more. Blocks. */
void xlate_destroy(struct xlate *x);

/* Increases with every change that may alter a translation. */
uint64_t xlate_version(const struct xlate *x);

/* Sets 'changed', which is called whenever xlate_version() has increased, by the thread that made
 * the change; several threads may call it at once. It must not block. NULL: none. Thread: control,
 * while no other thread translates. */
void xlate_changed_set(struct xlate *x, void (*changed)(void *aux), void *aux);

/* Add and delete a bridge. A new bridge has one flow, "priority=0 actions=NORMAL", as in Open
 * vSwitch. Return 0, -EEXIST or -EINVAL; -ENOENT. */
int xlate_bridge_add(struct xlate *x, const char *name, char *err, size_t n_err);
int xlate_bridge_del(struct xlate *x, const char *name, char *err, size_t n_err);

/* Returns NULL if there is none. Valid until the next quiescent state, for the control thread until
 * it deletes the bridge. */
struct xlate_bridge *xlate_bridge_find(const struct xlate *x, const char *name);
const char *xlate_bridge_name(const struct xlate_bridge *br);

/* Returns a number that no other bridge has or will have. */
uint64_t xlate_bridge_id(const struct xlate_bridge *br);

/* A pointer that the caller attaches to a bridge; NULL initially. Thread: control. */
void xlate_bridge_owner_set(struct xlate_bridge *br, void *owner);
void *xlate_bridge_owner(const struct xlate_bridge *br);

/* Sets whether controllers receive packets that no flow matches, in a table where the pipeline
 * starts or to which goto_table leads; off initially. Affects every megaflow of the bridge. Returns
 * 0 or -ENOMEM. */
int xlate_report_misses_set(struct xlate *x, struct xlate_bridge *br, bool report);

/* Sets whether lookups in table 0 find the NORMAL action in place of the flows, which are kept; off
 * initially. Affects every megaflow of the bridge. Returns 0 or -ENOMEM. */
int xlate_standalone_set(struct xlate *x, struct xlate_bridge *br, bool standalone);
bool xlate_standalone(const struct xlate_bridge *br);

/* Sets whether NORMAL forwards frames to the addresses of link-local protocols, such as spanning
 * tree and LLDP: forward-bpdu of ovs-vswitchd.conf.db(5). A new bridge drops them with the reason
 * "reserved-mac". Affects every megaflow of the bridge. Returns 0 or -ENOMEM. */
int xlate_forward_bpdu_set(struct xlate *x, struct xlate_bridge *br, bool forward);
bool xlate_forward_bpdu(const struct xlate_bridge *br);

/* Calls 'cb' for each bridge, by name. Stops if 'cb' returns non-zero and returns that value. */
int xlate_bridge_each(const struct xlate *x, int (*cb)(struct xlate_bridge *br, void *aux),
		      void *aux);

/* Treatment of IP fragments: OFPC_FRAG_* of OpenFlow 1.0 section 5.3.2, and Nicira's nx-match.
 *
 * NORMAL: like whole packets, but tables see 0 for the ports (and ICMP types and codes) of every
 * fragment. Example: a rule that drops a port does not match the first fragment, although it has
 * the port. NX_MATCH: tables see the ports of the first fragment. DROP: a lookup drops fragments
 * with the reason "fragment". */
enum xlate_fragments {
	XLATE_FRAGMENTS_NORMAL, /* the mode of a new bridge */
	XLATE_FRAGMENTS_DROP,
	XLATE_FRAGMENTS_NX_MATCH,
	XLATE_N_FRAGMENTS,
};

/* "normal", "drop", "nx-match". */
extern const char *const xlate_fragments_names[XLATE_N_FRAGMENTS];

/* Returns 0 or -ENOMEM. */
int xlate_fragments_set(struct xlate *x, struct xlate_bridge *br, enum xlate_fragments mode);
enum xlate_fragments xlate_fragments(const struct xlate_bridge *br);

/* Configuration of a port: bits as OFPPC_* of OpenFlow 1.0 section 5.2.1.
 *
 * DOWN and NO_FWD: nothing is sent to the port. DOWN and NO_RECV: packets that arrive are dropped
 * with the reason "port-down" or "no-receive". NO_RECV applies to all frames but those of IEEE
 * 802.1D's spanning tree, NO_RECV_STP to these. NO_FLOOD: FLOOD and NORMAL's flooding omit the
 * port. NO_PACKET_IN: controllers do not receive its packets that no flow matches. NO_STP: the port
 * takes no part in a spanning tree; no port does. */
#define XLATE_CONFIG_DOWN (1u << 0)
#define XLATE_CONFIG_NO_STP (1u << 1)
#define XLATE_CONFIG_NO_RECV (1u << 2)
#define XLATE_CONFIG_NO_RECV_STP (1u << 3)
#define XLATE_CONFIG_NO_FLOOD (1u << 4)
#define XLATE_CONFIG_NO_FWD (1u << 5)
#define XLATE_CONFIG_NO_PACKET_IN (1u << 6)
#define XLATE_CONFIG_ALL 0x7fu

/* As vlan_mode of ovs-vswitchd.conf.db(5). A tag with VID 0 only carries a priority: such a frame
 * counts as untagged. */
enum xlate_vlan_mode {
	XLATE_VLAN_TRUNK,  /* tagged frames of 'trunks'; untagged ones if VLAN 0 is among them */
	XLATE_VLAN_ACCESS, /* untagged frames, in VLAN 'tag' */
	/* Tagged frames of 'trunks' without VLAN 0, and VLAN 'tag', to which untagged frames that
	 * arrive belong. Frames of that VLAN are sent with its tag (TAGGED) or without
	 * (UNTAGGED). */
	XLATE_VLAN_NATIVE_TAGGED,
	XLATE_VLAN_NATIVE_UNTAGGED,
	XLATE_N_VLAN_MODES,
};

extern const char *const xlate_vlan_mode_names[XLATE_N_VLAN_MODES];

struct xlate_port {
	const char *name; /* up to 63 characters */
	/* 1..XLATE_PORT_MAX, or XLATE_PORT_LOCAL; 0: choose one, if possible one that no port has had */
	uint16_t ofp_port;
	uint32_t dp_port; /* FLOW_PORT_NONE for a patch port; several tunnel ports may have one */
	/* Of a patch port: the name of its peer, which may be added later. Packets that are sent to
	 * one of two ports that name each other arrive at the other. NULL for other ports. */
	const char *peer;
	/* Of a port whose packets have tunnel fields. NULL for other ports. */
	const struct xlate_tunnel *tunnel;
	enum xlate_vlan_mode vlan_mode;
	uint16_t tag;		    /* 1..4095; TRUNK: 0 */
	uint64_t trunks[4096 / 64]; /* unless ACCESS: one bit per VLAN; all zero: every VLAN */
	uint32_t config;	    /* XLATE_CONFIG_* */
};

/* Add and delete a port. 'port' is borrowed during the call; '*ofp_port' (may be NULL) receives its
 * number. Return 0, or -EEXIST (name, number or datapath port in use), -EINVAL, -ENOSPC, -ENOMEM;
 * -ENOENT or -ENOMEM. Cost: O(1) in the number of ports; of all ports of a bridge with mirrors. */
int xlate_port_add(struct xlate *x, struct xlate_bridge *br, const struct xlate_port *port,
		   uint16_t *ofp_port, char *err, size_t n_err);
int xlate_port_del(struct xlate *x, const char *name, char *err, size_t n_err);

/* Sets the bits of 'mask' in a port's configuration to those of 'config'. Returns 0, -ENOENT,
 * -EINVAL or -ENOMEM. */
int xlate_port_config_set(struct xlate *x, const char *name, uint32_t config, uint32_t mask,
			  char *err, size_t n_err);

/* Find a port by name, or by datapath port: not those of tunnels, several of which may have one. 'br' may be
 * NULL. Return 0 or -ENOENT. The copy's pointers are valid like RCU pointers. */
int xlate_port_by_name(const struct xlate *x, const char *name, struct xlate_port *out,
		       struct xlate_bridge **br);
int xlate_port_by_dp(const struct xlate *x, uint32_t dp_port, struct xlate_port *out,
		     struct xlate_bridge **br);
/* Finds the port that receives a packet, also one of tunnels; otherwise like these. */
int xlate_port_by_packet(const struct xlate *x, const struct flow_key *packet,
			 struct xlate_port *out, struct xlate_bridge **br);

/* Receives what crossed a patch port or a tunnel port, as far as it was pushed by xlate_record_push().
 * Returns 0, or -ENOENT if no such port has the name. */
struct xlate_port_counts {
	uint64_t rx_packets, rx_bytes, tx_packets, tx_bytes;
};
int xlate_port_counts(const struct xlate *x, const char *name, struct xlate_port_counts *out);

/* Returns the number of a bridge's ports. */
unsigned int xlate_port_count(const struct xlate_bridge *br);

/* Calls 'cb' for each port of a bridge, by rising OpenFlow number, until it returns other than 0, which is
 * then returned. */
int xlate_port_each(const struct xlate_bridge *br,
		    int (*cb)(const struct xlate_port *port, void *aux), void *aux);

/* Port names for the text forms: by OpenFlow number of one bridge, or by datapath number of all. */
struct flow_port_names xlate_of_port_names(const struct xlate_bridge *br);
struct flow_port_names xlate_dp_port_names(const struct xlate *x);

/* An entry of a bridge's MAC table. */
struct xlate_mac {
	struct flow_mac mac;
	uint16_t vlan;
	uint16_t ofp_port;
	uint64_t age_ns;
};
int xlate_mac_each(const struct xlate_bridge *br, uint64_t now_ns,
		   int (*cb)(const struct xlate_mac *m, void *aux), void *aux);
void xlate_mac_flush(struct xlate *x, struct xlate_bridge *br);

/* Sets which parts the policy of timeouts of a zone has: a bit per enum flow_timeout_part; 0: it has none.
 * A CT that commits to the zone names the part for the packet's protocol, which the megaflow then matches.
 * A part exists in the datapath before it is set here. Affects megaflows that commit to the zone, and to
 * one in 64 of the others. Returns 0 or -ENOMEM. Cost: O(1), and 64 KiB for the first. Requires 'dp_name'. */
int xlate_zone_timeouts_set(struct xlate *x, uint16_t zone, uint8_t parts);

/* Adds rules that learn actions have made, at most XLATE_LEARNED_TURN of them. If more wait, calls
 * xlate_config.learned() again. Returns how many were added. Thread: control. */
#define XLATE_LEARNED_TURN 1024
unsigned int xlate_learned_apply(struct xlate *x);

/* Waits until the rules that this thread's translations have made (xlate_out.unlearned) are in the
 * tables, or until '*give_up' is set, which is checked every few milliseconds. Control adds the
 * rules: while it waits for a thread that may be in this function, it must call
 * xlate_learned_apply(). Blocks, RCU-offline. Thread: any RCU thread but control. */
void xlate_learned_wait(struct xlate *x, const _Atomic bool *give_up);

/* Removes deleted rules from the classifiers, once no translation in progress can find them. Until
 * then new megaflows are distinguished from them, so some are narrower than necessary. Thread:
 * control. */
void xlate_reclaim(struct xlate *x);

/* Removes rules whose idle or hard timeout has passed and MAC entries that are too old. Returns how
 * many rules it removed. Called about once a second. Thread: control. */
unsigned int xlate_expire(struct xlate *x, uint64_t now_ns);

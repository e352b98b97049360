/* SPDX-License-Identifier: Apache-2.0 */
/* What the operator configured: bridges, their ports, and the state that NORMAL learns.
 *
 * One 'struct xlate' holds everything. Readers (translation) run under RCU and never wait for the
 * writer; an object that is removed stays valid for them until a grace period is over.
 *
 * Names are unique: a bridge among bridges, a port among all ports. A datapath port belongs to one
 * bridge at most.
 *
 * Errors: 0 or -errno; with a sentence in 'err' (FLOW_ERR_BYTES) where there is one. On error
 * nothing was changed.
 * Thread safety: functions that change configuration: control only. The rest: any RCU thread. */
#pragma once

#include <flow/text.h>

#include <base/log.h>

#include <errno.h>

/* OpenFlow port numbers: 1..XLATE_PORT_MAX are ports; OFPP_* as OpenFlow 1.3 section A.2.1 in their
 * 16-bit form of OpenFlow 1.0, which ovs-ofctl prints. */
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

/* True for one port: a number, IN_PORT, LOCAL. Only of these queues and lengths can be said. */
static inline bool
xlate_port_is_plain(uint16_t ofp_port)
{
	return ofp_port <= XLATE_PORT_MAX || ofp_port == XLATE_PORT_IN_PORT ||
	       ofp_port == XLATE_PORT_LOCAL;
}

/* Port numbers of OpenFlow 1.1 and later have 32 bits, and reserved ones begin with 0xffff. */
#define XLATE_PORT32_FIRST_RESERVED UINT32_C(0xffffff00)

static inline uint32_t
xlate_port_widen(uint16_t ofp_port)
{
	return ofp_port > XLATE_PORT_MAX ? UINT32_C(0xffff0000) | ofp_port : ofp_port;
}

/* Returns 0 or -EINVAL: no port has this number. */
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
/* Of one translation: actions, buckets that are chosen among, masks that lookups try, and the like. */
#define XLATE_STEPS_MAX (1u << 20)
/* In a table; in a bridge. */
#define XLATE_RULES_MAX 1000000
#define XLATE_GROUPS_MAX 1000000
#define XLATE_METERS_MAX 1000000
/* Of the flows of a table: which bits their matches look at. Lookups and changes cost O(masks). */
#define XLATE_MASKS_MAX 4096
/* How often a packet may come back from the datapath to be translated again. */
#define XLATE_PASSES_MAX 16

struct xlate;
struct xlate_actions;
struct xlate_group_config;
struct xlate_bridge;

struct xlate_config {
	uint64_t seed;		      /* of hashes; random in production, fixed in tests */
	uint64_t mac_age_ns;	      /* 0: 300 s */
	unsigned int mac_entries_max; /* per bridge; 0: 8,192 */
	/* At most XLATE_RULES_MAX, .._GROUPS_MAX, .._METERS_MAX; 0: just these. */
	uint32_t rules_max, groups_max, meters_max;
	/* What the datapath executes, a bit per enum flow_action_type; 0: everything. A translation
	 * that needs more is a drop, FLOW_DROP_UNSUPPORTED. */
	uint32_t dp_actions;
	struct log *log; /* borrowed; may be NULL */
	/* Called when rules wait for xlate_learned_apply(), by a thread that translates: wakes
	 * control, and does not block. NULL: nobody is woken, and xlate_learned_wait() does not
	 * wait. */
	void (*learned)(void *aux);
	void *learned_aux;
	/* Called when xlate_sweep() has something to do, by liburcu's thread: likewise. Also after
	 * xlate_destroy(), until rcu_drain(). */
	void (*retired)(void *aux);
	void *retired_aux;
	/* Whether every controller can be shown a rule with these actions, or this group: 0, -EFBIG with 'err',
	 * or -ENOMEM. Called for what is added, modified or loaded, and not for learned rules: these have an
	 * action for each part of a learn action at most. NULL: there is no bound. */
	int (*rule_fits)(const struct xlate_actions *a, char *err, size_t n_err);
	int (*group_fits)(const struct xlate_group_config *g, char *err, size_t n_err);
};

int xlate_create(const struct xlate_config *config, struct xlate **out);

/* No thread translates any more. Blocks. */
void xlate_destroy(struct xlate *x);

/* Grows with every change that may alter a translation. */
uint64_t xlate_version(const struct xlate *x);

/* Has 'changed' called whenever xlate_version() has grown, by the thread that changed something;
 * several may call at once. It does not block. NULL: nobody is called.
 * Thread: control, while no other thread translates. */
void xlate_changed_set(struct xlate *x, void (*changed)(void *aux), void *aux);

/* A new bridge has one flow, "priority=0 actions=NORMAL", as Open vSwitch does. -EEXIST, -EINVAL. */
int xlate_bridge_add(struct xlate *x, const char *name, char *err, size_t n_err);
int xlate_bridge_del(struct xlate *x, const char *name, char *err, size_t n_err);

/* NULL when there is none. Valid until the next quiescent state, or for control until it deletes. */
struct xlate_bridge *xlate_bridge_find(const struct xlate *x, const char *name);
const char *xlate_bridge_name(const struct xlate_bridge *br);

/* A number that no other bridge has or will have. */
uint64_t xlate_bridge_id(const struct xlate_bridge *br);

/* What the caller keeps of a bridge; NULL at first. Thread: control. */
void xlate_bridge_owner_set(struct xlate_bridge *br, void *owner);
void *xlate_bridge_owner(const struct xlate_bridge *br);

/* Whether controllers are told of packets that no flow matches, in a table where the pipeline
 * starts or to which goto_table leads. At first they are not. Touches every megaflow of the bridge.
 * 0 or -ENOMEM. */
int xlate_misses_told_set(struct xlate *x, struct xlate_bridge *br, bool told);

/* Whether a lookup in table 0 finds the NORMAL action, whatever flows there are; these stay as they
 * are. At first it does not. Touches every megaflow of the bridge. 0 or -ENOMEM. */
int xlate_standalone_set(struct xlate *x, struct xlate_bridge *br, bool standalone);
bool xlate_standalone(const struct xlate_bridge *br);

/* Whether NORMAL forwards frames to the addresses of protocols between neighbours, such as spanning tree and
 * LLDP, like others: forward-bpdu of ovs-vswitchd.conf.db(5). A new bridge drops them, with the reason
 * "reserved-mac". Touches every megaflow of the bridge. 0 or -ENOMEM. */
int xlate_forward_bpdu_set(struct xlate *x, struct xlate_bridge *br, bool forward);
bool xlate_forward_bpdu(const struct xlate_bridge *br);

/* Calls 'cb' for each bridge, by name; stops when it returns non-zero, and returns that. */
int xlate_bridge_each(const struct xlate *x, int (*cb)(struct xlate_bridge *br, void *aux),
		      void *aux);

/* What becomes of IP fragments: OFPC_FRAG_* of OpenFlow 1.0 section 5.3.2, and Nicira's nx-match.
 *
 * NORMAL: as whole packets, but that tables find ports (and ICMP types and codes) 0 in every fragment.
 * So one that forbids a port lets the first fragment pass that has it. NX_MATCH: the first fragment's
 * are found. DROP: a lookup drops, with the reason "fragment". */
enum xlate_fragments {
	XLATE_FRAGMENTS_NORMAL, /* of a new bridge */
	XLATE_FRAGMENTS_DROP,
	XLATE_FRAGMENTS_NX_MATCH,
	XLATE_N_FRAGMENTS,
};

/* "normal", "drop", "nx-match". */
extern const char *const xlate_fragments_names[XLATE_N_FRAGMENTS];

/* 0 or -ENOMEM. */
int xlate_fragments_set(struct xlate *x, struct xlate_bridge *br, enum xlate_fragments mode);
enum xlate_fragments xlate_fragments(const struct xlate_bridge *br);

/* Configuration of a port: bits as OFPPC_* of OpenFlow 1.0 section 5.2.1.
 *
 * DOWN and NO_FWD: nothing is sent there. DOWN and NO_RECV: what comes in is dropped, with the reason
 * "port-down" or "no-receive". NO_RECV is about all but IEEE 802.1D's spanning tree frames, NO_RECV_STP
 * about these. NO_FLOOD: FLOOD and NORMAL's flooding leave it out. NO_PACKET_IN: controllers are not
 * told of its packets that no flow matches. NO_STP says that the port takes no part in a spanning tree,
 * which none does. */
#define XLATE_CONFIG_DOWN (1u << 0)
#define XLATE_CONFIG_NO_STP (1u << 1)
#define XLATE_CONFIG_NO_RECV (1u << 2)
#define XLATE_CONFIG_NO_RECV_STP (1u << 3)
#define XLATE_CONFIG_NO_FLOOD (1u << 4)
#define XLATE_CONFIG_NO_FWD (1u << 5)
#define XLATE_CONFIG_NO_PACKET_IN (1u << 6)
#define XLATE_CONFIG_ALL 0x7fu

/* As vlan_mode of ovs-vswitchd.conf.db(5). A tag with VID 0 only carries a priority: the frame is untagged. */
enum xlate_vlan_mode {
	XLATE_VLAN_TRUNK,  /* tagged frames of 'trunks'; untagged ones if VLAN 0 is among them */
	XLATE_VLAN_ACCESS, /* untagged frames, in VLAN 'tag' */
	/* Tagged frames of 'trunks', VLAN 0 apart, and of VLAN 'tag', in which untagged frames are that come
	 * in; frames of that VLAN leave with its tag, or without. */
	XLATE_VLAN_NATIVE_TAGGED,
	XLATE_VLAN_NATIVE_UNTAGGED,
	XLATE_N_VLAN_MODES,
};

extern const char *const xlate_vlan_mode_names[XLATE_N_VLAN_MODES];

struct xlate_port {
	const char *name;  /* up to 63 characters */
	uint16_t ofp_port; /* 1..XLATE_PORT_MAX; 0: one that no port has had, if there is one */
	uint32_t dp_port;
	enum xlate_vlan_mode vlan_mode;
	uint16_t tag;		    /* 1..4095; TRUNK: 0 */
	uint64_t trunks[4096 / 64]; /* unless ACCESS: bit per VLAN; all zero: every VLAN */
	uint32_t config;	    /* XLATE_CONFIG_* */
};

/* Adds a port; 'port' is borrowed during the call; '*ofp_port' receives its number (may be NULL).
 * -EEXIST (name, number or datapath port taken), -EINVAL, -ENOSPC. */
int xlate_port_add(struct xlate *x, struct xlate_bridge *br, const struct xlate_port *port,
		   uint16_t *ofp_port, char *err, size_t n_err);
int xlate_port_del(struct xlate *x, const char *name, char *err, size_t n_err);

/* Sets the bits of 'mask' in a port's configuration to those of 'config'. -ENOENT, -EINVAL, -ENOMEM. */
int xlate_port_config_set(struct xlate *x, const char *name, uint32_t config, uint32_t mask,
			  char *err, size_t n_err);

/* Finds a port by name, or by datapath port. '*br' may be NULL. -ENOENT. The copy's 'name' is valid
 * like an RCU pointer. */
int xlate_port_by_name(const struct xlate *x, const char *name, struct xlate_port *out,
		       struct xlate_bridge **br);
int xlate_port_by_dp(const struct xlate *x, uint32_t dp_port, struct xlate_port *out,
		     struct xlate_bridge **br);
int xlate_port_each(const struct xlate_bridge *br,
		    int (*cb)(const struct xlate_port *port, void *aux), void *aux);

/* Port names for the text forms: OpenFlow numbers of one bridge, or datapath numbers of all. */
struct flow_port_names xlate_of_port_names(const struct xlate_bridge *br);
struct flow_port_names xlate_dp_port_names(const struct xlate *x);

/* The MAC table of a bridge. */
struct xlate_mac {
	struct flow_mac mac;
	uint16_t vlan;
	uint16_t ofp_port;
	uint64_t age_ns;
};
int xlate_mac_each(const struct xlate_bridge *br, uint64_t now_ns,
		   int (*cb)(const struct xlate_mac *m, void *aux), void *aux);
void xlate_mac_flush(struct xlate *x, struct xlate_bridge *br);

/* Adds rules that learn actions have made, at most XLATE_LEARNED_TURN of them; when more wait,
 * xlate_config.learned() is called again. Returns how many were added. Thread: control. */
#define XLATE_LEARNED_TURN 1024
unsigned int xlate_learned_apply(struct xlate *x);

/* Returns when the rules that this thread's translations have made (xlate_out.unlearned) are in the
 * tables, or '*give_up' is set, which is looked at every few milliseconds. Waits for control, so
 * control waits for no thread that calls this without calling xlate_learned_apply() meanwhile.
 * Blocks, RCU-offline. Thread: any RCU thread but control. */
void xlate_learned_wait(struct xlate *x, const _Atomic bool *give_up);

/* Takes deleted rules, which no translation under way can find any more, out of the classifiers.
 * Until then new megaflows are told apart from them, too, so some are narrower than they need be.
 * Thread: control. */
void xlate_sweep(struct xlate *x);

/* Expires rules whose idle or hard timeout is over and MAC entries that are too old. Returns how
 * many rules went. Call about once a second. Thread: control. */
unsigned int xlate_expire(struct xlate *x, uint64_t now_ns);

/* SPDX-License-Identifier: Apache-2.0 */
/* Datapath actions: the treatment of a megaflow's packets, the same on every path.
 *
 * Actions are executed in order. An empty list drops without a reason; a list that ends in
 * DROP gives one. All actions of a list work on one packet: OUTPUT sends a copy of the packet
 * in its current state.
 *
 * Thread safety: plain data; one thread builds a list, and it is immutable once stored. */
#pragma once

#include <flow/field.h>
#include <flow/parse.h>

enum flow_action_type {
	FLOW_ACTION_OUTPUT,	  /* to a datapath port */
	FLOW_ACTION_UPCALL,	  /* a copy to a handler ("userspace") */
	FLOW_ACTION_SET,	  /* masked bits of one field; no effect if the packet lacks it */
	FLOW_ACTION_PUSH_VLAN,	  /* outermost */
	FLOW_ACTION_POP_VLAN,	  /* outermost; no effect without a tag */
	FLOW_ACTION_DROP,	  /* last; with a reason */
	FLOW_ACTION_METER,	  /* a meter of the datapath, by number; it may drop or remark */
	FLOW_ACTION_PUSH_MPLS,	  /* after the tags, before any labels */
	FLOW_ACTION_POP_MPLS,	  /* outermost label; no effect without a label */
	FLOW_ACTION_TRUNC,	  /* limits the bytes of the next OUTPUT, UPCALL or SAMPLE */
	FLOW_ACTION_SAMPLE,	  /* an UPCALL for a random share of the packets */
	FLOW_ACTION_CT,		  /* through connection tracking; see flow_actions_add_ct() */
	FLOW_ACTION_CT_LABEL,	  /* part of the preceding CT */
	FLOW_ACTION_CT_NAT,	  /* part of the preceding CT */
	FLOW_ACTION_CT_TIMEOUT,	  /* part of the preceding CT */
	FLOW_ACTION_CT_CLEAR,	  /* the packet is untracked again */
	FLOW_ACTION_RECIRC,	  /* a copy is parsed and looked up again, with this recirc_id */
	FLOW_ACTION_SET_QUEUE,	  /* for later outputs; "set(skb_priority(..))" */
	FLOW_ACTION_COPY_TTL_OUT, /* to the outermost label, from the next label or IP header */
	FLOW_ACTION_COPY_TTL_IN,  /* the reverse; both have no effect if one is missing */
	FLOW_ACTION_CHECK_LEN,	  /* a RECIRC, with an ID by the packet's length */
	FLOW_ACTION_TUN_OPTS,	  /* options of the tunnel that the packet is sent to */
	FLOW_N_ACTIONS,
};

/* Names used in refusals. */
extern const char *const flow_action_names[FLOW_N_ACTIONS];

/* Bits of 'flags', as NX_NAT_F_* of the OpenFlow extension. */
#define FLOW_NAT_SRC 1
#define FLOW_NAT_DST 2
#define FLOW_NAT_PERSISTENT 4
#define FLOW_NAT_HASH 8
#define FLOW_NAT_RANDOM 16
#define FLOW_NAT_FLAGS 31

/* Address translation by connection tracking. */
struct flow_nat {
	uint8_t flags;			/* 0: use the connection's translation */
	uint8_t ip_version;		/* of the range: 4 or 6; 0 if none */
	uint16_t port_min, port_max;	/* host order; 0 if not given */
	struct flow_ip6 ip_min, ip_max; /* IPv4 in the first 4 bytes; all zero if not given */
};

/* Helpers of connection tracking, by the port that names them in OpenFlow. */
#define FLOW_CT_FTP 21
#define FLOW_CT_TFTP 69

#define FLOW_CT_TIMEOUT_BYTES 32 /* as the kernel's, with the end */

/* One pass through connection tracking. */
struct flow_ct {
	bool commit, force; /* 'force' implies 'commit' */
	bool has_nat;
	uint8_t helper; /* FLOW_CT_*; 0 if none */
	uint16_t zone;
	uint32_t mark, mark_mask; /* 'mark' is unchanged if 'mark_mask' is 0 */
	uint8_t label[16], label_mask[16];
	struct flow_nat nat;
	/* Name of the policy of timeouts that a new connection has; all zero after its end. Empty: none */
	char timeout[FLOW_CT_TIMEOUT_BYTES];
};

/* Reasons for which translation or a path drops packets. Counted under these names. */
#define FLOW_DROPS(D)                                                                              \
	D(EXPLICIT, "explicit")		   /* by the tables: no output, or a drop action */        \
	D(NO_BRIDGE, "no-bridge")	   /* no bridge owns the port */                           \
	D(TOO_DEEP, "recursion-too-deep")  /* over 64 nested resubmits, or 16 recirculations */    \
	D(RESUBMITS, "too-many-resubmits") /* over 4,096 for one packet */                         \
	D(STEPS, "too-many-steps")	   /* over 1,048,576 in one translation */                 \
	D(UNSUPPORTED, "unsupported")	   /* the datapath lacks an action that is needed */       \
	D(NO_RECIRC, "recirc-gone")	   /* the state to resume from no longer exists */         \
	D(STACK, "stack-too-deep")	   /* of the push action */                                \
	D(TOO_MANY_ACTIONS, "too-many-actions")                                                    \
	D(VLAN_POLICY, "vlan-policy")	/* the port does not accept the packet's tag */            \
	D(FORWARD_BPDU, "reserved-mac") /* 01:80:c2:00:00:0x in NORMAL */                          \
	D(TTL_EXPIRED, "ttl-expired")                                                              \
	D(PORT_DOWN, "port-down")     /* received on a port configured down */                     \
	D(MIRROR_PORT, "mirror-port") /* received on the output port of a mirror */                \
	D(NO_RECEIVE, "no-receive")   /* received on a port with no-receive */                     \
	D(NO_REMOTE, "no-remote")     /* sent to a tunnel port without an address */               \
	D(OPTIONS, "tunnel-options")  /* malformed, or others than the TLV map has */              \
	D(FRAGMENT, "fragment")	      /* the bridge does not accept IP fragments */                \
	D(MALFORMED, "malformed")                                                                  \
	D(QUEUE_FULL, "upcall-queue-full") /* "lost" */                                            \
	D(NO_BUFFER, "no-buffer")                                                                  \
	D(FEW_BUFFERS, "few-buffers") /* the port's upcalls used their share of buffers */         \
	D(PORT_GONE, "port-gone")     /* output to a port that was removed */                      \
	D(TX_FULL, "tx-queue-full")                                                                \
	D(TX_REFUSED, "tx-refused")   /* the driver cannot send it */                              \
	D(NO_HEADROOM, "no-headroom") /* no room to push a header */                               \
	D(PAUSED, "paused")	      /* upcalls are paused */                                     \
	D(MTU, "oversize")                                                                         \
	D(METER, "meter-exceeded")   /* a band of a meter dropped it */                            \
	D(SEGMENT, "cannot-segment") /* it is to be cut into segments, or given a checksum */

enum flow_drop {
#define D(id, name) FLOW_DROP_##id,
	FLOW_DROPS(D)
#undef D
		FLOW_N_DROPS,
	FLOW_NOT_DROPPED = FLOW_N_DROPS /* the packet is handled, or something is sent */
};

extern const char *const flow_drop_names[FLOW_N_DROPS];

/* Why an action sends a packet to a handler. Passed with the upcall. */
enum flow_upcall_reason {
	FLOW_UPCALL_SLOW_PATH,	/* the datapath cannot process it; each packet is translated */
	FLOW_UPCALL_CONTROLLER, /* a controller action */
	FLOW_UPCALL_SAMPLE,
	FLOW_N_UPCALL_REASONS,
};

struct flow_action {
	uint8_t type; /* enum flow_action_type */
	union {
		uint32_t port; /* OUTPUT: datapath port number */
		struct {
			uint8_t reason;	      /* enum flow_upcall_reason */
			uint16_t max_len;     /* bytes of the packet wanted; UINT16_MAX: all */
			uint32_t cookie;      /* meaning by 'reason'; returned with the upcall */
			uint32_t probability; /* SAMPLE: share of UINT32_MAX */
			uint32_t meter;	      /* UPCALL: meter that limits it; 0 if none */
		} upcall;		      /* also for SAMPLE */
		struct {
			uint8_t field;	   /* enum flow_field_id: a settable one */
			uint8_t value[16]; /* as the last 16 bytes of a flow_value */
			uint8_t mask[16];
		} set;
		struct {
			be16 tpid;
			be16 tci; /* without FLOW_VLAN_CFI */
		} vlan;
		struct {
			be16 eth_type; /* PUSH_MPLS: 0x8847 or 0x8848; POP_MPLS: of the payload */
			be32 lse;      /* PUSH_MPLS: the whole entry */
		} mpls;
		uint8_t drop;	  /* enum flow_drop */
		uint32_t n_bytes; /* TRUNC: at least FLOW_TRUNC_MIN */
		uint32_t meter;	  /* METER: id passed to meter_set() of dp.h */
		struct {
			bool commit, force;
			uint8_t helper;
			uint16_t zone;
			uint32_t mark, mark_mask;
			uint16_t port_min, port_max; /* of the NAT */
		} ct;
		struct {
			uint8_t value[16], mask[16];
		} ct_label;
		struct {
			uint8_t flags, ip_version;
			struct flow_ip6 ip_min, ip_max;
		} ct_nat;
		char ct_timeout[FLOW_CT_TIMEOUT_BYTES];
		uint32_t recirc_id; /* RECIRC: not 0 */
		uint32_t queue;	    /* SET_QUEUE; 0: as on arrival */
		struct {
			/* Options of 'n_all' bytes, of which 'b' has those from 'ofs' on. Further ones are in
			 * the next action. */
			uint8_t ofs, n_all;
			uint8_t b[32];
		} tun_opts;
		struct {
			/* A recirc_id for packets of more bytes than 'n_bytes', from the Ethernet
			 * header on, and one for the others. */
			uint16_t n_bytes;
			uint32_t longer, others;
		} check_len;
	};
};

/* Allows more than 1,024 ports: an output, a truncation and two changes of the packet each. */
#define FLOW_ACTIONS_MAX 4096
#define FLOW_TRUNC_MIN 14 /* an Ethernet header */

struct flow_actions {
	struct flow_action *a;
	uint16_t n;
	uint16_t n_alloc;
};

/* Make an empty list; free a list, which is then empty. */
void flow_actions_init(struct flow_actions *acts);
void flow_actions_free(struct flow_actions *acts);

/* Appends an action. Returns 0, -E2BIG past FLOW_ACTIONS_MAX, or -ENOMEM. On error
 * nothing is added. */
int flow_actions_add(struct flow_actions *acts, const struct flow_action *a);

/* Replaces 'to' (initialised) by a copy of 'from'. Returns 0 or -ENOMEM. */
int flow_actions_copy(struct flow_actions *to, const struct flow_actions *from);

/* Moves 'from' to 'to', in memory of the exact size if there is memory. 'from' is then empty; the
 * old contents of 'to' are freed. */
void flow_actions_move(struct flow_actions *to, struct flow_actions *from);
bool flow_actions_equal(const struct flow_actions *a, const struct flow_actions *b);

/* Returns true if the list only drops: it is empty, or begins with DROP. */
bool flow_actions_only_drop(const struct flow_actions *acts);

/* Shorthands for common actions. */
int flow_actions_add_output(struct flow_actions *acts, uint32_t port);
int flow_actions_add_drop(struct flow_actions *acts, enum flow_drop why);

/* 'mask' selects the bits; value bits outside it are cleared. Also returns -EINVAL if the field
 * is not settable. */
int flow_actions_add_set(struct flow_actions *acts, enum flow_field_id field,
			 const struct flow_value *value, const struct flow_value *mask);

/* Appends TUN_OPTS of 'n' bytes, which may be 0: as many actions as they take. All or nothing. */
int flow_actions_add_tun_opts(struct flow_actions *acts, const uint8_t opts[FLOW_GENEVE_OPT_BYTES],
			      uint8_t n);

/* Executes a TUN_OPTS on the tunnel that a packet is sent to. */
void flow_tun_opts_apply(const struct flow_action *a, struct flow_tunnel *t);

/* Appends a pass through connection tracking: a CT, then CT_LABEL if labels are set, then CT_NAT if
 * addresses are translated, then CT_TIMEOUT if it names a policy. All or nothing. */
int flow_actions_add_ct(struct flow_actions *acts, const struct flow_ct *ct);

/* Gathers the pass that begins with the CT at 'i'. Returns its number of actions. */
uint16_t flow_actions_ct(const struct flow_actions *acts, uint16_t i, struct flow_ct *out);

/* Returns the name of the first of ct_zone, ct_mark and ct_label of which the pass sets one of 'bits';
 * NULL if there is none. */
const char *flow_ct_sets(const struct flow_ct *ct, const struct flow_key *bits);

bool flow_nat_equal(const struct flow_nat *a, const struct flow_nat *b);

/* Packet bytes with headroom. 'data' is valid for 'n' bytes, and 'n_head' bytes before it are
 * writable too. 'n_more' bytes of the frame follow elsewhere, as for flow_parse_part(). */
struct flow_buffer {
	uint8_t *data;
	size_t n;
	size_t n_head;
	size_t n_more;
};

/* Executes SET, PUSH_VLAN, POP_VLAN, PUSH_MPLS, POP_MPLS or COPY_TTL_* on the bytes. Keeps
 * checksums correct (IPv4, TCP, UDP with 0 meaning none, SCTP's CRC32c, ICMP, ICMPv6), and does not
 * read or write past the buffer. A wrong checksum stays wrong. Exception: in the first fragment of
 * an SCTP message ports change without the CRC, which covers bytes of other fragments.
 *
 * SET keeps a tag's drop-eligible bit, which is 0 in a pushed tag. SET of VLAN_TCI
 * cannot remove the tag.
 *
 * The payload of the last label has no type: COPY_TTL_* takes it for IP if its first bits are 4 or
 * 6 and the header is whole.
 *
 * key: of the current packet; metadata fields are set here; kept up to date.
 * ofs: of the current packet; kept up to date.
 * Returns 0, -ENOSPC (no headroom) or -EINVAL: another action, a field that is not settable, a
 * pushed TPID other than 0x8100 and 0x88a8, a label type other than 0x8847 and 0x8848, a tag or
 * label on less than an Ethernet header, or a label on a frame with an 802.3 length. On error
 * nothing is changed. */
int flow_edit(const struct flow_action *a, struct flow_buffer *buf, struct flow_key *key,
	      struct flow_offsets *ofs);

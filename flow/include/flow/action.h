/* SPDX-License-Identifier: Apache-2.0 */
/* Datapath actions: what a megaflow does to its packets, the same on every path.
 *
 * Executed in order. An empty list drops, without a reason; a list that ends in DROP says why.
 * Every execution of the list works on one packet: OUTPUT sends a copy of the packet as it is then.
 *
 * Thread safety: plain data; a list is built by one thread and immutable once stored. */
#pragma once

#include <flow/field.h>
#include <flow/parse.h>

enum flow_action_type {
	FLOW_ACTION_OUTPUT, /* to a datapath port */
	FLOW_ACTION_UPCALL, /* a copy to a handler ("userspace") */
	FLOW_ACTION_SET,    /* masked bits of one field; without effect when the packet lacks it */
	FLOW_ACTION_PUSH_VLAN, /* outermost */
	FLOW_ACTION_POP_VLAN,  /* outermost; without effect when there is none */
	FLOW_ACTION_DROP,      /* last; with a reason */
	FLOW_ACTION_METER,     /* a meter of the datapath, by number; it may drop or remark */
	FLOW_ACTION_PUSH_MPLS, /* behind the tags, before what was there */
	FLOW_ACTION_POP_MPLS,  /* outermost label; without effect when there is none */
	FLOW_ACTION_TRUNC,     /* the next OUTPUT, UPCALL or SAMPLE takes at most so many bytes */
	FLOW_ACTION_SAMPLE,    /* an UPCALL for a part of the packets, chosen at random */
	FLOW_ACTION_CT,	       /* through connection tracking; see flow_actions_add_ct() */
	FLOW_ACTION_CT_LABEL,  /* a part of the CT that it follows */
	FLOW_ACTION_CT_NAT,    /* likewise */
	FLOW_ACTION_CT_CLEAR,  /* the packet is untracked again */
	FLOW_ACTION_RECIRC,    /* a copy is looked up again, parsed anew, with that recirc_id */
	FLOW_ACTION_SET_QUEUE, /* of what is sent after it: "set(skb_priority(..))" */
	FLOW_ACTION_COPY_TTL_OUT, /* to the outermost label, from the next label or IP below it */
	FLOW_ACTION_COPY_TTL_IN,  /* the other way; both without effect when one is missing */
	FLOW_N_ACTIONS,
};

/* As refusals name them. */
extern const char *const flow_action_names[FLOW_N_ACTIONS];

/* Bits of 'flags', as NX_NAT_F_* of OpenFlow's extension. */
#define FLOW_NAT_SRC 1
#define FLOW_NAT_DST 2
#define FLOW_NAT_PERSISTENT 4
#define FLOW_NAT_HASH 8
#define FLOW_NAT_RANDOM 16
#define FLOW_NAT_FLAGS 31

/* What connection tracking is to change of a packet. */
struct flow_nat {
	uint8_t flags;			/* 0: what the connection was given */
	uint8_t ip_version;		/* of the range: 4 or 6; 0: there is none */
	uint16_t port_min, port_max;	/* host order; 0: not given */
	struct flow_ip6 ip_min, ip_max; /* IPv4 in the first 4 bytes; all zero: not given */
};

/* Helpers of connection tracking, by the port that names them in OpenFlow. */
#define FLOW_CT_FTP 21
#define FLOW_CT_TFTP 69

/* One pass through connection tracking. */
struct flow_ct {
	bool commit, force; /* 'force' has 'commit' too */
	bool has_nat;
	uint8_t helper; /* FLOW_CT_*; 0: none */
	uint16_t zone;
	uint32_t mark, mark_mask; /* 'mask' 0: left alone */
	uint8_t label[16], label_mask[16];
	struct flow_nat nat;
};

/* Why a packet was dropped by a translation or a path. Counted under these names. */
#define FLOW_DROPS(D)                                                                              \
	D(EXPLICIT, "explicit")		   /* the tables say so: no output, or a drop action */    \
	D(NO_BRIDGE, "no-bridge")	   /* no bridge owns the port */                           \
	D(TOO_DEEP, "recursion-too-deep")  /* over 64 nested resubmits */                          \
	D(RESUBMITS, "too-many-resubmits") /* over 4,096 in one packet */                          \
	D(STEPS, "too-many-steps")	   /* over 1,048,576 in its translation */                 \
	D(UNSUPPORTED, "unsupported")	   /* by the datapath, of what the tables ask for */       \
	D(NO_RECIRC, "recirc-gone")	   /* where it was to go on is not known any more */       \
	D(STACK, "stack-too-deep")	   /* of the push action */                                \
	D(TOO_MANY_ACTIONS, "too-many-actions")                                                    \
	D(VLAN_POLICY, "vlan-policy")	/* a tag that the port does not take */                    \
	D(FORWARD_BPDU, "reserved-mac") /* 01:80:c2:00:00:0x in NORMAL */                          \
	D(TTL_EXPIRED, "ttl-expired")                                                              \
	D(PORT_DOWN, "port-down")     /* came in where the configuration says down */              \
	D(MIRROR_PORT, "mirror-port") /* came in where a mirror sends to */                        \
	D(NO_RECEIVE, "no-receive")   /* came in where it says that nothing is received */         \
	D(FRAGMENT, "fragment")	      /* of IP, which the bridge does not take */                  \
	D(MALFORMED, "malformed")                                                                  \
	D(QUEUE_FULL, "upcall-queue-full") /* "lost" */                                            \
	D(NO_BUFFER, "no-buffer")                                                                  \
	D(FEW_BUFFERS, "few-buffers") /* the port's upcalls have their share of packet buffers */  \
	D(PORT_GONE, "port-gone")     /* output to a port that no longer is */                     \
	D(TX_FULL, "tx-queue-full")                                                                \
	D(TX_REFUSED, "tx-refused")   /* the driver says that its device cannot send it */         \
	D(NO_HEADROOM, "no-headroom") /* no room to push a header */                               \
	D(PAUSED, "paused")	      /* upcalls are paused */                                     \
	D(MTU, "oversize")                                                                         \
	D(METER, "meter-exceeded") /* a band of a meter says so */

enum flow_drop {
#define D(id, name) FLOW_DROP_##id,
	FLOW_DROPS(D)
#undef D
		FLOW_N_DROPS,
	FLOW_NOT_DROPPED = FLOW_N_DROPS /* no reason: the packet is treated, or something is sent */
};

extern const char *const flow_drop_names[FLOW_N_DROPS];

/* Why a packet goes to a handler by an action. Travels with the upcall. */
enum flow_upcall_reason {
	FLOW_UPCALL_SLOW_PATH,	/* the datapath cannot do it; translate each packet */
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
			uint32_t cookie;      /* meaning by reason; given back with the upcall */
			uint32_t probability; /* SAMPLE: of UINT32_MAX */
			uint32_t meter; /* UPCALL: the datapath's meter that decides whether it is
					 * sent, and about nothing else; 0: none */
		} upcall;		/* also SAMPLE */
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
			be16 eth_type; /* PUSH_MPLS: 0x8847 or 0x8848; POP_MPLS: of what is below */
			be32 lse;      /* PUSH_MPLS: the whole entry */
		} mpls;
		uint8_t drop;	  /* enum flow_drop */
		uint32_t n_bytes; /* TRUNC: FLOW_TRUNC_MIN at least */
		uint32_t meter;	  /* METER: what dp.h's meter_set() was given */
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
		uint32_t recirc_id; /* RECIRC: not 0 */
		uint32_t queue;	    /* SET_QUEUE; 0: as the packet came */
	};
};

/* Over 1,024 ports: for each an output, a truncation, and two changes of the packet. */
#define FLOW_ACTIONS_MAX 4096
#define FLOW_TRUNC_MIN 14 /* an Ethernet header */

struct flow_actions {
	struct flow_action *a;
	uint16_t n;
	uint16_t n_alloc;
};

void flow_actions_init(struct flow_actions *acts);
void flow_actions_free(struct flow_actions *acts);

/* Appends; -E2BIG past FLOW_ACTIONS_MAX, -ENOMEM. On error nothing was added. */
int flow_actions_add(struct flow_actions *acts, const struct flow_action *a);

/* Replaces 'to' (initialised) by a copy of 'from'. Returns 0 or -ENOMEM. */
int flow_actions_copy(struct flow_actions *to, const struct flow_actions *from);
bool flow_actions_equal(const struct flow_actions *a, const struct flow_actions *b);

/* True when packets need not be given to the list: it is empty, or begins with DROP. */
bool flow_actions_only_drop(const struct flow_actions *acts);

/* Shorthand for the common ones. */
int flow_actions_add_output(struct flow_actions *acts, uint32_t port);
int flow_actions_add_drop(struct flow_actions *acts, enum flow_drop why);

/* 'mask' says which bits; value bits outside it are left out. Also -EINVAL: not a settable field. */
int flow_actions_add_set(struct flow_actions *acts, enum flow_field_id field,
			 const struct flow_value *value, const struct flow_value *mask);

/* Appends a pass through connection tracking: a CT, then CT_LABEL when labels are set, then CT_NAT when
 * addresses are to change. All or nothing. */
int flow_actions_add_ct(struct flow_actions *acts, const struct flow_ct *ct);

/* Gathers the pass that begins with the CT at 'i'. Returns of how many actions it is made. */
uint16_t flow_actions_ct(const struct flow_actions *acts, uint16_t i, struct flow_ct *out);

bool flow_nat_equal(const struct flow_nat *a, const struct flow_nat *b);

/* Packet bytes with room before them. 'data' is valid for 'n' bytes; 'n_head' bytes before 'data'
 * are writable too. 'n_more' bytes of the frame are elsewhere, behind these: as for flow_parse_part(). */
struct flow_buffer {
	uint8_t *data;
	size_t n;
	size_t n_head;
	size_t n_more;
};

/* Executes SET, PUSH_VLAN, POP_VLAN, PUSH_MPLS, POP_MPLS or COPY_TTL_* on the bytes; keeps
 * checksums right (IPv4, TCP, UDP with 0 meaning none, SCTP's CRC32c, ICMP, ICMPv6) and never reads
 * or writes past the buffer. A checksum that was wrong stays wrong. Exception: ports of the first fragment of an
 * SCTP message, whose CRC covers what is not here, change without it.
 *
 * A tag's drop-eligible bit is kept by SET, and 0 in a pushed tag; a SET of VLAN_TCI cannot remove
 * the tag.
 *
 * What is below the last label has no type: for COPY_TTL_* it is IP when its first bits say 4 or 6
 * and the header is whole.
 *
 * key:    of the packet as it is now; metadata fields are set here; kept up to date. ofs:    of the
 * packet as it is now; kept up to date. Returns 0, -ENOSPC (no headroom) or -EINVAL (not such an
 * action, a field that is not settable, a pushed TPID other than 0x8100 and 0x88a8, a label of
 * another type than 0x8847 and 0x8848, or a tag or label for less than an Ethernet header or, a
 * label, for a frame with an 802.3 length). On error nothing was changed. */
int flow_edit(const struct flow_action *a, struct flow_buffer *buf, struct flow_key *key,
	      struct flow_offsets *ofs);

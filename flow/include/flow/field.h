/* SPDX-License-Identifier: Apache-2.0 */
/* The table of fields. A row specifies where a field lies in a key, its text form, and its
 * prerequisites. Text forms, set actions, NIC refusals and xlate/ all read this table.
 *
 * xlate/ has a key of its own that begins with a 'struct flow_key', and rows of its own for
 * fields that only the pipeline has (registers, metadata). Hence functions take a 'void *' to
 * the key's start.
 *
 * Thread safety: constant data and pure functions. */
#pragma once

#include <flow/key.h>

enum flow_field_id {
	/* Metadata. */
	FLOW_FIELD_IN_PORT,
	FLOW_FIELD_RECIRC_ID,
	FLOW_FIELD_PKT_MARK, /* skb_mark */
	FLOW_FIELD_DP_HASH,
	FLOW_FIELD_CT_STATE,
	FLOW_FIELD_CT_ZONE,
	FLOW_FIELD_CT_MARK,
	FLOW_FIELD_CT_LABEL,
	FLOW_FIELD_CT_NW_PROTO, /* the connection's original direction, to CT_TP_DST */
	FLOW_FIELD_CT_NW_SRC,	/* the IPv4 part of ct_src */
	FLOW_FIELD_CT_NW_DST,
	FLOW_FIELD_CT_IPV6_SRC, /* the whole of ct_src */
	FLOW_FIELD_CT_IPV6_DST,
	FLOW_FIELD_CT_TP_SRC,
	FLOW_FIELD_CT_TP_DST,
	FLOW_FIELD_TUN_ID,
	FLOW_FIELD_TUN_SRC, /* the IPv4 part of tun.src */
	FLOW_FIELD_TUN_DST,
	FLOW_FIELD_TUN_IPV6_SRC, /* the whole of tun.src */
	FLOW_FIELD_TUN_IPV6_DST,
	FLOW_FIELD_TUN_TOS,
	FLOW_FIELD_TUN_TTL,
	FLOW_FIELD_TUN_FLAGS,
	FLOW_FIELD_TUN_TP_SRC,
	FLOW_FIELD_TUN_TP_DST,
	FLOW_FIELD_TUN_OPTS,
	/* L2. */
	FLOW_FIELD_ETH_SRC,
	FLOW_FIELD_ETH_DST,
	FLOW_FIELD_ETH_TYPE,
	FLOW_FIELD_VLAN_TPID,
	FLOW_FIELD_VLAN_TCI, /* 16 bits with CFI; followed by its parts */
	FLOW_FIELD_VLAN_VID,
	FLOW_FIELD_VLAN_PCP,
	FLOW_FIELD_INNER_VLAN_TPID,
	FLOW_FIELD_INNER_VLAN_TCI,
	FLOW_FIELD_MPLS_LSE0, /* whole outermost entry; followed by its parts */
	FLOW_FIELD_MPLS_LABEL,
	FLOW_FIELD_MPLS_TC,
	FLOW_FIELD_MPLS_BOS,
	FLOW_FIELD_MPLS_TTL,
	FLOW_FIELD_MPLS_LSE1,
	FLOW_FIELD_MPLS_LSE2,
	FLOW_FIELD_MPLS_LSE3,
	/* L3. */
	FLOW_FIELD_NW_SRC,
	FLOW_FIELD_NW_DST,
	FLOW_FIELD_IPV6_SRC,
	FLOW_FIELD_IPV6_DST,
	FLOW_FIELD_IPV6_LABEL,
	FLOW_FIELD_NW_PROTO,
	FLOW_FIELD_NW_TOS, /* 8 bits; followed by its parts */
	FLOW_FIELD_IP_DSCP,
	FLOW_FIELD_NW_ECN,
	FLOW_FIELD_NW_TTL,
	FLOW_FIELD_NW_FRAG,
	/* ARP: stored as NW_SRC, NW_DST, NW_PROTO, under other names. */
	FLOW_FIELD_ARP_OP,
	FLOW_FIELD_ARP_SPA,
	FLOW_FIELD_ARP_TPA,
	FLOW_FIELD_ARP_SHA,
	FLOW_FIELD_ARP_THA,
	FLOW_FIELD_ND_TARGET,
	FLOW_FIELD_ND_SLL,
	FLOW_FIELD_ND_TLL,
	/* L4: the ports of all protocols share storage. */
	FLOW_FIELD_TCP_SRC,
	FLOW_FIELD_TCP_DST,
	FLOW_FIELD_TCP_FLAGS,
	FLOW_FIELD_UDP_SRC,
	FLOW_FIELD_UDP_DST,
	FLOW_FIELD_SCTP_SRC,
	FLOW_FIELD_SCTP_DST,
	FLOW_FIELD_ICMP_TYPE,
	FLOW_FIELD_ICMP_CODE,
	FLOW_FIELD_ICMPV6_TYPE,
	FLOW_FIELD_ICMPV6_CODE,
	FLOW_N_FIELDS,
	FLOW_FIELD_NONE = FLOW_N_FIELDS,
};

enum flow_format {
	FLOW_FMT_DEC,
	FLOW_FMT_HEX,
	FLOW_FMT_MAC,
	FLOW_FMT_IP4,
	FLOW_FMT_IP6,
	FLOW_FMT_BYTES,	    /* one long hexadecimal number */
	FLOW_FMT_PORT,	    /* OpenFlow port number or name */
	FLOW_FMT_FRAG,	    /* no, yes, first, later, not_later */
	FLOW_FMT_TCP_FLAGS, /* +syn-ack, or hexadecimal */
	FLOW_FMT_CT_STATE,  /* +trk-new, or hexadecimal */
	FLOW_FMT_TUN_FLAGS, /* +oam, or hexadecimal */
};

/* Matches without which the field has no meaning. */
enum flow_prereq {
	FLOW_PREREQ_NONE,
	FLOW_PREREQ_VLAN, /* a tag is present */
	FLOW_PREREQ_CT,	  /* IPv4 or IPv6, and ct_state shows a connection */
	FLOW_PREREQ_CT4,
	FLOW_PREREQ_CT6,
	FLOW_PREREQ_MPLS,
	FLOW_PREREQ_IP4,
	FLOW_PREREQ_IP6,
	FLOW_PREREQ_IP, /* IPv4 or IPv6 */
	FLOW_PREREQ_ARP,
	FLOW_PREREQ_TCP,
	FLOW_PREREQ_UDP,
	FLOW_PREREQ_SCTP,
	FLOW_PREREQ_ICMP4,
	FLOW_PREREQ_ICMP6,
	FLOW_PREREQ_ND,
	FLOW_PREREQ_ND_SOL,
	FLOW_PREREQ_ND_ADV,
};

struct flow_field {
	const char *name;    /* as ovs-ofctl writes it */
	const char *aliases; /* other names accepted, separated by blanks, or NULL */
	uint16_t ofs;	     /* byte offset of the storage in the key */
	uint8_t n_bytes;     /* size of the storage, 1..64 */
	uint8_t shift;	     /* least significant bit of the field in the storage */
	uint16_t n_bits;     /* of the field */
	bool host_order;     /* the storage is a host integer, otherwise big-endian */
	bool maskable;
	bool exact; /* OpenFlow accepts no mask, though megaflows have one */
	bool settable;
	uint8_t format; /* enum flow_format */
	uint8_t prereq; /* enum flow_prereq */
};

/* A value or mask of a field, right-aligned in network byte order: a field of n bits fills the last
 * (n + 7) / 8 bytes, the rest is 0. */
#define FLOW_VALUE_BYTES 64
struct flow_value {
	uint8_t b[FLOW_VALUE_BYTES];
};

extern const struct flow_field flow_fields[FLOW_N_FIELDS];

/* Finds a field by name or alias in a table. Returns its index or -1. 'n_name':
 * length of 'name'. */
int flow_field_find(const struct flow_field *table, int n, const char *name, size_t n_name);

/* Copy the field's value from a key, and to a key. */
void flow_field_get(const struct flow_field *f, const void *key, struct flow_value *out);
void flow_field_set(const struct flow_field *f, void *key, const struct flow_value *value);

/* The same for a field whose storage has up to 8 bytes, with values as host integers. Only the bits of
 * 'mask' are set. */
uint64_t flow_field_number(const struct flow_field *f, const void *key);
void flow_field_number_set(const struct flow_field *f, void *key, uint64_t value, uint64_t mask);

/* Returns all ones over the field's bits. */
static inline uint64_t
flow_field_number_ones(const struct flow_field *f)
{
	return f->n_bits < 64 ? (UINT64_C(1) << f->n_bits) - 1 : UINT64_MAX;
}

/* Sets only the bits of 'mask'. */
void flow_field_set_masked(const struct flow_field *f, void *key, const struct flow_value *value,
			   const struct flow_value *mask);

/* Sets every bit of the field in 'mask_key', which is a mask. */
void flow_field_mask_exact(const struct flow_field *f, void *mask_key);

/* Returns all ones over the field's bits. */
void flow_field_ones(const struct flow_field *f, struct flow_value *out);

/* Widens the last 16 bytes of a value, as a SET action stores them. */
static inline void
flow_value_widen(const uint8_t bytes[16], struct flow_value *out)
{
	memset(out->b, 0, FLOW_VALUE_BYTES - 16);
	memcpy(out->b + FLOW_VALUE_BYTES - 16, bytes, 16);
}

/* Convert the low 64 bits to a host integer, and back. */
uint64_t flow_value_u64(const struct flow_value *v);
struct flow_value flow_value_from_u64(uint64_t v);

/* Returns true if 'key' (not a mask) satisfies the prerequisite. Adds the bits consulted to 'mask'
 * unless it is NULL. */
bool flow_prereq_ok(enum flow_prereq p, const struct flow_key *key, struct flow_key *mask);

/* Returns true if a match of these bits satisfies the prerequisite, as Open vSwitch decides: for
 * FLOW_PREREQ_CT it has a bit of ct_state that only packets with a connection have, or +trk-inv,
 * whatever its EtherType; for the others 'key' satisfies it. */
bool flow_prereq_matched(enum flow_prereq p, const struct flow_key *key,
			 const struct flow_key *mask);

/* Returns the prerequisite without the EtherType: Open vSwitch checks that of the addresses of a
 * connection once a match is complete. */
static inline enum flow_prereq
flow_prereq_early(enum flow_prereq p)
{
	return p == FLOW_PREREQ_CT4 || p == FLOW_PREREQ_CT6 ? FLOW_PREREQ_CT : p;
}

/* Parses "value" or "value/mask" in ovs-ofctl's notation for the field. Without a mask, it is all
 * ones. On error writes a message to 'err' that names the field, the text and the accepted values.
 * Returns 0 or -EINVAL. */
int flow_field_parse(const struct flow_field *f, const char *text, struct flow_value *value,
		     struct flow_value *mask, char *err, size_t n_err);

/* Prints "value", or "value/mask" if the mask is not all ones. The FILE is borrowed. */
#include <stdio.h>
void flow_field_print(const struct flow_field *f, const struct flow_value *value,
		      const struct flow_value *mask, FILE *out);

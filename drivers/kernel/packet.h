/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of packets: upcalls from the kernel, and packets to be executed by it.
 *
 * Thread safety: pure. */
#pragma once

#include "cookie.h"
#include "family.h"

#include <flow/action.h>

/* Why a message from the kernel is not an upcall. */
#define KDP_MALFORMED(M)                                                                           \
	M(HEADER, "header")	  /* no OVS header, or neither a miss nor an action */             \
	M(ATTRIBUTE, "attribute") /* shorter or longer than its kind */                            \
	M(NO_PACKET, "no-packet") /* or less than an Ethernet header */                            \
	M(NO_KEY, "no-key")                                                                        \
	M(KEY, "key")		  /* an attribute of the key is malformed */                       \
	M(TUNNEL, "tunnel")	  /* metadata of a tunnel that struct flow_key cannot hold */      \
	M(USERDATA, "userdata")	  /* of an action that is not Tandem's */                          \
	M(TRUNCATED, "truncated") /* longer than the receive buffer */

enum kdp_malformed {
#define M(id, name) KDP_MALFORMED_##id,
	KDP_MALFORMED(M)
#undef M
		KDP_N_MALFORMED,
	KDP_WELL_FORMED = KDP_N_MALFORMED
};

extern const char *const kdp_malformed_names[KDP_N_MALFORMED];

/* An upcall. Everything is borrowed from the message. */
struct kdp_packet {
	bool is_action;		  /* false: a miss */
	int dp;			  /* ifindex of the datapath */
	struct flow_key key;	  /* metadata as the kernel has it, headers as flow_parse() has */
	struct kdp_cookie cookie; /* of an action */
	const uint8_t *data;
	uint32_t n_bytes;
	/* As the kernel gave them; 0 or NULL if it did not. */
	uint32_t n_whole; /* bytes before an action truncated the packet */
	uint16_t mru;	  /* largest fragment of which a defragmented packet was made */
	uint64_t hash;
	struct nlattr *egress_tunnel; /* OVS_TUNNEL_KEY_ATTR_* */
	struct nlattr *actions;	      /* OVS_ACTION_ATTR_* */
};

/* Reads a message. Unknown attributes are skipped. Headers are read from the packet again, so that
 * they are as for the other datapaths. Cost: O(bytes of the message). */
enum kdp_malformed kdp_packet_parse(struct nlmsghdr *h, struct kdp_packet *out);

/* A packet to be executed. */
struct kdp_execute {
	const struct flow_key *key; /* metadata; an 'in_port' of none is the datapath's own port */
	const uint8_t *data;
	size_t n_bytes;
	const struct flow_actions *actions;
	uint32_t pid; /* as for kdp_actions_put() */
	uint16_t mru; /* 0: none */
};

/* Makes a request that executes actions on a packet. The caller frees '*out' by nlmsg_free(). Returns
 * as kdp_flow_add(). The kernel answers -EINVAL if it does not accept the actions for the packet. */
int kdp_packet_execute(const struct kdp_families *f, int dp, const struct kdp_execute *e,
		       struct nl_msg **out, const char **refused);

/* SPDX-License-Identifier: Apache-2.0 */
/* Timeouts of tracked connections: the policy of a zone.
 *
 * A datapath keeps a policy in parts, one for each protocol, which its flows name. A name has the
 * datapath, the zone and the protocol, as in "tandem.tp.5.udp4", so names of several datapaths and of
 * other programs differ, and a daemon that starts finds the policies of the one before.
 *
 * Thread safety: plain data and pure functions. */
#pragma once

#include <flow/action.h>

/* The timeouts, by the names that Open vSwitch gives them. */
#define FLOW_TIMEOUTS(T)                                                                           \
	T(TCP_SYN_SENT, "tcp_syn_sent")                                                            \
	T(TCP_SYN_RECV, "tcp_syn_recv")                                                            \
	T(TCP_ESTABLISHED, "tcp_established")                                                      \
	T(TCP_FIN_WAIT, "tcp_fin_wait")                                                            \
	T(TCP_CLOSE_WAIT, "tcp_close_wait")                                                        \
	T(TCP_LAST_ACK, "tcp_last_ack")                                                            \
	T(TCP_TIME_WAIT, "tcp_time_wait")                                                          \
	T(TCP_CLOSE, "tcp_close")                                                                  \
	T(TCP_SYN_SENT2, "tcp_syn_sent2")                                                          \
	T(TCP_RETRANSMIT, "tcp_retransmit")                                                        \
	T(TCP_UNACK, "tcp_unack")                                                                  \
	T(UDP_FIRST, "udp_first")                                                                  \
	T(UDP_SINGLE, "udp_single")                                                                \
	T(UDP_MULTIPLE, "udp_multiple")                                                            \
	T(ICMP_FIRST, "icmp_first")                                                                \
	T(ICMP_REPLY, "icmp_reply")

enum flow_timeout {
#define T(id, name) FLOW_TIMEOUT_##id,
	FLOW_TIMEOUTS(T)
#undef T
		FLOW_N_TIMEOUTS,
};

extern const char *const flow_timeout_names[FLOW_N_TIMEOUTS];

/* Longer ones would overflow the kernel's 31 bits of its ticks, of which a second has up to 1,000. */
#define FLOW_TIMEOUT_S_MAX 2147483

struct flow_timeouts {
	uint32_t has; /* a bit per enum flow_timeout; of others the datapath has a default */
	uint32_t s[FLOW_N_TIMEOUTS]; /* seconds, 1..FLOW_TIMEOUT_S_MAX */
};

/* Parts of a policy. */
enum flow_timeout_part {
	FLOW_TIMEOUT_TCP4,
	FLOW_TIMEOUT_TCP6,
	FLOW_TIMEOUT_UDP4,
	FLOW_TIMEOUT_UDP6,
	FLOW_TIMEOUT_ICMP4,
	FLOW_TIMEOUT_ICMP6,
	FLOW_N_TIMEOUT_PARTS,
};

/* Returns the timeouts of a part, a bit each: those of IPv4 and IPv6 are the same. */
uint32_t flow_timeout_part_has(enum flow_timeout_part part);

/* Returns the parts of which a policy has a timeout, a bit each. */
uint8_t flow_timeouts_parts(const struct flow_timeouts *t);

/* Returns the part for packets of a protocol, or FLOW_N_TIMEOUT_PARTS: no part is. */
enum flow_timeout_part flow_timeout_part_of(be16 eth_type, uint8_t nw_proto);

/* Writes the name of a part, and zeros after it. 'dp': of the datapath, up to 15 bytes. */
void flow_timeout_name(const char *dp, uint16_t zone, enum flow_timeout_part part,
		       char out[FLOW_CT_TIMEOUT_BYTES]);

/* Reads a name. Returns false if flow_timeout_name() does not write it for this datapath. */
bool flow_timeout_name_read(const char *dp, const char *name, uint16_t *zone,
			    enum flow_timeout_part *part);

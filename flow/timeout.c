/* SPDX-License-Identifier: Apache-2.0 */
#include <flow/timeout.h>

#include <arpa/inet.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

const char *const flow_timeout_names[FLOW_N_TIMEOUTS] = {
#define T(id, name) [FLOW_TIMEOUT_##id] = name,
	FLOW_TIMEOUTS(T)
#undef T
};

/* The timeouts from one to another. */
#define BETWEEN(first, last) ((2u << FLOW_TIMEOUT_##last) - (1u << FLOW_TIMEOUT_##first))
#define TCP BETWEEN(TCP_SYN_SENT, TCP_UNACK)
#define UDP BETWEEN(UDP_FIRST, UDP_MULTIPLE)
#define ICMP BETWEEN(ICMP_FIRST, ICMP_REPLY)

static const struct {
	const char *name;
	uint32_t has;
	uint16_t eth_type;
	uint8_t nw_proto;
} parts[FLOW_N_TIMEOUT_PARTS] = {
	[FLOW_TIMEOUT_TCP4] = {"tcp4", TCP, ETHERTYPE_IP, IPPROTO_TCP},
	[FLOW_TIMEOUT_TCP6] = {"tcp6", TCP, ETHERTYPE_IPV6, IPPROTO_TCP},
	[FLOW_TIMEOUT_UDP4] = {"udp4", UDP, ETHERTYPE_IP, IPPROTO_UDP},
	[FLOW_TIMEOUT_UDP6] = {"udp6", UDP, ETHERTYPE_IPV6, IPPROTO_UDP},
	[FLOW_TIMEOUT_ICMP4] = {"icmp4", ICMP, ETHERTYPE_IP, IPPROTO_ICMP},
	[FLOW_TIMEOUT_ICMP6] = {"icmp6", ICMP, ETHERTYPE_IPV6, IPPROTO_ICMPV6},
};

uint32_t
flow_timeout_part_has(enum flow_timeout_part part)
{
	return parts[part].has;
}

uint8_t
flow_timeouts_parts(const struct flow_timeouts *t)
{
	uint8_t bits = 0;

	for (int i = 0; i < FLOW_N_TIMEOUT_PARTS; i++)
		bits |= (uint8_t)((t->has & parts[i].has ? 1 : 0) << i);
	return bits;
}

enum flow_timeout_part
flow_timeout_part_of(be16 eth_type, uint8_t nw_proto)
{
	int i = 0;

	while (i < FLOW_N_TIMEOUT_PARTS &&
	       (parts[i].eth_type != ntohs(eth_type) || parts[i].nw_proto != nw_proto))
		i++;
	return (enum flow_timeout_part)i;
}

void
flow_timeout_name(const char *dp, uint16_t zone, enum flow_timeout_part part,
		  char out[FLOW_CT_TIMEOUT_BYTES])
{
	memset(out, 0, FLOW_CT_TIMEOUT_BYTES);
	snprintf(out, FLOW_CT_TIMEOUT_BYTES, "%.15s.tp.%u.%s", dp, zone, parts[part].name);
}

/* Another spelling of the number gives another name. */
bool
flow_timeout_name_read(const char *dp, const char *name, uint16_t *zone,
		       enum flow_timeout_part *part)
{
	size_t n = strlen(dp);
	const char *digits = name + n + 4;
	char same[FLOW_CT_TIMEOUT_BYTES];

	if (strncmp(name, dp, n) != 0 || strncmp(name + n, ".tp.", 4) != 0)
		return false;
	*zone = (uint16_t)strtoul(digits, NULL, 10);
	for (int i = 0; i < FLOW_N_TIMEOUT_PARTS; i++) {
		*part = (enum flow_timeout_part)i;
		flow_timeout_name(dp, *zone, *part, same);
		if (!strcmp(same, name))
			return true;
	}
	return false;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Timeouts of connections by zone: objects of the module nfnetlink_cttimeout, one for each part of a
 * policy. The kernel keeps them in a list for each network namespace, which it searches when one is
 * asked for, and when it adds a flow that names one.
 *
 * Thread safety: control only. */
#pragma once

#include <flow/dp.h>
#include <flow/timeout.h>

#include <netlink/msg.h>

struct kdp;

/* The timeouts that the kernel has, a bit each. It has one for UDP packets of one direction and
 * one for ICMP. */
#define KDP_TIMEOUTS                                                                               \
	(((1u << FLOW_N_TIMEOUTS) - 1) &                                                           \
	 ~(1u << FLOW_TIMEOUT_UDP_FIRST | 1u << FLOW_TIMEOUT_ICMP_REPLY))

/* Implement timeouts_set(), timeouts_del() and timeouts_each() of dp.h. */
int kdp_timeouts_set(struct dp *dp, uint16_t zone, struct flow_timeouts *t);
int kdp_timeouts_del(struct dp *dp, uint16_t zone, uint8_t *parts);
int kdp_timeouts_each(struct dp *dp,
		      void (*each)(void *aux, uint16_t zone, enum flow_timeout_part part,
				   const struct flow_timeouts *t),
		      void *aux);

/* Removes all objects of the datapath, which has no flows any more: waits for up to a second until
 * the kernel has freed them. Returns how many remain. Blocks. Cost: O(objects), and the kernel's. */
unsigned int kdp_timeouts_clear(struct kdp *k);

/* An object, as a message describes it. */
struct kdp_timeout {
	char name[FLOW_CT_TIMEOUT_BYTES];
	uint16_t l3proto; /* NFPROTO_*, that is AF_* */
	uint8_t l4proto;
	struct flow_timeouts values;
};

/* Reads an object. Returns 0; -ENOENT: of a protocol for which no policy has a part; or -EBADMSG. Pure. */
int kdp_timeout_parse(struct nlmsghdr *h, struct kdp_timeout *out);

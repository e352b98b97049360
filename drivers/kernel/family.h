/* SPDX-License-Identifier: Apache-2.0 */
/* The generic netlink families of the module openvswitch, and messages of them.
 *
 * Thread safety: pure but for the connection. */
#pragma once

#include "conn.h"

#include <stddef.h>

enum kdp_family {
	KDP_DATAPATH,
	KDP_VPORT,
	KDP_FLOW,
	KDP_PACKET,
	KDP_METER,    /* since Linux 4.15 */
	KDP_CT_LIMIT, /* since Linux 4.18, with CONFIG_NETFILTER_CONNCOUNT */
	KDP_N_FAMILIES,
};

/* Numbers that the kernel gave to the families when the module was loaded; 0: it has none. */
struct kdp_families {
	uint16_t id[KDP_N_FAMILIES];
};

/* Resolves the families. Returns 0; -EPROTONOSUPPORT if the module is absent, and 'err' names what
 * to do; or the connection's -errno. */
int kdp_families_resolve(struct kdp_conn *c, struct kdp_families *out, char *err, size_t n_err);

/* Makes a request with an OVS header and room for 'n_bytes' of attributes, their headers and padding
 * included. 'dp': a datapath's ifindex, or 0. Returns NULL if there is no memory. The caller frees it
 * by nlmsg_free(). */
struct nl_msg *kdp_request_new(const struct kdp_families *f, enum kdp_family family, uint8_t cmd,
			       int flags, int dp, size_t n_bytes);

/* Finds the attributes of an answer, up to 'max'. Returns 0, or -EBADMSG: it has no OVS header, or
 * an attribute is not as 'policy' requires. 'dp': NULL, or receives the datapath's ifindex. */
int kdp_answer_parse(struct nlmsghdr *h, struct nlattr **attrs, int max,
		     const struct nla_policy *policy, int *dp);

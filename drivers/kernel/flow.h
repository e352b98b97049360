/* SPDX-License-Identifier: Apache-2.0 */
/* Flows of a kernel datapath, as its messages describe them. They are found by UFID alone.
 *
 * Thread safety: pure. */
#pragma once

#include "family.h"

#include <flow/action.h>

/* What a flow is made of. */
struct kdp_flow {
	const struct flow_ufid *ufid;
	const struct flow_match *match;	    /* canonical */
	const struct flow_key *packet;	    /* NULL, or as for kdp_match_put() */
	const struct flow_actions *actions; /* NULL: not changed */
	uint32_t pid;			    /* netlink port of UPCALL, not 0 */
	bool is_probe;			    /* the kernel's log has no refusal */
};

/* Make a request that adds a flow, which the kernel refuses by -EEXIST if the UFID exists, or another
 * flow has the packet; and one that replaces the actions of a flow and keeps its statistics. Both are
 * answered without the flow. The caller frees '*out' by nlmsg_free(). Return 0, -ENOMEM; -EOPNOTSUPP:
 * the kernel cannot do it, and '*refused' names the field or action; -E2BIG: too many actions.
 * The kernel answers -EINVAL if it does not accept the actions for such packets, -EFBIG or -ENOMEM
 * without memory, -ENOENT (modify), -ENODEV if the datapath is gone. */
int kdp_flow_add(const struct kdp_families *f, int dp, const struct kdp_flow *flow,
		 struct nl_msg **out, const char **refused);
int kdp_flow_modify(const struct kdp_families *f, int dp, const struct kdp_flow *flow,
		    struct nl_msg **out, const char **refused);

/* Make a request that removes a flow, or reads it. Both are answered by its statistics; if 'is_whole', also by
 * match and actions. A packet that another processor was processing while its flow was removed is not in them.
 * Return NULL if there is no memory. The kernel answers -ENOENT or -ENODEV. */
struct nl_msg *kdp_flow_del(const struct kdp_families *f, int dp, const struct flow_ufid *ufid);
/* Removes a flow that has no UFID, by the key of its dump. */
struct nl_msg *kdp_flow_del_by_key(const struct kdp_families *f, int dp, const struct nlattr *key);
struct nl_msg *kdp_flow_get(const struct kdp_families *f, int dp, const struct flow_ufid *ufid,
			    bool is_whole);

/* Makes a request that dumps flows: their UFIDs and statistics; if 'is_whole' also matches and
 * actions. Returns NULL if there is no memory. */
struct nl_msg *kdp_flow_dump(const struct kdp_families *f, int dp, bool is_whole);

/* An answer. The nests are borrowed from the message; NULL if they are not in it. */
struct kdp_flow_answer {
	struct flow_ufid ufid;
	bool has_ufid; /* false: a flow of another program, found by its match */
	struct flow_stats stats;
	struct nlattr *key, *mask, *actions;
};

/* Reads an answer. 'used_ns' is CLOCK_MONOTONIC, to the millisecond; the kernel keeps 8 of 12 TCP
 * flags. Returns 0 or -EBADMSG. */
int kdp_flow_parse(struct nlmsghdr *h, struct kdp_flow_answer *out);

/* SPDX-License-Identifier: Apache-2.0 */
/* Writes attributes to a message, and remembers whether all of them had room.
 *
 * Thread safety: pure but for the message. */
#pragma once

#include <errno.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdbool.h>
#include <stdint.h>

struct kdp_writer {
	struct nl_msg *msg;
	bool is_full; /* an attribute was left out */
};

/* Ends a request that had an error 'rc', or 0. Returns 0 with the message, which is owned by the caller;
 * or, with the message freed, 'rc' or -E2BIG: an attribute was left out. */
static inline int
kdp_writer_end(struct kdp_writer *w, int rc, struct nl_msg **out)
{
	if (!rc && w->is_full)
		rc = -E2BIG;
	if (rc)
		nlmsg_free(w->msg);
	else
		*out = w->msg;
	return rc;
}

static inline void
kdp_put(struct kdp_writer *w, int type, const void *data, size_t n)
{
	w->is_full |= nla_put(w->msg, type, (int)n, data) < 0;
}

static inline void
kdp_put_flag(struct kdp_writer *w, int type)
{
	kdp_put(w, type, NULL, 0);
}

static inline void
kdp_put_u8(struct kdp_writer *w, int type, uint8_t v)
{
	kdp_put(w, type, &v, sizeof v);
}

static inline void
kdp_put_u16(struct kdp_writer *w, int type, uint16_t v)
{
	kdp_put(w, type, &v, sizeof v);
}

static inline void
kdp_put_u32(struct kdp_writer *w, int type, uint32_t v)
{
	kdp_put(w, type, &v, sizeof v);
}

/* Begins a nest, which kdp_nest_end() ends even if it is NULL for want of room. */
static inline struct nlattr *
kdp_nest(struct kdp_writer *w, int type)
{
	struct nlattr *nest = nla_nest_start(w->msg, type & ~NLA_F_NESTED);

	w->is_full |= !nest;
	return nest;
}

/* An empty nest is kept: it has a meaning to the kernel. */
static inline void
kdp_nest_end(struct kdp_writer *w, struct nlattr *nest)
{
	if (nest)
		w->is_full |= nla_nest_end_keep_empty(w->msg, nest) < 0;
}

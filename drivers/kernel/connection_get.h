/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a tracked connection from a message of ctnetlink. Thread safety: pure. */
#pragma once

#include <flow/connection.h>

#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

/* Reads a connection, and finds the attributes, up to CTA_MAX, of which NULL are absent. Returns 0 or
 * -EBADMSG. */
int kdp_connection_get(struct nlmsghdr *h, struct nlattr **attrs, struct flow_connection *out);

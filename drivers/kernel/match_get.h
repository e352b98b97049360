/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes of the kernel (OVS_KEY_ATTR_*) as matches and keys of packets. Byte order: as
 * match_put.h.
 *
 * Attributes that this code does not know are skipped in a key. In a mask they are refused if a bit
 * is set: the match would be wider than the kernel's.
 *
 * Thread safety: pure. */
#pragma once

#include <flow/key.h>
#include <netlink/attr.h>

/* Reads the nests of a key and a mask; without a mask every bit of the key's headers matters. 'out'
 * is canonical, and its mask has what the kernel matches in any case (express.h).
 * Returns 0; -EBADMSG: malformed; -EOPNOTSUPP: struct flow_match cannot express it, and '*refused'
 * names the field or attribute. */
int kdp_match_get(struct nlattr *key, struct nlattr *mask, struct flow_match *out,
		  const char **refused);

/* Reads the nest of a packet's key. Returns 0, or -EBADMSG. Geneve options that do not fit are
 * -EOPNOTSUPP, and '*refused' is "tun_opts". */
int kdp_key_get(struct nlattr *key, struct flow_key *out, const char **refused);

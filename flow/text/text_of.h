/* SPDX-License-Identifier: Apache-2.0 */
/* Names of ovs-ofctl syntax. Additions to it, so that every match can be written: a mask on every
 * field, and vlan_tpid, dl_vlan1, dl_vlan_pcp1, vlan_tci1, vlan_tpid1, tun_opts, tun_opts_len.
 *
 * Thread safety: constant data. */
#pragma once

#include "text/text_dp_group.h"

/* An item that stands for a field and is written and parsed as such. */
struct of_item {
	const char *name;
	uint8_t field; /* enum flow_field_id */
	uint8_t kind;  /* enum text_kind */
};

/* A word that stands for an EtherType and possibly a protocol. */
struct of_word {
	const char *name;
	uint16_t eth_type;
	int16_t proto; /* -1 if any */
};

extern const struct of_word text_of_words[]; /* ends with a NULL name */

/* In the order of writing; FLOW_FIELD_NONE ends a list. */
extern const struct of_item text_of_metadata[], text_of_tunnel[], text_of_l3[], text_of_l4[];

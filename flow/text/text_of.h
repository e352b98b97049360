/* SPDX-License-Identifier: Apache-2.0 */
/* Names of ovs-ofctl syntax. Beyond what ovs-ofctl takes, so that no match is lost: a mask on every
 * field, and vlan_tpid, dl_vlan1, dl_vlan_pcp1, vlan_tci1, vlan_tpid1, tun_opts, tun_opts_len.
 *
 * Thread safety: constant data. */
#pragma once

#include "text/text_dp.h"

/* One item that stands for a field and is read and written as such. */
struct of_item {
	const char *name;
	uint8_t field; /* enum flow_field_id */
	uint8_t kind;  /* enum text_kind */
};

/* Words that stand for an EtherType, and for a protocol. */
struct of_word {
	const char *name;
	uint16_t eth_type;
	int16_t proto; /* -1: any */
};

extern const struct of_word text_of_words[]; /* ends with a NULL name */

/* In the order in which they are written; FLOW_FIELD_NONE ends a list. */
extern const struct of_item text_of_metadata[], text_of_tunnel[], text_of_l3[], text_of_l4[];

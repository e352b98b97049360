/* SPDX-License-Identifier: Apache-2.0 */
/* Random rules and packets over pools so small that they meet. All ports, VLANs and addresses of the
 * model are here: p1, p2 trunks of all VLANs (datapath 11, 12), a10, b10 access ports of VLAN 10
 * (20, 21), a20 of VLAN 20 (30), t10 a trunk of VLANs 0 and 10 (40), n20 native-tagged of VLAN 20 (41), u10
 * native-untagged of VLAN 10, with VLAN 20 (42). */
#pragma once

#include <flow/key.h>

/* A seed of its own gives the same sequence everywhere. */
struct random {
	uint64_t state;
};

uint32_t random_u32(struct random *r);

/* 0..n-1 */
unsigned int random_below(struct random *r, unsigned int n);

#define MODEL_TABLES 4

/* Text of a rule; not always one that is accepted. 'priority' is even; rules of conjunctions get odd
 * ones. */
void random_rule(struct random *r, unsigned int table, unsigned int priority, char *text,
		 size_t n_text);

/* Text of group 1..MODEL_GROUPS, which sends to groups of higher numbers only. */
#define MODEL_GROUPS 5
void random_group(struct random *r, unsigned int id, char *text, size_t n_text);

/* The key of a packet that came from a port of the model, or, rarely, from a port of nobody. */
void random_packet(struct random *r, struct flow_key *key);

/* Makes a key one that a packet can have: the key of the packet that is composed from it. */
void normalise(struct flow_key *key);

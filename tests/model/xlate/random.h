/* SPDX-License-Identifier: Apache-2.0 */
/* Random rules and packets over pools so small that they often match. Lists all ports, VLANs and
 * addresses of the model: p1, p2 trunks of all VLANs (datapath 11, 12), a10, b10 access ports of
 * VLAN 10 (20, 21), a20 of VLAN 20 (30), t10 a trunk of VLANs 0 and 10 (40), n20 native-tagged
 * of VLAN 20 (41), u10 native-untagged of VLAN 10, with VLAN 20 (42).
 *
 * Thread safety: pure, but for the caller's rng. */
#pragma once

#include <flow/key.h>
#include <support/rng.h>

#define MODEL_TABLES 4

/* Makes the text of a rule, which may be invalid. 'priority' is even; rules of conjunctions get
 * odd ones. */
void random_rule(struct rng *r, unsigned int table, unsigned int priority, char *text,
		 size_t n_text);

/* Makes the text of group 1..MODEL_GROUPS, which sends only to groups with higher numbers. */
#define MODEL_GROUPS 5
void random_group(struct rng *r, unsigned int id, char *text, size_t n_text);

/* Makes the key of a packet from a port of the model or, rarely, from a port in no bridge. */
void random_packet(struct rng *r, struct flow_key *key);

/* Changes a key into one that a packet can have: the key of the packet composed from it. */
void normalise(struct flow_key *key);

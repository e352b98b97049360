/* SPDX-License-Identifier: Apache-2.0 */
/* A bridge with ports, rules by text, and translations as text, for the tests of xlate/. */
#pragma once

#include <base/clock.h>
#include <base/rcu.h>
#include <xlate/group.h>
#include <xlate/translate.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LAB_NOW (UINT64_C(1000) * NS_PER_S)

struct lab {
	struct xlate *x;
	struct xlate_bridge *br;
	unsigned int n_woken; /* how often control was to apply what was learned */
	char err[FLOW_ERR_BYTES];
};

/* "br0" with ports p1..pN, OpenFlow numbers 1..N, datapath ports 11.., trunks of every VLAN.
 * n_macs: entries of the MAC table; 0: default. */
void lab_open(struct lab *lab, unsigned int n_ports, unsigned int n_macs);

/* The same, on a datapath that executes these actions alone: a bit per enum flow_action_type. */
void lab_open_on(struct lab *lab, unsigned int n_ports, uint32_t dp_actions);

/* The same, as another process would: with another seed of hashes. */
void lab_open_seeded(struct lab *lab, unsigned int n_ports, uint64_t seed);

/* The same, with the limits of 'config'. */
void lab_open_with(struct lab *lab, unsigned int n_ports, const struct xlate_config *config);
void lab_close(struct lab *lab);

/* Adds a port 'name' with the datapath port 'dp'. */
int lab_port(struct lab *lab, const char *name, uint16_t ofp, uint32_t dp,
	     enum xlate_vlan_mode mode, uint16_t tag);

/* Applies a flow_mod; asserts success. */
void lab_mod(struct lab *lab, enum xlate_command command, const char *text);

/* Empties all tables and adds rules, NULL last. */
void lab_rules(struct lab *lab, ...);

/* Applies a group_mod. Returns 0 or -errno with lab->err. */
int lab_group(struct lab *lab, enum xlate_group_command command, const char *text);

/* A packet by dpctl syntax or ovs-ofctl syntax. */
struct flow_key lab_key(struct lab *lab, const char *text);

/* Translates; 'out' is to be freed. */
void lab_translate(struct lab *lab, const char *packet, bool learn, struct xlate_out *out);

/* Whether the translation is current, with nothing known of its packets. */
bool lab_current(struct lab *lab, const struct xlate_out *out);

/* The datapath actions of a packet, as dpctl prints them with numbers; to be freed. */
char *lab_actions(struct lab *lab, const char *packet, bool learn);

/* The same for a key, which may be of a packet that comes back; learns nothing. */
void lab_translate_key(struct lab *lab, const struct flow_key *key, struct xlate_out *out);
void lab_expect_key(struct lab *lab, const struct flow_key *key, const char *want);

/* The number that the first RECIRC gives a copy. */
uint32_t lab_recirc_of(const struct xlate_out *out);

/* Asserts what the datapath actions of a packet are. */
#define lab_expect(lab, packet, learn, text)                                                       \
	do {                                                                                       \
		char *lab_got = lab_actions(lab, packet, learn);                                   \
		assert_string_equal(lab_got, text);                                                \
		free(lab_got);                                                                     \
	} while (0)

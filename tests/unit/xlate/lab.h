/* SPDX-License-Identifier: Apache-2.0 */
/* A bridge with ports, rules by text, and translations as text, for the tests of xlate/.
 *
 * Thread safety: the test's thread, which is the control thread of xlate/. */
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
	unsigned int n_woken; /* calls of the callback that has control apply learned rules */
	char err[FLOW_ERR_BYTES];
};

/* Opens "br0" with ports p1..pN: OpenFlow numbers 1..N, datapath ports 11.., trunks of every VLAN.
 * n_macs: entries of the MAC table; 0: default. */
void lab_open(struct lab *lab, unsigned int n_ports, unsigned int n_macs);

/* Same as lab_open(), on a datapath that executes only these actions: a bit per enum
 * flow_action_type. */
void lab_open_on(struct lab *lab, unsigned int n_ports, uint32_t dp_actions);

/* Same as lab_open(), with another seed of hashes, as another process would have. */
void lab_open_seeded(struct lab *lab, unsigned int n_ports, uint64_t seed);

/* Same as lab_open(), with the limits of 'config'. */
void lab_open_with(struct lab *lab, unsigned int n_ports, const struct xlate_config *config);
void lab_close(struct lab *lab);

/* Adds a port 'name' with the datapath port 'dp'. */
int lab_port(struct lab *lab, const char *name, uint16_t ofp, uint32_t dp,
	     enum xlate_vlan_mode mode, uint16_t tag);

/* Applies a flow_mod; asserts success. */
void lab_mod(struct lab *lab, enum xlate_command command, const char *text);

/* Empties all tables and adds the rules given; the last argument is NULL. */
void lab_rules(struct lab *lab, ...);

/* Applies a group_mod. Returns 0 or -errno with lab->err. */
int lab_group(struct lab *lab, enum xlate_group_command command, const char *text);

/* Returns the key of a packet in dpctl or ovs-ofctl syntax. */
struct flow_key lab_key(struct lab *lab, const char *text);

/* Translates a packet; the caller frees 'out'. */
void lab_translate(struct lab *lab, const char *packet, bool learn, struct xlate_out *out);

/* Returns true if the translation is current, given nothing about its packets. */
bool lab_current(struct lab *lab, const struct xlate_out *out);

/* Returns the datapath actions of a packet, as dpctl prints them with numbers; the caller frees
 * them. */
char *lab_actions(struct lab *lab, const char *packet, bool learn);

/* Same as lab_translate() and lab_expect() for a key, which may be of a recirculated packet;
 * learns nothing. */
void lab_translate_key(struct lab *lab, const struct flow_key *key, struct xlate_out *out);
void lab_expect_key(struct lab *lab, const struct flow_key *key, const char *want);

/* Returns the recirc_id of the first RECIRC of 'out'. */
uint32_t lab_recirc_of(const struct xlate_out *out);

/* Asserts the datapath actions of a packet. */
#define lab_expect(lab, packet, learn, text)                                                       \
	do {                                                                                       \
		char *lab_got = lab_actions(lab, packet, learn);                                   \
		assert_string_equal(lab_got, text);                                                \
		free(lab_got);                                                                     \
	} while (0)

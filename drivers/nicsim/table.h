/* SPDX-License-Identifier: Apache-2.0 */
/* Rules and their counters. A group has a list of masks by priority, and each mask a hash table of
 * rules.
 *
 * Thread safety: the caller holds the e-switch's lock, as stated per function. */
#pragma once

#include "packet.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include <rte_ether.h>
#include <rte_flow.h>

#define NICSIM_ACTIONS_MAX 32
#define NICSIM_BUCKETS 1024

struct nicsim;

struct nicsim_counter {
	_Atomic uint64_t packets, bytes;   /* real counts */
	uint64_t seen_packets, seen_bytes; /* counts that queries return */
	/* time of the last refresh of these; at first, of creation */
	uint64_t seen_ns;
	bool indirect;
	unsigned int n_rules;
};

struct nicsim_op {
	enum rte_flow_action_type type;
	union {
		uint16_t port; /* REPRESENTED_PORT, SAMPLE: index */
		uint32_t group;
		uint32_t mark;
		uint16_t be16; /* ethertype, vid, L4 port */
		uint8_t u8;    /* pcp, ttl, dscp */
		uint8_t mac[6];
		uint8_t ip[16];
		struct nicsim_counter *counter;
	};
};

struct nicsim_mask;

/* The application's handle (struct rte_flow *) is 'id', so a stale handle may identify another
 * rule. */
struct nicsim_rule {
	LIST_ENTRY(nicsim_rule) bucket; /* in mask->buckets, unless lost */
	LIST_ENTRY(nicsim_rule) owned;	/* in the e-switch's rules */
	struct nicsim_mask *mask;
	uint32_t id;	/* >= 1; the last one freed is reused first */
	uint16_t owner; /* ethdev on which it was created */
	bool lost;	/* by a reset: matches nothing until it is destroyed */
	struct nicsim_key spec;
	struct nicsim_counter *counter; /* own or indirect; NULL if none */
	unsigned int n_ops;
	struct nicsim_op ops[];
};

/* Rules of one group with the same priority and mask. */
struct nicsim_mask {
	TAILQ_ENTRY(nicsim_mask) next;
	uint32_t group, priority;
	struct nicsim_key mask;
	unsigned int n_rules;
	LIST_HEAD(, nicsim_rule) buckets[NICSIM_BUCKETS];
};

TAILQ_HEAD(nicsim_masks, nicsim_mask);

/* Items of a pattern. */
enum {
	NICSIM_ITEM_PORT = 1 << 0,
	NICSIM_ITEM_ETH = 1 << 1,
	NICSIM_ITEM_VLAN = 1 << 2,
	NICSIM_ITEM_IP4 = 1 << 3,
	NICSIM_ITEM_IP6 = 1 << 4,
	NICSIM_ITEM_TCP = 1 << 5,
	NICSIM_ITEM_UDP = 1 << 6,
	NICSIM_ITEM_ICMP = 1 << 7,
	NICSIM_ITEM_ICMP6 = 1 << 8,
	NICSIM_ITEMS_L4 = NICSIM_ITEM_TCP | NICSIM_ITEM_UDP | NICSIM_ITEM_ICMP | NICSIM_ITEM_ICMP6
};

/* A rule as given by the application, checked and compiled. */
struct nicsim_rule_spec {
	unsigned int items; /* bits above */
	/* message, if the rule passes validation but cannot be created */
	const char *cannot_create;
	int cannot_errno; /* error for it; NULL and 0 if it can be created */
	uint32_t group, priority;
	struct nicsim_key spec, mask;
	unsigned int n_ops;
	struct nicsim_op ops[NICSIM_ACTIONS_MAX];
	bool count; /* needs its own counter */
	struct nicsim_counter *indirect;
};

/* Returns NULL if the maximum number exists. The caller holds the write side of the lock. */
struct nicsim_counter *nicsim_counter_new(struct nicsim *sw);

/* Inserts a rule; destroys one; destroys those created on an ethdev; loses all, as by a reset. The
 * caller holds the write side of the lock. Inserting returns 0, -EEXIST, -ENOSPC or -ENOMEM. */
int nicsim_table_insert(struct nicsim *sw, const struct nicsim_rule_spec *spec, uint16_t owner,
			struct nicsim_rule **out);
void nicsim_table_remove(struct nicsim *sw, struct nicsim_rule *rule);
void nicsim_table_flush(struct nicsim *sw, uint16_t owner);
void nicsim_table_lose_all(struct nicsim *sw);

/* Returns the rule with this handle, or NULL. The caller holds the lock. */
struct nicsim_rule *nicsim_table_find(const struct nicsim *sw, const struct rte_flow *handle);

/* Returns the rule that a packet matches, or NULL. The caller holds the read side of the lock. */
const struct nicsim_rule *nicsim_table_lookup(const struct nicsim *sw, uint32_t group,
					      const struct nicsim_key *key);

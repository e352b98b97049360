/* SPDX-License-Identifier: Apache-2.0 */
/* Room: record/ has what a translation depended on and what its megaflow keeps alive: rules that were found, groups,
 * MAC entries, suspended packets, contents of packet-ins. It asks whether a record is current; it executes nothing.
 *
 * How a record comes to be: a draft collects while the packet is translated, and becomes a record of
 * the exact size.
 *
 * Thread safety: a draft belongs to one thread. */
#pragma once

#include "action/match.h"
#include "bridge/mac.h"
#include "record/held.h"

#include <xlate/translate.h>

struct bridge_link;
struct change_probe;
struct rule_count;

/* Words of a state, most: two bitmaps, and two words for each of the key. */
#define RECORD_STATE_MAX (2 + 2 * XLATE_KEY_WORDS)

/* A lookup that 'state' or 'in_port' does not describe. */
#define RECORD_STATE_UNKNOWN UINT16_MAX

/* A lookup of a rule. 'state': where in the record's states this lookup's begins, plus 1; 0: the key
 * was the packet's, and the pipeline's own part 0.
 * A state: a bit for each word of the key that is not so; a bit for those of them in which the
 * megaflow's mask says nothing; then, for each of the first, value and known bits. */
struct record_rule {
	struct rule_count *count; /* a reference; NULL: nothing matched */
	uint16_t in_port;	  /* as the lookup took it */
	uint16_t priority;
	uint16_t state;
	uint8_t table;
	bool looked_at; /* by another way than a lookup: any change of the table matters; not counted */
};

/* The same, about to be recorded. */
struct record_lookup {
	struct rule_count *count;
	uint32_t in_port;
	uint16_t priority;
	uint8_t table;
	unsigned int n_state; /* 0: none */
	uint64_t state[RECORD_STATE_MAX];
};

/* A MAC address that the packets of the megaflow come from. */
struct record_source {
	struct mac_key key;
	uint16_t ofp_port;
};

/* A group that was met, or one of its buckets. */
struct record_group {
	struct rule_count *count; /* to credit; NULL: the group was only looked at */
	uint64_t version;	  /* 0: there was none */
	uint32_t id;
};

struct record_draft {
	struct record_rule *rules;
	uint64_t *states;
	struct record_group *groups;
	struct mac_seen *macs;
	struct record_source *sources;
	unsigned int n_rules, n_states, last_state, n_groups, n_macs, n_sources;
	struct held held;
};

/* Add what was consulted. 0 or -ENOMEM. References are taken. */
int record_add_rule(struct record_draft *d, const struct record_lookup *l);
int record_add_table(struct record_draft *d, uint8_t table);
int record_add_group(struct record_draft *d, const struct record_group *group);
int record_add_mac(struct record_draft *d, const struct mac_seen *seen);
int record_add_source(struct record_draft *d, const struct record_source *source);

void record_draft_free(struct record_draft *d);

/* Makes the record; the draft is emptied on success. The versions are those that the translation
 * looked at. 0 or -ENOMEM. */
int record_make(struct record_draft *d, struct bridge_link *link, uint64_t tables_version,
		uint64_t ports_version, struct xlate_record **out);

/* Borrowed, as long as the record is there. */
const struct bridge_link *record_link(const struct xlate_record *r);

/* Lookups by number. False: nothing is known of it but the table. */
unsigned int record_n_lookups(const struct xlate_record *r);
bool record_lookup_probe(const struct xlate_record *r, unsigned int i,
			 const struct flow_match *megaflow, uint8_t *table,
			 struct change_probe *out);

/* Groups by number; the same one may be there several times. */
unsigned int record_n_groups(const struct xlate_record *r);
uint32_t record_group(const struct xlate_record *r, unsigned int i);

/* True if the state of a port decided something. */
bool record_sees_port_states(const struct xlate_record *r);

unsigned int record_n_macs(const struct xlate_record *r);
const struct mac_seen *record_mac(const struct xlate_record *r, unsigned int i);

/* Changes of the tables up to 'version' have been seen not to matter. Thread: any RCU thread. */
void record_raise(struct xlate_record *r, uint64_t version);

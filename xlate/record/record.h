/* SPDX-License-Identifier: Apache-2.0 */
/* Room: record/ has what a translation depended on and what its megaflow keeps alive: rules that
 * were found, groups, MAC entries, suspended packets, contents of packet-ins. It checks whether a
 * record is current; it executes nothing.
 *
 * Makes records. A draft collects while a packet is translated, and then becomes a record of the
 * exact size. Each bridge that the packet visits through patch ports has its own.
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

/* Maximum of words in a state: two bitmaps, and two words for each word of the key. */
#define RECORD_STATE_MAX (2 + 2 * XLATE_KEY_WORDS)

/* The state of a lookup that 'state' or 'in_port' cannot describe. */
#define RECORD_STATE_UNKNOWN UINT16_MAX

/* A lookup of a rule. 'state': index of its state in the record's states, plus 1. 0: the key was
 * the packet's, and the pipeline's own words (registers, metadata) were as at the start.
 * A state: a bitmap of the words of the key for which that is not so; a bitmap of those words in
 * which the megaflow's mask does not describe the packet's bits; then, for each word of the first,
 * its value and known bits. */
struct record_rule {
	struct rule_count *count; /* a reference; NULL if nothing matched */
	uint16_t in_port;	  /* OpenFlow; that was matched */
	uint16_t priority;
	uint16_t state;
	uint8_t table;
	bool looked_at; /* read without a lookup: depends on any change of the table; not counted */
};

/* A lookup about to be recorded. */
struct record_lookup {
	struct rule_count *count;
	struct xlate_ofp_port in_port;
	uint16_t priority;
	uint8_t table;
	unsigned int n_state; /* 0 if the lookup needs no state */
	uint64_t state[RECORD_STATE_MAX];
};

/* A source MAC address of the megaflow's packets. */
struct record_source {
	struct mac_key key;
	uint16_t ofp_port;
};

/* A group that was used, or one of its buckets. */
struct record_group {
	struct rule_count *count; /* to credit; NULL if the group was only read */
	uint64_t version;	  /* 0 if the group did not exist */
	uint32_t id;
};

/* Most translations find room in the draft for what they depend on. Powers of two. */
#define RECORD_RULES_ROOM 4
#define RECORD_STATES_ROOM 32
#define RECORD_OTHERS_ROOM 1

/* All zero is an empty draft. A draft is not moved: its lists may be in it. */
struct record_draft {
	struct record_rule *rules;
	uint64_t *states;
	struct record_group *groups;
	struct mac_seen *macs;
	struct record_source *sources;
	unsigned int n_rules, n_states, last_state, n_groups, n_macs, n_sources;
	struct held held;
	struct {
		struct record_rule rules[RECORD_RULES_ROOM];
		uint64_t states[RECORD_STATES_ROOM];
		struct record_group groups[RECORD_OTHERS_ROOM];
		struct mac_seen macs[RECORD_OTHERS_ROOM];
		struct record_source sources[RECORD_OTHERS_ROOM];
	} room;
};

/* Add a dependency. Return 0 or -ENOMEM. Take references. */
int record_add_rule(struct record_draft *d, const struct record_lookup *l);
int record_add_table(struct record_draft *d, uint8_t table);
int record_add_group(struct record_draft *d, const struct record_group *group);
int record_add_mac(struct record_draft *d, const struct mac_seen *seen);
int record_add_source(struct record_draft *d, const struct record_source *source);

void record_draft_free(struct record_draft *d);

/* Makes the record and empties the draft on success. The versions are those that the translation
 * used. Returns 0 or -ENOMEM. */
int record_make(struct record_draft *d, struct bridge_link *link, uint64_t tables_version,
		uint64_t ports_version, struct xlate_record **out);

/* Appends 'more', the record of another bridge that the translation visited, and takes it over. What
 * xlate_record_*() do with 'r' they do with all of them; the functions below look at one. */
void record_append(struct xlate_record *r, struct xlate_record *more);

/* Returns the record of the next bridge; NULL after the last. */
struct xlate_record *record_next(const struct xlate_record *r);

/* Borrowed, as long as the record exists. */
const struct bridge_link *record_link(const struct xlate_record *r);

/* Lookups by number. record_lookup_probe() returns false if only the table of the lookup
 * is known. */
unsigned int record_n_lookups(const struct xlate_record *r);
bool record_lookup_probe(const struct xlate_record *r, unsigned int i,
			 const struct flow_packed *megaflow, uint8_t *table,
			 struct change_probe *out);

/* Groups by number. A group may occur several times. */
unsigned int record_n_groups(const struct xlate_record *r);
uint32_t record_group(const struct xlate_record *r, unsigned int i);

/* Returns true if the translation read the state of a port. */
bool record_sees_port_states(const struct xlate_record *r);

/* Returns the buckets of zones whose policies were read, a bit each (bridge/zone.h). */
uint64_t record_zones(const struct xlate_record *r);

unsigned int record_n_macs(const struct xlate_record *r);
const struct mac_seen *record_mac(const struct xlate_record *r, unsigned int i);

/* Marks the record as not touched by changes of the tables up to 'version'. Thread: any
 * RCU thread. */
void record_raise(struct xlate_record *r, uint64_t version);

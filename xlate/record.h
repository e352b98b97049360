/* SPDX-License-Identifier: Apache-2.0 */
/* How a record comes to be: a draft collects while the packet is translated, and becomes a record of
 * the exact size.
 *
 * Thread safety: a draft belongs to one thread. */
#pragma once

#include "held.h"
#include "mac.h"

#include <xlate/translate.h>

struct bridge_link;
struct rule_count;

/* A lookup of a rule. */
struct record_rule {
	struct rule_count *count; /* a reference; NULL: nothing matched */
	uint8_t table;
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
	struct record_group *groups;
	struct mac_seen *macs;
	struct record_source *sources;
	unsigned int n_rules, n_groups, n_macs, n_sources;
	struct held held;
};

/* Add what was consulted. 0 or -ENOMEM. 'count' may be NULL; a reference is taken. */
int record_add_rule(struct record_draft *d, uint8_t table, struct rule_count *count);
int record_add_group(struct record_draft *d, const struct record_group *group);
int record_add_mac(struct record_draft *d, const struct mac_seen *seen);
int record_add_source(struct record_draft *d, const struct record_source *source);

void record_draft_free(struct record_draft *d);

/* Makes the record; the draft is emptied on success. The versions are those that the translation
 * looked at. 0 or -ENOMEM. */
int record_make(struct record_draft *d, struct bridge_link *link, uint64_t tables_version,
		uint64_t ports_version, struct xlate_record **out);

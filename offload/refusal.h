/* SPDX-License-Identifier: Apache-2.0 */
/* Classifies refusals by how they can be lifted, and keeps them small. Thread safety: pure, unless
 * stated. */
#pragma once

#include <offload/ofl.h>

/* Returns true if retries are useless until actions or ports change. */
bool ofl_refusal_is_final(enum nic_reason reason);

/* Returns true if the addition of a port may lift it. */
bool ofl_refusal_by_ports(enum nic_reason reason);

/* Returns true if room in the device, for a rule or a counter, may lift it. */
bool ofl_refusal_by_room(enum nic_reason reason);

struct nic_refusal ofl_refusal_make(enum nic_reason reason);

/* A refusal as a flow keeps it. 'detail' is a text of 'struct refusal_texts'. */
struct refusal {
	const char *detail;
	uint8_t reason; /* enum nic_reason */
	uint8_t field, action;
};

/* The messages of devices, each kept once and until the end. Of more than REFUSAL_TEXTS_MAX
 * different ones, the later are replaced by "". Thread safety: the offload thread adds; any thread
 * reads the texts. */
#define REFUSAL_TEXTS_MAX 1024
#define REFUSAL_BUCKETS 256

struct refusal_text;

struct refusal_texts {
	struct refusal_text *buckets[REFUSAL_BUCKETS];
	unsigned int n;
};

void ofl_refusal_texts_free(struct refusal_texts *t);

/* O(1) on average. Thread safety: any thread if 'detail' is empty, as ofl_flow_new() calls it, for
 * then 't' is neither read nor written; otherwise the offload thread. */
void ofl_refusal_keep(struct refusal_texts *t, const struct nic_refusal *why, struct refusal *out);

/* Undoes ofl_refusal_keep(). */
struct nic_refusal ofl_refusal_of(const struct refusal *kept);

/* SPDX-License-Identifier: Apache-2.0 */
/* Flows that were modified, and whose counts are still those of their old record. Thread: the revalidator. */
#pragma once

#include "core.h"

void recount_init(struct recount *c);
void recount_free(struct recount *c);
void recount_add(struct upc *u, struct entry *e) REQUIRES(e->mu);
/* The flow's counts are gathered, or it is about to go. */
void recount_forget(struct upc *u, struct entry *e) REQUIRES(e->mu);
/* Reads the paths for flows that were modified; of those that hardware counts, the ones whose counters
 * were read since (sweep.recount_pass). */
void recount_run(struct revalidator *r);
/* True while there are flows that software alone counts; and that hardware counts, modified up to a
 * pass. Thread: the leader. */
bool recount_due_sw(struct upc *u);
bool recount_due_hw(struct upc *u, uint64_t pass);

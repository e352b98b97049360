/* SPDX-License-Identifier: Apache-2.0 */
/* Modified flows whose old record is still credited. Thread: the revalidator. */
#pragma once

#include "core.h"

void recount_init(struct recount *c);
void recount_free(struct recount *c);
void recount_add(struct upc *u, struct entry *e) REQUIRES(e->mu);
/* Removes the flow: its counts were gathered, or it is about to be removed. */
void recount_forget(struct upc *u, struct entry *e) REQUIRES(e->mu);
/* Reads the counts of modified flows from the paths. Flows that hardware counts are included if
 * their counters were read after the modification (sweep.recount_pass). */
void recount_run(struct revalidator *r);
/* Return true if there are flows that software alone counts, or flows that hardware counts and that
 * were modified up to 'pass'. Thread: the leader. */
bool recount_due_sw(struct upc *u);
bool recount_due_hw(struct upc *u, uint64_t pass);

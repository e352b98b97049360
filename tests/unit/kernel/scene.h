/* SPDX-License-Identifier: Apache-2.0 */
/* A datapath of the fake kernel with flows, and a ledger whose threads wait.
 *
 * Thread safety: one thread. */
#pragma once

#include "fake.h"

#include <kernel/kdp.h>
#include <upcall/upc.h>

struct scene {
	struct fake_flow *flows; /* room for eight more */
	struct kdp *kdp;
	struct xlate *xlate;
	struct ofl *ofl;
	struct upc *upc;
};

/* The kernel has n flows; the ledger is empty. */
void scene_start(struct scene *s, unsigned int n);

/* Enters them. */
void scene_adopt(struct scene *s);

void scene_end(struct scene *s);

/* Set-up and tear-down of a group of tests. */
int scene_thread_start(void **state);
int scene_thread_stop(void **state);

/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that wait for sweeps and for hardware. Thread: the leader, except where said. */
#pragma once

#include "core.h"

/* Adds a call, for the leader to take when it is rung. Returns 0 or -ENOMEM. Thread: any. */
int calls_add(struct upc *u, enum upc_call kind, void (*done)(void *aux, int rc), void *aux);

/* Advances every call as far as it goes; adds what the others need. */
void calls_advance(struct upc *u, struct schedule_want *want);
/* A pass begins that satisfies who needs this kind, or the sweep that it is the first one of. */
void calls_begun(struct upc *u, enum sweep_kind kind);
void calls_ended(struct upc *u, enum sweep_kind kind);
void calls_again(struct upc *u);
/* Thread: control, when no revalidator runs. The second ends every call. */
bool calls_pending(struct upc *u);
void calls_cancel(struct upc *u);

/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that wait for sweeps and for hardware. Thread: the leader, unless stated. */
#pragma once

#include "core.h"

/* Adds a call. The caller then rings the bell. Returns 0 or -ENOMEM. Thread: any. */
int calls_add(struct upc *u, enum upc_call kind, void (*done)(void *aux, int rc), void *aux);

/* Advances every call as far as possible; adds the needs of the remaining ones to 'want'. */
void calls_advance(struct upc *u, struct schedule_want *want);
/* A pass begins: marks the calls as served that need a pass of this kind, or a full sweep if the
 * pass is its first one. calls_ended() reports the end. calls_again() makes served calls wait for
 * another sweep, because theirs was aborted. */
void calls_begun(struct upc *u, enum sweep_kind kind);
void calls_ended(struct upc *u, enum sweep_kind kind);
void calls_again(struct upc *u);
/* calls_pending(): true while a call exists. calls_cancel() ends all calls with -ECANCELED.
 * Thread: control, while no revalidator runs. */
bool calls_pending(struct upc *u);
void calls_cancel(struct upc *u);

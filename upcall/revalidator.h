/* SPDX-License-Identifier: Apache-2.0 */
/* Revalidators: threads that make passes over the flows. Thread: control. */
#pragma once

#include "core.h"

int revalidators_init(struct upc *u);
void revalidators_free(struct upc *u);
int revalidators_start(struct upc *u);
void revalidators_stop(struct upc *u);

/* Makes the passes that pending calls need, in the calling thread, while no
 * revalidator runs. Blocks. */
void revalidators_alone(struct upc *u);

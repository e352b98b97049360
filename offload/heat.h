/* SPDX-License-Identifier: Apache-2.0 */
/* How much a flow is used, in classes: 0 is nothing, and class n > 0 is 2^(n-1) to 2^n packets per second.
 * Lists by class give the hottest and the coldest flow in O(1).
 *
 * Thread safety: one thread; a meter belongs to who updates it. */
#pragma once

#include "list.h"

#include <stdbool.h>

#define HEAT_CLASSES 32

struct heat_meter {
	uint64_t packets, ns; /* as of the last sample; 'ns' 0: none yet */
	uint64_t pps;	      /* averaged over samples, the later the more */
	bool known;	      /* two samples were taken */
};

/* Takes a sample: 'packets' in all until then. Samples that are too close to the last are ignored. */
void ofl_heat_sample(struct heat_meter *m, uint64_t packets, uint64_t now_ns);

unsigned int ofl_heat_class(const struct heat_meter *m);

struct heat_lists {
	struct cds_list_head of[HEAT_CLASSES];
	unsigned int n[HEAT_CLASSES];
	unsigned int n_all;
	uint32_t used; /* bit per class that has entries */
};

void ofl_heat_lists_init(struct heat_lists *l);

/* Adds at the end of a class; removes from the class that it was added to. */
void ofl_heat_add(struct heat_lists *l, struct cds_list_head *link, unsigned int heat);
void ofl_heat_del(struct heat_lists *l, struct cds_list_head *link, unsigned int heat);

/* The highest class that has an entry; 0: there is none. */
unsigned int ofl_heat_top(const struct heat_lists *l);

/* The first entry of the highest, or lowest, class that has one; NULL: there is none. */
struct cds_list_head *ofl_heat_hottest(struct heat_lists *l);
struct cds_list_head *ofl_heat_coldest(struct heat_lists *l);

/* How many are of 'class' or hotter. */
unsigned int ofl_heat_n_from(const struct heat_lists *l, unsigned int heat);

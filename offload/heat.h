/* SPDX-License-Identifier: Apache-2.0 */
/* How much a flow is used, in classes. Class 0: unused; class n > 0: 2^(n-1) to 2^n packets per
 * second. Lists by class give the hottest and the coldest flow in O(1).
 *
 * Thread safety: one thread; a meter belongs to the thread that updates it. */
#pragma once

#include "list.h"

#include <stdbool.h>

#define HEAT_CLASSES 32

struct heat_meter {
	uint64_t packets, ns; /* at the last sample; 'ns' is 0 before the first */
	uint32_t pps;	      /* average over samples, recent ones weigh more; at most UINT32_MAX */
	bool known;	      /* two samples were taken */
};

/* Takes a sample of the total 'packets'. Ignores samples too soon after the last. */
void ofl_heat_sample(struct heat_meter *m, uint64_t packets, uint64_t now_ns);

unsigned int ofl_heat_class(const struct heat_meter *m);

struct heat_lists {
	struct cds_list_head of[HEAT_CLASSES];
	unsigned int n[HEAT_CLASSES];
	unsigned int n_all;
	uint32_t used; /* bit per class that has entries */
};

void ofl_heat_lists_init(struct heat_lists *l);

/* ofl_heat_add() appends to a class; ofl_heat_del() removes from the class that the
 * entry was added to. */
void ofl_heat_add(struct heat_lists *l, struct cds_list_head *link, unsigned int heat);
void ofl_heat_del(struct heat_lists *l, struct cds_list_head *link, unsigned int heat);

/* Returns the highest class that has an entry; 0 if none has. */
unsigned int ofl_heat_top(const struct heat_lists *l);

/* Return the first entry of the highest, or lowest, class that has one; NULL if none has. */
struct cds_list_head *ofl_heat_hottest(struct heat_lists *l);
struct cds_list_head *ofl_heat_coldest(struct heat_lists *l);

/* Returns the number of entries of class 'heat' or hotter. */
unsigned int ofl_heat_n_from(const struct heat_lists *l, unsigned int heat);

/* SPDX-License-Identifier: Apache-2.0 */
#include "heat.h"

#include <base/clock.h>

#define SAMPLE_MIN_NS (450 * NS_PER_MS)

void
ofl_heat_sample(struct heat_meter *m, uint64_t packets, uint64_t now_ns)
{
	uint64_t passed = now_ns - m->ns, grown = packets - m->packets, pps;

	if (m->ns && passed < SAMPLE_MIN_NS)
		return;
	if (m->ns) {
		pps = grown > UINT64_MAX / NS_PER_S ? UINT64_MAX / passed
						    : grown * NS_PER_S / passed;
		pps = pps < UINT32_MAX ? pps : UINT32_MAX;
		m->pps = (uint32_t)(m->known ? (m->pps + pps) / 2 : pps);
		m->known = true;
	}
	m->packets = packets;
	m->ns = now_ns;
}

unsigned int
ofl_heat_class(const struct heat_meter *m)
{
	unsigned int heat = m->pps ? 64 - (unsigned int)__builtin_clzll(m->pps) : 0;

	return heat < HEAT_CLASSES ? heat : HEAT_CLASSES - 1;
}

void
ofl_heat_lists_init(struct heat_lists *l)
{
	for (unsigned int i = 0; i < HEAT_CLASSES; i++)
		CDS_INIT_LIST_HEAD(&l->of[i]);
}

void
ofl_heat_add(struct heat_lists *l, struct cds_list_head *link, unsigned int heat)
{
	cds_list_add_tail(link, &l->of[heat]);
	l->n[heat]++;
	l->n_all++;
	l->used |= UINT32_C(1) << heat;
}

void
ofl_heat_del(struct heat_lists *l, struct cds_list_head *link, unsigned int heat)
{
	cds_list_del_init(link);
	l->n_all--;
	if (!--l->n[heat])
		l->used &= ~(UINT32_C(1) << heat);
}

unsigned int
ofl_heat_top(const struct heat_lists *l)
{
	return l->used ? 31 - (unsigned int)__builtin_clz(l->used) : 0;
}

struct cds_list_head *
ofl_heat_hottest(struct heat_lists *l)
{
	return l->used ? l->of[ofl_heat_top(l)].next : NULL;
}

struct cds_list_head *
ofl_heat_coldest(struct heat_lists *l)
{
	return l->used ? l->of[__builtin_ctz(l->used)].next : NULL;
}

unsigned int
ofl_heat_n_from(const struct heat_lists *l, unsigned int heat)
{
	unsigned int n = 0;

	for (; heat < HEAT_CLASSES; heat++)
		n += l->n[heat];
	return n;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "table/rule_count.h"

#include <stdatomic.h>
#include <stdlib.h>

struct rule_count {
	atomic_uint n_refs;
	atomic_ushort tcp_flags;
	atomic_uint_fast64_t packets, bytes, used_ns;
};

struct rule_count *
rule_count_new(void)
{
	struct rule_count *c = calloc(1, sizeof *c);

	if (c)
		atomic_init(&c->n_refs, 1);
	return c;
}

struct rule_count *
rule_count_ref(struct rule_count *c)
{
	atomic_fetch_add_explicit(&c->n_refs, 1, memory_order_relaxed);
	return c;
}

void
rule_count_unref(struct rule_count *c)
{
	if (c && atomic_fetch_sub_explicit(&c->n_refs, 1, memory_order_acq_rel) == 1)
		free(c);
}

void
rule_count_add(struct rule_count *c, const struct flow_stats *delta)
{
	uint_fast64_t used = atomic_load_explicit(&c->used_ns, memory_order_relaxed);

	atomic_fetch_add_explicit(&c->packets, delta->packets, memory_order_relaxed);
	atomic_fetch_add_explicit(&c->bytes, delta->bytes, memory_order_relaxed);
	if (delta->tcp_flags)
		atomic_fetch_or_explicit(&c->tcp_flags, delta->tcp_flags, memory_order_relaxed);
	while (used < delta->used_ns &&
	       !atomic_compare_exchange_weak_explicit(&c->used_ns, &used, delta->used_ns,
						      memory_order_relaxed, memory_order_relaxed))
		;
}

struct flow_stats
rule_count_read(const struct rule_count *c)
{
	return (struct flow_stats){
		.packets = atomic_load_explicit(&c->packets, memory_order_relaxed),
		.bytes = atomic_load_explicit(&c->bytes, memory_order_relaxed),
		.used_ns = atomic_load_explicit(&c->used_ns, memory_order_relaxed),
		.tcp_flags = atomic_load_explicit(&c->tcp_flags, memory_order_relaxed),
	};
}

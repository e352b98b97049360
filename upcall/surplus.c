/* SPDX-License-Identifier: Apache-2.0 */
#include "surplus.h"

#include <base/clock.h>

#include <stdatomic.h>

/* Returns 0 below 1 ms; then each doubling of the idle time has four ages. */
static unsigned int
age_of(uint64_t idle_ns)
{
	uint64_t quarters = 4 * (idle_ns / NS_PER_MS);
	unsigned int doublings, age;

	if (!quarters)
		return 0;
	doublings = 61 - (unsigned int)__builtin_clzll(quarters);
	age = 1 + 4 * doublings + (unsigned int)(quarters >> doublings) % 4;
	return age < SURPLUS_AGES ? age : SURPLUS_AGES - 1;
}

void
surplus_begin(struct surplus *s, unsigned int n)
{
	s->n = n;
	if (!n)
		return;
	for (unsigned int i = 0; i < SURPLUS_AGES; i++)
		atomic_store_explicit(&s->ages[i], 0, memory_order_relaxed);
	atomic_store(&s->left, 0);
}

void
surplus_note(struct surplus *s, uint64_t idle_ns)
{
	if (s->n)
		atomic_fetch_add_explicit(&s->ages[age_of(idle_ns)], 1, memory_order_relaxed);
}

void
surplus_cut(struct surplus *s, unsigned int n)
{
	unsigned int left = n < s->n ? n : s->n, age = SURPLUS_AGES - 1;

	s->n = left;
	if (!left)
		return;
	for (; age && atomic_load(&s->ages[age]) < left; age--)
		left -= atomic_load(&s->ages[age]);
	s->age = age;
	atomic_store(&s->left_of_age, left);
	atomic_store(&s->left, s->n);
}

static bool
take(_Atomic unsigned int *left)
{
	unsigned int n = atomic_load_explicit(left, memory_order_relaxed);

	while (n && !atomic_compare_exchange_weak(left, &n, n - 1))
		;
	return n != 0;
}

bool
surplus_takes(struct surplus *s, uint64_t idle_ns)
{
	unsigned int age;

	if (!s->n)
		return false;
	age = age_of(idle_ns);
	if (age < s->age || (age == s->age && !take(&s->left_of_age)))
		return false;
	return take(&s->left);
}

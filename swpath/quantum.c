/* SPDX-License-Identifier: Apache-2.0 */
#include "quantum.h"

/* The average follows a higher cost by one part in RISE, and a lower one by one in FALL. */
#define RISE 2
#define FALL 8
/* A turn that takes more than PEAK times the average was probably interrupted. What it takes above
 * that does not count, up to one part in SPARE_PART of all time, which collects up to SPARE_QUANTA. */
#define PEAK 4
#define SPARE_PART 64
#define SPARE_QUANTA 512

static int64_t
min(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Returns true if a queue other than 'i' was seen a short time ago. */
static bool
other_seen(const struct swp_quanta *all, const struct swp_quanta_seen *s, unsigned int i,
	   uint64_t now)
{
	uint64_t at = i == s->last ? s->other_at : s->last_at;

	return at && at + all->cycles * SWP_QUANTA_SHARED > now;
}

static void
see(struct swp_quanta_seen *s, unsigned int i, uint64_t now)
{
	if (i != s->last) {
		s->other_at = s->last_at;
		s->last = i;
	}
	s->last_at = now;
}

uint64_t
swp_quantum_cycles(uint64_t hz, unsigned int n_queues)
{
	uint64_t polls = hz * n_queues / SWP_POLLS_PER_S, quantum = hz / SWP_QUANTA_PER_S;

	return polls > quantum ? polls : quantum;
}

static bool
keeps_most(const struct swp_quantum *q)
{
	return q->kept > SWP_QUANTUM_ALL / 2;
}

/* Returns the cycles that a member gets in a lap. */
static int64_t
quantum_of(const struct swp_quanta *all, const struct swp_quantum *q, unsigned int i, uint64_t now)
{
	bool in_parts = keeps_most(q) && other_seen(all, &all->light, i, now) &&
			!other_seen(all, &all->bulk, i, now);

	return (int64_t)(in_parts ? all->cycles / SWP_QUANTUM_PARTS : all->cycles);
}

/* Returns the cycles that a turn may take. */
static int64_t
turn_cycles(const struct swp_quanta *all, const struct swp_quantum *q, unsigned int i, uint64_t now)
{
	int64_t quantum = (int64_t)all->cycles;

	if (!other_seen(all, &all->light, i, now))
		return quantum * SWP_QUANTA_BULK;
	return min(q->credit,
		   keeps_most(q) ? quantum / SWP_QUANTUM_PARTS : quantum * SWP_QUANTA_AT_ONCE);
}

/* A lap ends when turns pass the last member, or nobody had one. */
unsigned int
swp_quanta_round(struct swp_quanta *all)
{
	if (!all->taken)
		all->lap++;
	all->taken = false;
	return all->first;
}

/* A member whose quantum is not used up, as it had a part of it, has the next turn too. */
static void
turn_taken(struct swp_quanta *all, const struct swp_quantum *q, unsigned int i)
{
	all->taken = true;
	if (q->credit > 0 && keeps_most(q)) {
		all->lap += i < all->first;
		all->first = i;
		return;
	}
	if (i < all->first || i + 1 == all->n)
		all->lap++;
	all->first = i + 1 < all->n ? i + 1 : 0;
}

bool
swp_quanta_light_beside(const struct swp_quanta *all, unsigned int i, uint64_t now)
{
	return other_seen(all, &all->light, i, now);
}

/* Adds a quantum for each lap since the last one. */
static void
credit_add(const struct swp_quanta *all, struct swp_quantum *q, int64_t quantum)
{
	int64_t n_laps = min((int64_t)(all->lap - q->lap), SWP_QUANTA_KEPT + SWP_QUANTA_OWED_MAX);

	q->lap = all->lap;
	q->credit = min(q->credit + quantum * n_laps, quantum * SWP_QUANTA_KEPT);
}

unsigned int
swp_quantum_begin(const struct swp_quanta *all, struct swp_quantum *q, unsigned int i, uint64_t now,
		  unsigned int n_min, unsigned int n_max)
{
	uint64_t n = n_max;

	if (!other_seen(all, &all->any, i, now)) {
		q->credit = 0;
	} else {
		credit_add(all, q, quantum_of(all, q, i, now));
		if (q->credit <= 0 ||
		    (q->backlogged && all->taken && other_seen(all, &all->light, i, now)))
			return 0;
		if (q->cycles_per_packet)
			n = (uint64_t)turn_cycles(all, q, i, now) / q->cycles_per_packet;
	}
	q->n_asked = n < n_min ? n_min : n < n_max ? (unsigned int)n : n_max;
	return q->n_asked;
}

static uint32_t
average(uint32_t before, uint64_t cost)
{
	int64_t diff;

	if (!before)
		return (uint32_t)cost;
	diff = (int64_t)cost - before;
	return (uint32_t)(before + diff / (diff > 0 ? RISE : FALL)) + 1;
}

/* Returns the cycles that a turn counts for: not those of a probable interruption, unless such are
 * too many. */
static uint64_t
charge(const struct swp_quanta *all, struct swp_quantum *q, uint64_t now, unsigned int n,
       uint64_t cycles)
{
	uint64_t most = (uint64_t)q->cycles_per_packet * n * PEAK, excess;

	q->spare += (now - q->at) / SPARE_PART;
	if (q->spare > all->cycles * SPARE_QUANTA)
		q->spare = all->cycles * SPARE_QUANTA;
	q->at = now;
	if (!most || cycles <= most)
		return cycles;
	excess = cycles - most < q->spare ? cycles - most : q->spare;
	q->spare -= excess;
	return cycles - excess;
}

void
swp_quantum_pay(struct swp_quanta *all, struct swp_quantum *q, unsigned int i, uint64_t now,
		unsigned int n, uint64_t cycles)
{
	int64_t owed_max = (int64_t)(all->cycles * SWP_QUANTA_OWED_MAX);
	uint64_t charged = charge(all, q, now, n, cycles);

	if (charged > (uint64_t)owed_max)
		charged = (uint64_t)owed_max;
	q->cycles_per_packet = average(q->cycles_per_packet, charged / n);
	q->credit -= (int64_t)charged;
	if (q->credit < -owed_max)
		q->credit = -owed_max;
	if (q->backlogged)
		turn_taken(all, q, i);
}

/* Follows the share in a turn by one part in FALL. */
static void
kept_follow(struct swp_quantum *q, unsigned int n, unsigned int n_out)
{
	int now = (int)((n - n_out) * SWP_QUANTUM_ALL / n);

	q->kept = (uint16_t)(q->kept + (now - q->kept) / FALL);
}

void
swp_quantum_end(struct swp_quanta *all, struct swp_quantum *q, unsigned int i, uint64_t now,
		unsigned int n, unsigned int n_out, uint64_t cycles)
{
	q->backlogged = n == q->n_asked;
	swp_quantum_pay(all, q, i, now, n, cycles);
	kept_follow(q, n, n_out);
	see(&all->any, i, now);
	if (!q->backlogged)
		see(&all->light, i, now);
	else if (!keeps_most(q) && q->credit < (int64_t)all->cycles * SWP_QUANTA_AT_ONCE)
		see(&all->bulk, i, now);
}

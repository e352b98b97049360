/* SPDX-License-Identifier: Apache-2.0 */
#include "cost.h"

#include <base/clock.h>

void
cost_begin(struct cost *c, uint64_t now_ns)
{
	c->since_ns = now_ns;
	c->n = 0;
	c->n_packets = 0;
}

void
cost_pause(struct cost *c)
{
	uint64_t now_ns = clock_now_ns();

	if (c->n)
		c->stretches[c->n - 1].ns += now_ns - c->since_ns;
	c->since_ns = now_ns;
}

void
cost_resume(struct cost *c)
{
	c->since_ns = clock_now_ns();
}

void
cost_packet(struct cost *c, uint32_t port)
{
	c->n_packets++;
	if (c->n && c->stretches[c->n - 1].port == port) {
		c->stretches[c->n - 1].n++;
		return;
	}
	if (c->n)
		cost_pause(c);
	c->stretches[c->n++] = (struct cost_stretch){.port = port, .n = 1};
}

void
cost_end(struct cost *c, struct accounts *a, struct ofl *o)
{
	uint64_t rest_ns = clock_now_ns() - c->since_ns;

	for (unsigned int i = 0; i < c->n; i++) {
		const struct cost_stretch *s = &c->stretches[i];
		struct account *acc = accounts_get(a, o, s->port);

		if (acc)
			atomic_fetch_add_explicit(&acc->handler_ns,
						  s->ns + rest_ns * s->n / c->n_packets,
						  memory_order_relaxed);
	}
}

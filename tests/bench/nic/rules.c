/* SPDX-License-Identifier: Apache-2.0 */
#include "rules.h"

#include <flow/text.h>

#include <arpa/inet.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BATCH 64

struct shape {
	const char *name, *match, *actions;
	void (*vary)(struct flow_key *key, unsigned int i);
};

static void
vary_mac(struct flow_key *key, unsigned int i)
{
	uint32_t low = htonl(i);

	memcpy((uint8_t *)&key->eth_dst + 2, &low, sizeof low);
}

static void
vary_ports(struct flow_key *key, unsigned int i)
{
	key->tp_src = htons((uint16_t)(1024 + i % 50000));
	key->tp_dst = htons((uint16_t)(1 + i / 50000));
}

/* As flows of a host with many peers. */
static void
vary_address(struct flow_key *key, unsigned int i)
{
	key->nw_src = htonl(0x0a000000 + i);
}

#define TUPLE                                                                                      \
	"in_port(1),eth_type(0x0800),ipv4(src=10.0.0.1,dst=10.0.0.2,proto=17,frag=no),"            \
	"udp(src=1,dst=2)"

static const struct shape shapes[] = {
	{"MAC", "in_port(1),eth(dst=02:00:00:00:00:00)", "2", vary_mac},
	{"address", "in_port(1),eth_type(0x0800),ipv4(src=10.0.0.1)", "2", vary_address},
	{"5-tuple by address", TUPLE, "2", vary_address},
	{"5-tuple by ports", TUPLE, "2", vary_ports},
	{"5-tuple, rewrite", TUPLE, "set(eth(src=02:00:00:00:01:01,dst=02:00:00:00:01:02)),2",
	 vary_address},
};

struct run {
	struct nic *nic;
	unsigned int n;
	struct nic_counter **counters;
	struct nic_rule **rules;
	struct flow_match match;
	struct flow_actions actions;
};

static int
settle(struct run *r, unsigned int n)
{
	struct nic_event events[BATCH];

	r->nic->class->flush(r->nic);
	for (unsigned int done = 0; done < n;) {
		unsigned int k = r->nic->class->poll(r->nic, events, BATCH);

		for (unsigned int i = 0; i < k; i++) {
			if (events[i].type == NIC_LOST || events[i].error) {
				fprintf(stderr, "event %d: %s %s\n", events[i].type,
					nic_reason_names[events[i].why.reason],
					events[i].why.detail);
				return -1;
			}
		}
		done += k;
	}
	return 0;
}

static int
insert_all(struct run *r, const struct shape *s)
{
	struct nic_refusal why;

	for (unsigned int i = 0; i < r->n; i++) {
		s->vary(&r->match.key, i);
		if (r->nic->class->compile(r->nic, &r->match, &r->actions, 0, r->counters[i],
					   &r->rules[i], &why)) {
			fprintf(stderr, "%s: %s %s\n", s->name, nic_reason_names[why.reason],
				why.detail);
			return -1;
		}
		if (r->nic->class->insert(r->nic, r->rules[i]))
			return -1;
		if ((i % BATCH == BATCH - 1 || i == r->n - 1) && settle(r, i % BATCH + 1))
			return -1;
	}
	return 0;
}

static int
remove_all(struct run *r)
{
	for (unsigned int i = 0; i < r->n; i++) {
		if (r->nic->class->remove(r->nic, r->rules[i]))
			return -1;
		if ((i % BATCH == BATCH - 1 || i == r->n - 1) && settle(r, i % BATCH + 1))
			return -1;
	}
	return 0;
}

/* CPU time of this thread: other programs make nothing look slower. */
static uint64_t
cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static uint64_t
heap_bytes(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}

static double
rate(unsigned int n, uint64_t ns)
{
	return n * 1e9 / (double)ns;
}

static int
shape_run(struct run *r, const struct shape *s, const char *driver)
{
	uint64_t heap = heap_bytes(), t0, t1, t2;
	char err[200];
	int rc;

	if (flow_match_parse_dp(s->match, NULL, &r->match, err, sizeof err) ||
	    flow_actions_parse_dp(s->actions, NULL, &r->actions, err, sizeof err)) {
		fprintf(stderr, "%s: %s\n", s->name, err);
		return -1;
	}
	t0 = cpu_ns();
	rc = insert_all(r, s);
	t1 = cpu_ns();
	if (rc)
		return rc;
	heap = heap_bytes() - heap;
	t2 = cpu_ns();
	rc = remove_all(r);
	printf("%-8s %-18s %9u %10.0f %10.0f %8.0f\n", driver, s->name, r->n, rate(r->n, t1 - t0),
	       rate(r->n, cpu_ns() - t2), (double)heap / r->n);
	fflush(stdout);
	for (unsigned int i = 0; i < r->n; i++)
		r->nic->class->rule_free(r->nic, r->rules[i]);
	return rc;
}

int
rules_run(struct nic *nic, const char *driver, unsigned int n)
{
	struct run r = {.nic = nic,
			.n = n,
			.counters = calloc(n, sizeof(struct nic_counter *)),
			.rules = calloc(n, sizeof(struct nic_rule *))};
	int rc = r.counters && r.rules ? 0 : -1;

	printf("emulated device; a second is one of CPU time\n%-8s %-18s %9s %10s %10s %8s\n",
	       "driver", "shape", "rules", "inserted/s", "removed/s", "heap B");
	for (unsigned int i = 0; i < n && !rc; i++)
		rc = nic->class->counter_new(nic, &r.counters[i]);
	for (size_t i = 0; i < sizeof shapes / sizeof shapes[0] && !rc; i++) {
		flow_actions_init(&r.actions);
		rc = shape_run(&r, &shapes[i], driver);
		flow_actions_free(&r.actions);
	}
	for (unsigned int i = 0; i < n && !rc; i++)
		nic->class->counter_free(nic, r.counters[i]);
	free(r.counters);
	free(r.rules);
	return rc;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What a rule costs: libmlx5 and the emulated device together, one thread inserting. No rate of hardware follows.
 *
 *   bench_mlx5emu [RULES]     100000 by default */
#include <bits.h>
#include <emu.h>
#include <errno.h>
#include <infiniband/mlx5dv.h>
#include <infiniband/verbs.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MATCH_BYTES 448
#define ACTIONS_MAX 3

union match {
	struct mlx5dv_flow_match_parameters params;
	uint8_t bytes[sizeof(struct mlx5dv_flow_match_parameters) + 512];
};

struct shape {
	const char *name;
	uint8_t criteria;
	void (*mask)(uint8_t *match);
	void (*value)(uint8_t *match, unsigned i);
	unsigned n_actions; /* of counter, modification, vport: the last ones */
};

static void
mask_dmac(uint8_t *m)
{
	emu_set(m, EMU_FIELD(64, 48), 0xffffffffffff);
}

static void
value_dmac(uint8_t *m, unsigned i)
{
	emu_set(m, EMU_FIELD(64, 48), 0x020000000000 + i);
}

static void
mask_tuple(uint8_t *m)
{
	emu_set(m, EMU_FIELD(147, 4), 4);
	emu_set(m, EMU_FIELD(128, 8), 0xff);
	emu_set(m, EMU_FIELD(224, 32), 0xffffffff);
	emu_set(m, EMU_FIELD(352, 32), 0xffffffff);
	emu_set(m, EMU_FIELD(480, 32), 0xffffffff);
}

static void
value_tuple(uint8_t *m, unsigned i)
{
	emu_set(m, EMU_FIELD(147, 4), 4);
	emu_set(m, EMU_FIELD(128, 8), 17);
	emu_set(m, EMU_FIELD(224, 16), 1000 + i % 5000);
	emu_set(m, EMU_FIELD(240, 16), 53);
	emu_set(m, EMU_FIELD(352, 32), 0x0a000000 + i);
	emu_set(m, EMU_FIELD(480, 32), 0x0b000000 + i % 7);
}

static void
mask_port_tuple(uint8_t *m)
{
	mask_tuple(m);
	emu_set(m, EMU_FIELD(512 + 48, 16), 0xffff);
}

static void
value_port_tuple(uint8_t *m, unsigned i)
{
	value_tuple(m, i);
	emu_set(m, EMU_FIELD(512 + 48, 16), 1 + i % 2);
}

static void
mask_ip6(uint8_t *m)
{
	emu_set(m, EMU_FIELD(147, 4), 6);
	for (unsigned at = 384; at < 512; at += 32)
		emu_set(m, EMU_FIELD(at, 32), 0xffffffff);
}

static void
value_ip6(uint8_t *m, unsigned i)
{
	emu_set(m, EMU_FIELD(147, 4), 6);
	emu_set(m, EMU_FIELD(384, 32), 0x20010db8);
	emu_set(m, EMU_FIELD(480, 32), i);
}

static const struct shape shapes[] = {
	{"dmac -> vport", 1, mask_dmac, value_dmac, 1},
	{"ipv4 5-tuple -> counter, vport", 1, mask_tuple, value_tuple, 2},
	{"ipv4 5-tuple -> counter, modify, vport", 1, mask_tuple, value_tuple, 3},
	{"source port, ipv4 5-tuple -> counter, vport", 3, mask_port_tuple, value_port_tuple, 2},
	{"ipv6 destination -> counter, vport", 1, mask_ip6, value_ip6, 2},
};

struct setup {
	struct ibv_context *context;
	struct mlx5dv_dr_domain *domain;
	struct mlx5dv_devx_obj *counters;
	struct mlx5dv_dr_action *actions[ACTIONS_MAX]; /* counter, modification, vport */
};

static void
check(const void *made, const char *what)
{
	if (made)
		return;
	fprintf(stderr, "bench_mlx5emu: %s: %s\n", what, strerror(errno));
	exit(1);
}

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double
resident(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	unsigned long size, pages = 0;

	if (f && fscanf(f, "%lu %lu", &size, &pages) != 2)
		pages = 0;
	if (f)
		fclose(f);
	return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static double
allocated(void)
{
	struct mallinfo2 info = mallinfo2();

	return (double)(info.uordblks + info.hblkhd);
}

static void
match_init(union match *m)
{
	memset(m, 0, sizeof(*m));
	m->params.match_sz = MATCH_BYTES;
}

static struct ibv_context *
device_open(void)
{
	struct mlx5dv_context_attr attr = {.flags = MLX5DV_CONTEXT_FLAGS_DEVX};
	struct ibv_device **list = ibv_get_device_list(NULL);
	struct ibv_context *context = list && list[0] ? mlx5dv_open_device(list[0], &attr) : NULL;

	if (list)
		ibv_free_device_list(list);
	return context;
}

static void
setup_make(struct setup *s, unsigned format)
{
	uint8_t in[16] = {0x09, 0x39}, out[16] = {0};
	uint64_t modification = 0;

	errno = -emu_start(&(struct emu_config){.format = format, .n_vports = 4});
	check(errno ? NULL : s, "emulated device");
	s->context = device_open();
	check(s->context, "device");
	s->domain = mlx5dv_dr_domain_create(s->context, MLX5DV_DR_DOMAIN_TYPE_FDB);
	check(s->domain, "domain");
	s->counters = mlx5dv_devx_obj_create(s->context, in, sizeof(in), out, sizeof(out));
	check(s->counters, "counter");
	/* The lower 16 bits of the source MAC. */
	emu_set(&modification, EMU_FIELD(0, 64), 0x1002001000001234);
	s->actions[0] = mlx5dv_dr_action_create_flow_counter(s->counters, 0);
	s->actions[1] =
		mlx5dv_dr_action_create_modify_header(s->domain, 0, 8, (__be64 *)&modification);
	s->actions[2] = mlx5dv_dr_action_create_dest_vport(s->domain, 3);
	check(s->actions[0], "counter action");
	check(s->actions[1], "modification");
	check(s->actions[2], "vport action");
}

static void
setup_remove(struct setup *s)
{
	for (unsigned i = 0; i < ACTIONS_MAX; i++)
		mlx5dv_dr_action_destroy(s->actions[i]);
	mlx5dv_devx_obj_destroy(s->counters);
	mlx5dv_dr_domain_destroy(s->domain);
	ibv_close_device(s->context);
	emu_stop();
}

static void
measure(struct setup *s, const struct shape *shape, unsigned format, unsigned n)
{
	struct mlx5dv_dr_rule **rules = calloc(n, sizeof(*rules));
	union match m;

	check(rules, "rules");
	struct mlx5dv_dr_table *table = mlx5dv_dr_table_create(s->domain, 1);

	check(table, "table");
	match_init(&m);
	shape->mask((uint8_t *)m.params.match_buf);
	struct mlx5dv_dr_matcher *matcher =
		mlx5dv_dr_matcher_create(table, 0, shape->criteria, &m.params);

	check(matcher, "matcher");
	/* Two actions are counter and vport, three have the modification between them. */
	struct mlx5dv_dr_action *actions[ACTIONS_MAX] = {s->actions[0], s->actions[1],
							 s->actions[2]};

	if (shape->n_actions == 2)
		actions[1] = s->actions[2];
	if (shape->n_actions == 1)
		actions[0] = s->actions[2];
	double before = allocated(), pages = resident(), start = now();

	for (unsigned i = 0; i < n; i++) {
		match_init(&m);
		shape->value((uint8_t *)m.params.match_buf, i);
		rules[i] = mlx5dv_dr_rule_create(matcher, &m.params, shape->n_actions, actions);
		check(rules[i], "rule");
	}
	emu_settle();
	double inserted = now();

	pages = resident() - pages;
	before = allocated() - before;
	for (unsigned i = 0; i < n; i++)
		mlx5dv_dr_rule_destroy(rules[i]);
	emu_settle();
	double removed = now();

	printf("%u  %-45s %9.0f %9.0f %8.0f %8.0f\n", format, shape->name, n / (inserted - start),
	       n / (removed - inserted), before / n, (pages - before) / n);
	fflush(stdout);
	mlx5dv_dr_matcher_destroy(matcher);
	mlx5dv_dr_table_destroy(table);
	free(rules);
}

int
main(int argc, char **argv)
{
	unsigned n = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 100000;

	if (!n || argc > 2) {
		fprintf(stderr, "bench_mlx5emu: '%s'; expected a number of rules above 0\n",
			argv[argc - 1]);
		return 2;
	}
	printf("emulated device, %u rules; libmlx5 and emulation, one thread inserting; no rate of "
	       "hardware\n",
	       n);
	printf("f  %-45s %9s %9s %8s %8s\n", "shape", "in /s", "out /s", "lib B", "device B");
	for (unsigned format = 0; format < 2; format++)
		for (unsigned i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
			struct setup s;

			/* A device for each: freed memory of one would be used by the next. */
			setup_make(&s, format);
			measure(&s, &shapes[i], format, n);
			setup_remove(&s);
		}
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Commands upcall/.., revalidator/.. and barrier. */
#include "command/commands.h"
#include "operate/datapath.h"

#include <base/clock.h>
#include <base/number.h>

#include <errno.h>
#include <stdlib.h>

static int
barrier_done(struct ctl_call *c, int rc)
{
	return rc ? ctl_fail(c, rc, "hardware keeps an older rule: %s", strerror(-rc)) : 0;
}

int
ctl_barrier(struct ctl_call *c)
{
	return ctl_call_wait(c, UPC_CALL_SETTLE, barrier_done);
}

static int
sweep_done(struct ctl_call *c, int rc)
{
	return rc ? ctl_fail(c, rc, "no sweep has ended: %s", strerror(-rc)) : 0;
}

int
ctl_revalidator_wait(struct ctl_call *c)
{
	return ctl_call_wait(c, UPC_CALL_SWEEP, sweep_done);
}

static int
purge_done(struct ctl_call *c, int rc)
{
	return rc ? ctl_fail(c, rc, "not every megaflow is removed yet: %s", strerror(-rc)) : 0;
}

int
ctl_revalidator_purge(struct ctl_call *c)
{
	if (upc_is_held(c->stack->upc))
		return ctl_fail(c, -EBUSY,
				"megaflows are kept until: tandem daemon set "
				"flow-restore-wait=false");
	return ctl_call_wait(c, UPC_CALL_FLUSH, purge_done);
}

struct settings {
	uint64_t n_handlers, n_revalidators, flow_limit;
	bool threads, limit, pause, resume;
};

static int
number_take(struct ctl_call *c, unsigned int *i, uint64_t max, uint64_t *out)
{
	const char *key = c->argv[*i];
	const char *value = ++*i < c->argc ? c->argv[*i] : "";

	if (number_parse(value, strlen(value), 1, max, out))
		return ctl_fail(c, -EINVAL, "%s: '%s' is not a number 1..%llu", key, value,
				(unsigned long long)max);
	return 0;
}

static int
setting_take(struct ctl_call *c, unsigned int *i, struct settings *s)
{
	const char *word = c->argv[*i];

	if (!strcmp(word, "pause"))
		s->pause = true;
	else if (!strcmp(word, "resume"))
		s->resume = true;
	else if (!strcmp(word, "handlers")) {
		s->threads = true;
		return number_take(c, i, DP_HANDLERS_MAX, &s->n_handlers);
	} else if (!strcmp(word, "revalidators")) {
		s->threads = true;
		return number_take(c, i, UPC_REVALIDATORS_MAX, &s->n_revalidators);
	} else if (!strcmp(word, "flow-limit")) {
		s->limit = true;
		return number_take(c, i, 10000000, &s->flow_limit);
	} else {
		return ctl_fail(c, -EINVAL,
				"'%s' is unknown; expected handlers N, revalidators N, "
				"flow-limit N, pause or resume",
				word);
	}
	return 0;
}

int
ctl_upcall_set(struct ctl_call *c)
{
	struct upc *u = c->stack->upc;
	struct upc_stats now;
	struct settings s = {0};
	int rc = 0;

	upc_stats(u, &now);
	s.n_handlers = now.n_handlers;
	s.n_revalidators = now.n_revalidators;
	for (unsigned int i = 0; !rc && i < c->argc; i++)
		rc = setting_take(c, &i, &s);
	if (!rc && s.pause && s.resume)
		rc = ctl_fail(c, -EINVAL, "expected either pause or resume");
	if (!rc && s.threads)
		rc = upc_threads_set(u, (unsigned int)s.n_handlers, (unsigned int)s.n_revalidators);
	if (rc)
		return rc;
	if (s.limit)
		upc_flow_limit_set(u, (unsigned int)s.flow_limit);
	if (s.pause)
		upc_pause(u);
	if (s.resume)
		upc_resume(u);
	return 0;
}

static json_t *
counters_json(const struct upc_stats *stats)
{
	json_t *object = json_object();

#define C(name) json_object_set_new(object, #name, json_integer((json_int_t)stats->name));
	UPC_COUNTERS(C)
#undef C
	return object;
}

static json_t *
buffers_json(const struct swp *swp)
{
	struct swp_buffers_info b, sum = {0};
	json_t *nodes;

	if (!swp)
		return json_null();
	nodes = json_array();
	for (unsigned int i = 0; i < SWP_NODES_MAX; i++) {
		if (swp_buffers_info(swp, i, &b))
			continue;
		json_array_append_new(nodes, json_pack("{si si si si si si}", "node", i, "all", b.n,
						       "for_threads", b.n_threads, "for_ports",
						       b.n_ports, "for_upcalls", b.upcalls_max,
						       "upcalls_have", b.upcalls));
		sum.n += b.n;
		sum.n_bytes = b.n_bytes;
		sum.n_threads += b.n_threads;
		sum.n_ports += b.n_ports;
		sum.upcalls_max += b.upcalls_max;
		sum.upcalls += b.upcalls;
	}
	return json_pack("{si si si si si si so}", "all", sum.n, "bytes", sum.n_bytes,
			 "for_threads", sum.n_threads, "for_ports", sum.n_ports, "for_upcalls",
			 sum.upcalls_max, "upcalls_have", sum.upcalls, "nodes", nodes);
}

static int
show_json(struct ctl_call *c, const struct upc_stats *s, const unsigned int *slices, unsigned int n)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < n; i++)
		json_array_append_new(list, json_integer(slices[i]));
	return ctl_call_json(c, json_pack("{si si si si si si sI si si so so so so}", "flows",
					  s->n_flows, "flows_avg", c->stack->n_flows_avg,
					  "flows_max", s->n_flows_max, "flow_limit", s->flow_limit,
					  "flow_limit_max", s->flow_limit_max, "stuck", s->n_stuck,
					  "dump_duration_us", (json_int_t)(s->sweep_ns / NS_PER_US),
					  "handlers", s->n_handlers, "revalidators",
					  s->n_revalidators, "slices", list, "buffers",
					  buffers_json(c->stack->swp), "counters", counters_json(s),
					  "datapath", c->stack->datapath->faults(c->stack)));
}

static void
counters_print(const struct upc_stats *stats, FILE *out)
{
	json_t *counters = counters_json(stats), *value;
	const char *key;

	fprintf(out, "\n  handlers: %u, revalidators: %u, greatest limit: %u\n", stats->n_handlers,
		stats->n_revalidators, stats->flow_limit_max);
	json_object_foreach (counters, key, value)
		fprintf(out, "  %-16s %lld\n", key, (long long)json_integer_value(value));
	json_decref(counters);
}

/* Counters of an object, and of objects in it as "object: counter". */
static void
faults_print(json_t *faults, const char *of, FILE *out)
{
	const char *key;
	json_t *value;

	json_object_foreach (faults, key, value) {
		if (json_is_object(value))
			faults_print(value, key, out);
		else
			fprintf(out, "  %s%s%-16s %lld\n", of, *of ? ": " : "", key,
				(long long)json_integer_value(value));
	}
}

static void
buffers_print(const struct swp *swp, FILE *out)
{
	struct swp_buffers_info b;

	if (!swp)
		return;
	fputc('\n', out);
	for (unsigned int i = 0; i < SWP_NODES_MAX; i++) {
		if (swp_buffers_info(swp, i, &b))
			continue;
		fprintf(out,
			"  packet buffers of NUMA node %u: %u of %u bytes: %u for threads, %u for "
			"ports, %u for upcalls, which have %u\n",
			i, b.n, b.n_bytes, b.n_threads, b.n_ports, b.upcalls_max, b.upcalls);
	}
}

int
ctl_upcall_show(struct ctl_call *c)
{
	unsigned int slices[UPC_REVALIDATORS_MAX];
	struct upc_stats stats;
	struct ofl_stats offload;
	json_t *faults;
	uint64_t n_hw;
	unsigned int n = upc_slices(c->stack->upc, slices, UPC_REVALIDATORS_MAX);

	upc_stats(c->stack->upc, &stats);
	ofl_stats(c->stack->ofl, UINT32_MAX, &offload);
	n_hw = offload.placed[OFL_HARDWARE] + offload.placed[OFL_LEAVING];
	if (c->json)
		return show_json(c, &stats, slices, n);
	fprintf(c->out, "%s:\n", c->stack->dp_name);
	fprintf(c->out, "  flows         : (current %u) (avg %u) (max %u) (limit %u)\n",
		stats.n_flows, c->stack->n_flows_avg, stats.n_flows_max, stats.flow_limit);
	fprintf(c->out, "  offloaded flows : %llu\n", (unsigned long long)n_hw);
	if (stats.n_stuck)
		fprintf(c->out, "  stuck in hardware : %u\n", stats.n_stuck);
	fprintf(c->out, "  dump duration : %llums\n",
		(unsigned long long)(stats.sweep_ns / NS_PER_MS));
	fprintf(c->out, "  ufid enabled : true\n\n");
	for (unsigned int i = 0; i < n; i++)
		fprintf(c->out, "  %u: (keys %u)\n", i, slices[i]);
	buffers_print(c->stack->swp, c->out);
	counters_print(&stats, c->out);
	faults = c->stack->datapath->faults(c->stack);
	faults_print(faults, "", c->out);
	json_decref(faults);
	return 0;
}

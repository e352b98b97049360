/* SPDX-License-Identifier: Apache-2.0 */
/* Compares megaflows and ports with the kernel's in steps, then takes looks until the counts are balanced, and prints the
 * report. */
#include "command/cmd_audit_kernel.h"

#include "operate/datapath_kernel.h"
#include "operate/kernel_audit.h"
#include "operate/kernel_balance.h"
#include "util/text_table.h"

#include <base/clock.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define REPORT_FAILED (-EPROTO)
#define LOOK_NS (100 * NS_PER_MS)

struct audit {
	struct ctl_kernel_audit *flows;
	struct ctl_kernel_balance balance;
};

static void
audit_free(void *aux)
{
	struct audit *a = aux;

	ctl_kernel_audit_destroy(a->flows);
	ctl_kernel_balance_free(&a->balance);
	free(a);
}

/* ---- report ---- */

static json_t *
difference_json(const struct ctl_call *c, const struct ctl_audit_difference *d)
{
	static const struct flow_ufid none;
	char ufid[FLOW_UFID_TEXT_BYTES];
	struct ctl_port_info info;
	const char *name = ufid + 5;

	flow_ufid_print(&d->ufid, ufid);
	if (d->port != FLOW_PORT_NONE)
		name = c->stack->datapath->port_info(c->stack, d->port, &info) ? "?" : info.name;
	else if (!memcmp(&d->ufid, &none, sizeof none))
		name = "-";
	return json_pack("{ss ss ss? ss? ss}", "kind", ctl_audit_kind_names[d->kind],
			 d->port != FLOW_PORT_NONE ? "port" : "ufid", name, "kernel", d->kernel,
			 "ledger", d->ours, "next", ctl_audit_kind_nexts[d->kind]);
}

static json_t *
port_json(const struct ctl_kernel_balance *b, const struct ctl_kernel_balance_port *p)
{
	return json_pack("{ss sI sI sI sI sI sI sI sI sb}", "port", p->name, "received",
			 (json_int_t)p->received, "recirculated", (json_int_t)p->recirculated,
			 "hits", (json_int_t)p->hits, "upcalls", (json_int_t)p->upcalls, "released",
			 (json_int_t)p->released, "unknown", (json_int_t)p->unknown, "grown",
			 (json_int_t)(p->has_grown ? p->grown : 0), "in_motion",
			 (json_int_t)p->in_motion, "balanced", ctl_kernel_balance_port_is(b, p));
}

static json_t *
flows_json(const struct ctl_kernel_audit_result *r)
{
	return json_pack("{sI sI sI sI sI sI sI sI}", "kernel_flows", (json_int_t)r->n_kernel,
			 "ledger_flows", (json_int_t)r->n_ledger, "changing",
			 (json_int_t)r->n_changing, "unexamined", (json_int_t)r->n_unexamined,
			 "vanished", (json_int_t)r->n_vanished, "orphans", (json_int_t)r->n_orphans,
			 "ports_unowned", (json_int_t)r->n_unowned, "ports_lost",
			 (json_int_t)r->n_lost);
}

static void
differences_print(const json_t *rows, FILE *out)
{
	const char *kernel, *ledger;
	json_t *row;
	size_t i;

	json_array_foreach (rows, i, row) {
		const char *name = json_string_value(json_object_get(row, "ufid"));

		if (!name)
			name = json_string_value(json_object_get(row, "port"));
		kernel = json_string_value(json_object_get(row, "kernel"));
		ledger = json_string_value(json_object_get(row, "ledger"));
		fprintf(out, "%s %s: %s\n", json_string_value(json_object_get(row, "kind")), name,
			json_string_value(json_object_get(row, "next")));
		if (kernel)
			fprintf(out, "  kernel: %s\n", kernel);
		if (ledger)
			fprintf(out, "  ledger: %s\n", ledger);
	}
}

static void
ports_print(const struct audit *a, const json_t *ports, FILE *out)
{
	static const struct ctl_column columns[] = {
		{"port", "PORT"},
		{"received", "RECEIVED"},
		{"recirculated", "RECIRCULATED"},
		{"hits", "HITS"},
		{"upcalls", "UPCALLS"},
		{"unknown", "UNKNOWN"},
		{"released", "RELEASED"},
		{"grown", "GROWN"},
		{"in_motion", "IN-MOTION"},
	};

	ctl_table_print(ports, columns, sizeof columns / sizeof columns[0], out);
	for (unsigned int i = 0; i < a->balance.n_ports; i++) {
		const struct ctl_kernel_balance_port *p = &a->balance.ports[i];

		if (!ctl_kernel_balance_port_is(&a->balance, p))
			fprintf(out,
				"%s: %+lld packets received and recirculated more than its "
				"megaflows "
				"and handlers counted: flows of another program take them "
				"(ovs-dpctl dump-flows), or the kernel dropped them\n",
				p->name, (long long)p->grown);
	}
}

static void
report_print(const struct audit *a, const struct ctl_kernel_audit_result *r, const json_t *ports,
	     const json_t *differences, FILE *out)
{
	ports_print(a, ports, out);
	fprintf(out,
		"\nflows: %llu of the kernel, %llu of the ledger; %u differences, %llu that were "
		"changes in progress\n",
		(unsigned long long)r->n_kernel, (unsigned long long)r->n_ledger, r->n,
		(unsigned long long)r->n_changing);
	if (r->n_unexamined)
		fprintf(out, "%llu more flows differed and were not looked at again\n",
			(unsigned long long)r->n_unexamined);
	if (r->n_vanished || r->n_orphans)
		fprintf(out,
			"meanwhile sweeps found %llu megaflows that another program had removed, "
			"and "
			"%llu flows that it had added\n",
			(unsigned long long)r->n_vanished, (unsigned long long)r->n_orphans);
	if (r->n_unowned)
		fprintf(out, "%u ports of the kernel are in no bridge: their packets are dropped\n",
			r->n_unowned);
	if (r->n_lost)
		fprintf(out, "%u ports wait for their interface: tandem port list\n", r->n_lost);
	differences_print(differences, out);
}

/* A report with differences is returned as the command's error, so that every client can detect it. */
static int
report(struct ctl_call *c)
{
	const struct audit *a = ctl_call_state(c);
	struct ctl_kernel_audit_result r;
	json_t *ports = json_array(), *differences = json_array();
	bool balanced;
	int rc = 0;

	ctl_kernel_audit_result(a->flows, &r);
	balanced = a->balance.balanced && !r.n;
	for (unsigned int i = 0; i < a->balance.n_ports; i++)
		json_array_append_new(ports, port_json(&a->balance, &a->balance.ports[i]));
	for (unsigned int i = 0; i < r.n; i++)
		json_array_append_new(differences, difference_json(c, &r.differences[i]));
	if (c->json) {
		rc = ctl_call_json(c, json_pack("{sb sI sI so so so}", "balanced", balanced, "lost",
						(json_int_t)a->balance.lost, "lost_grown",
						(json_int_t)a->balance.lost_grown, "flows",
						flows_json(&r), "ports", ports, "differences",
						differences));
	} else {
		report_print(a, &r, ports, differences, c->out);
		fprintf(c->out, "%s\n", balanced ? "balanced" : "NOT balanced");
		json_decref(ports);
		json_decref(differences);
	}
	return !rc && !balanced ? REPORT_FAILED : rc;
}

/* ---- steps ---- */

static int look(struct ctl_call *c, int rc);

static int
terms_read(struct ctl_call *c, int rc)
{
	struct audit *a = ctl_call_state(c);

	(void)rc;
	if (ctl_kernel_balance_terms(c->stack, &a->balance))
		return ctl_call_sleep(c, 0, terms_read);
	return ctl_kernel_balance_end(&a->balance) ? report(c) : ctl_call_sleep(c, LOOK_NS, look);
}

static int
arrivals_read(struct ctl_call *c, int rc)
{
	struct audit *a = ctl_call_state(c);

	(void)rc;
	if (ctl_kernel_balance_arrivals(c->stack, &a->balance))
		return ctl_call_sleep(c, 0, arrivals_read);
	return ctl_call_wait(c, UPC_CALL_SETTLE, terms_read);
}

static int
look(struct ctl_call *c, int rc)
{
	struct audit *a = ctl_call_state(c);

	(void)rc;
	rc = ctl_kernel_balance_begin(c->stack, &a->balance);
	return rc ? rc : arrivals_read(c, 0);
}

static int
step(struct ctl_call *c, int rc)
{
	struct audit *a = ctl_call_state(c);
	uint64_t wait_ns;

	(void)rc;
	rc = ctl_kernel_audit_step(a->flows, &wait_ns);
	if (rc > 0)
		return ctl_call_sleep(c, wait_ns, step);
	if (rc == -ENODEV)
		return ctl_fail(
			c, rc, "the datapath is gone: another program deleted it; restart tandemd");
	if (rc)
		return ctl_fail(c, rc, "the kernel's flows and ports cannot be read: %s",
				strerror(-rc));
	return look(c, 0);
}

int
ctl_audit_kernel(struct ctl_call *c)
{
	const struct ctl_kernel_audit_of of = {
		.kdp = ctl_kernel_kdp(c->stack->kernel),
		.ports = ctl_kernel_ports_of_datapath(c->stack->kernel),
		.upc = c->stack->upc};
	struct audit *a;

	if (upc_is_held(c->stack->upc))
		return ctl_fail(c, -EBUSY,
				"audit: the flows of the datapath are not adopted yet; see "
				"flow_restore_wait and adopting of 'tandem daemon show'");
	a = calloc(1, sizeof *a);
	if (!a)
		return -ENOMEM;
	ctl_call_own(c, a, audit_free);
	if (ctl_kernel_audit_create(&of, &a->flows))
		return -ENOMEM;
	return step(c, 0);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Command audit: takes looks until the counters are exact, and prints the report. */
#include "command/cmd_audit_kernel.h"
#include "command/commands.h"
#include "operate/audit.h"
#include "util/text_table.h"

#include <errno.h>
#include <string.h>

#define REPORT_FAILED (-EPROTO)

static json_t *
port_json(const struct ctl_audit_port *p)
{
	json_t *reasons = json_object();

	for (unsigned int i = 0; i < FLOW_N_DROPS; i++)
		if (p->reasons[i])
			json_object_set_new(reasons, flow_drop_names[i],
					    json_integer((json_int_t)p->reasons[i]));
	if (p->missed)
		json_object_set_new(reasons, "device-missed", json_integer((json_int_t)p->missed));
	return json_pack(
		"{ss sb sI sI sI sI sI sI sI so sI sI sI sI sI sI sI sI sI sI sb}", "port", p->name,
		"device_counts", p->device_counts, "received", (json_int_t)p->received,
		"recirculated", (json_int_t)p->recirculated, "hardware", (json_int_t)p->hw,
		"uncounted", (json_int_t)p->uncounted, "hits", (json_int_t)p->hits, "upcalls",
		(json_int_t)p->upcalls, "drops", (json_int_t)p->drops, "drop_reasons", reasons,
		"dev_no_buffers", (json_int_t)p->no_buffers, "diff", (json_int_t)p->diff,
		"ledger_hw", (json_int_t)p->ledger_hw, "ledger_sw", (json_int_t)p->ledger_sw,
		"ledger_upcalled", (json_int_t)p->ledger_upcalled, "released",
		(json_int_t)p->released, "diff_hw", (json_int_t)p->diff_hw, "diff_sw",
		(json_int_t)p->diff_sw, "diff_upcalled", (json_int_t)p->diff_up, "in_motion",
		(json_int_t)p->in_motion, "balanced", ctl_audit_port_balanced(p));
}

static void
reasons_print(const json_t *rows, FILE *out)
{
	size_t i;
	json_t *row, *n;
	const char *reason;

	json_array_foreach (rows, i, row) {
		json_object_foreach (json_object_get(row, "drop_reasons"), reason, n)
			fprintf(out, "%s drops %s: %lld\n",
				json_string_value(json_object_get(row, "port")), reason,
				(long long)json_integer_value(n));
	}
}

static void
fault_print(const struct ctl_audit_port *p, FILE *out)
{
	if (p->diff)
		fprintf(out,
			"%s: received and recirculated %+lld more than hardware + hits + upcalls + "
			"drops\n",
			p->name, (long long)p->diff);
	if (p->diff_hw)
		fprintf(out, "%s: hardware counted %+lld more than its megaflows\n", p->name,
			(long long)p->diff_hw);
	if (p->diff_sw)
		fprintf(out, "%s: the software path counted %+lld more than its megaflows\n",
			p->name, (long long)p->diff_sw);
	if (p->diff_up)
		fprintf(out, "%s: %+lld more upcalls than handlers counted or released\n", p->name,
			(long long)p->diff_up);
}

static void
verdict_print(const struct ctl_audit *a, FILE *out)
{
	for (unsigned int i = 0; i < a->n_ports; i++)
		if (!ctl_audit_port_balanced(&a->ports[i]))
			fault_print(&a->ports[i], out);
	for (unsigned int i = 0; i < a->n_ports; i++)
		if (!a->ports[i].device_counts && a->ports[i].hw)
			fprintf(out,
				"%s: the device does not count packets that its hardware received; "
				"they are assumed to be counted\n",
				a->ports[i].name);
	for (unsigned int i = 0; i < a->n_ports; i++)
		if (a->ports[i].uncounted)
			fprintf(out,
				"%s: %llu packets uncounted: the device's counters end with its "
				"rules, or were lost with it\n",
				a->ports[i].name, (unsigned long long)a->ports[i].uncounted);
	for (unsigned int i = 0; i < a->n_ports; i++)
		if (a->ports[i].no_buffers)
			fprintf(out,
				"%s: its device was out of packet buffers %llu times; packets lost "
				"by that are not counted as received, or are counted as missed\n",
				a->ports[i].name, (unsigned long long)a->ports[i].no_buffers);
	if (a->in_motion)
		fprintf(out, "in motion: %llu packets\n", (unsigned long long)a->in_motion);
	fprintf(out, "%s\n", a->balanced ? "balanced" : "NOT balanced");
}

static void
report_print(const struct ctl_audit *a, const json_t *rows, FILE *out)
{
	static const struct ctl_column paths[] = {
		{"port", "PORT"},
		{"received", "RECEIVED"},
		{"recirculated", "RECIRCULATED"},
		{"hardware", "HARDWARE"},
		{"hits", "HITS"},
		{"upcalls", "UPCALLS"},
		{"drops", "DROPS"},
		{"diff", "DIFFERENCE"},
	};
	static const struct ctl_column ledger[] = {
		{"port", "PORT"},	  {"ledger_hw", "LEDGER-HW"},
		{"diff_hw", "DIFF"},	  {"ledger_sw", "LEDGER-SW"},
		{"diff_sw", "DIFF"},	  {"ledger_upcalled", "LEDGER-UPCALLED"},
		{"released", "RELEASED"}, {"diff_upcalled", "DIFF"},
	};

	ctl_table_print(rows, paths, sizeof paths / sizeof paths[0], out);
	reasons_print(rows, out);
	fputc('\n', out);
	ctl_table_print(rows, ledger, sizeof ledger / sizeof ledger[0], out);
	fputc('\n', out);
	verdict_print(a, out);
}

/* An unbalanced report is returned as the command's error, so that every client can detect it. */
static int
report(struct ctl_call *c, const struct ctl_audit *a)
{
	json_t *rows = json_array();
	int rc = 0;

	for (unsigned int i = 0; i < a->n_ports; i++)
		json_array_append_new(rows, port_json(&a->ports[i]));
	if (c->json) {
		rc = ctl_call_json(c, json_pack("{sb sI so}", "balanced", a->balanced, "in_motion",
						(json_int_t)a->in_motion, "ports", rows));
	} else {
		report_print(a, rows, c->out);
		json_decref(rows);
	}
	return !rc && !a->balanced ? REPORT_FAILED : rc;
}

static int look(struct ctl_call *c);

static int
counters_final(struct ctl_call *c, int rc)
{
	struct ctl_audit *a = ctl_call_state(c);

	if (rc)
		LOG_WARN(c->stack->log, CONTROL, "audit: hardware keeps an older rule: %s",
			 strerror(-rc));
	return ctl_audit_end(c->stack, a) ? report(c, a) : look(c);
}

static int
counters_read(struct ctl_call *c, int rc)
{
	(void)rc;
	return ctl_call_wait(c, UPC_CALL_SETTLE, counters_final);
}

static int
look(struct ctl_call *c)
{
	return ctl_call_sleep(c, ctl_audit_begin(c->stack, ctl_call_state(c)), counters_read);
}

int
ctl_audit(struct ctl_call *c)
{
	struct ctl_audit *a;
	int rc;

	if (c->stack->kernel)
		return ctl_audit_kernel(c);
	rc = ctl_audit_create(&a);
	if (rc)
		return rc;
	ctl_call_own(c, a, ctl_audit_destroy);
	return look(c);
}

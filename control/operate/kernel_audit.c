/* SPDX-License-Identifier: Apache-2.0 */
#include "operate/kernel_audit.h"

#include <base/clock.h>
#include <flow/dp.h>
#include <flow/text.h>

#include <errno.h>
#include <stdlib.h>

#define AUDIT_LOOKS 4
#define AUDIT_WAIT_NS (50 * NS_PER_MS)
#define STEP_FLOWS 256 /* of the ledger */
#define STEP_LOOKS 64
#define WALK_TRIES 3
#define PORTS_MAX 65536

enum phase { PORTS_FIRST, KERNEL, LEDGER, AGAIN, PORTS_LAST, OVER };

struct ctl_kernel_audit {
	struct ctl_kernel_audit_of of;
	enum phase phase;
	struct kdp_walk *walk;
	struct upc_flow_cursor *cursor;
	unsigned int n_tries; /* walks that an error ended */
	unsigned int look;    /* looks at the differences that are complete */
	unsigned int at;      /* next difference of this look */
	struct upc_stats before;
	/* Of flows, and behind them of ports. */
	struct ctl_audit_difference d[CTL_AUDIT_MAX];
	unsigned int n;
	uint32_t ports[CTL_AUDIT_MAX]; /* that differed at the first look */
	unsigned int n_ports;
	uint8_t has_port[PORTS_MAX / 8]; /* in the kernel */
	struct ctl_kernel_audit_result result;
};

const char *const ctl_audit_kind_names[CTL_AUDIT_N_KINDS] = {
#define K(id, name, next) name,
	CTL_AUDIT_KINDS(K)
#undef K
};
const char *const ctl_audit_kind_nexts[CTL_AUDIT_N_KINDS] = {
#define K(id, name, next) next,
	CTL_AUDIT_KINDS(K)
#undef K
};

int
ctl_kernel_audit_create(const struct ctl_kernel_audit_of *of, struct ctl_kernel_audit **out)
{
	struct ctl_kernel_audit *a = calloc(1, sizeof *a);

	if (!a)
		return -ENOMEM;
	a->of = *of;
	upc_stats(of->upc, &a->before);
	*out = a;
	return 0;
}

static void
texts_free(struct ctl_audit_difference *d)
{
	free(d->kernel);
	free(d->ours);
	d->kernel = d->ours = NULL;
}

static void
differences_forget(struct ctl_kernel_audit *a)
{
	for (unsigned int i = 0; i < a->n; i++)
		texts_free(&a->d[i]);
	a->n = 0;
	a->result.n_kernel = a->result.n_unexamined = 0;
}

void
ctl_kernel_audit_destroy(void *aux)
{
	struct ctl_kernel_audit *a = aux;

	if (!a)
		return;
	kdp_walk_destroy(a->walk);
	upc_flow_cursor_close(a->cursor);
	differences_forget(a);
	free(a);
}

static struct ctl_audit_difference *
note(struct ctl_kernel_audit *a, enum ctl_audit_kind kind, const struct flow_ufid *ufid)
{
	struct ctl_audit_difference *d = &a->d[a->n];

	if (a->n == CTL_AUDIT_MAX) {
		a->result.n_unexamined++;
		return NULL;
	}
	*d = (struct ctl_audit_difference){.kind = kind, .port = FLOW_PORT_NONE};
	if (ufid)
		d->ufid = *ufid;
	a->n++;
	return d;
}

/* ---- texts ---- */

/* Returns a text without memory as NULL, too: it is left out. */
static char *
flow_text(const struct flow_match *m, const struct flow_actions *acts, const char *refused)
{
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	if (!f)
		return NULL;
	if (m) {
		flow_match_print_dp(m, NULL, false, f);
		fputs(", actions:", f);
		flow_actions_print_dp(acts, NULL, f);
	} else {
		fprintf(f, "with '%s', which Tandem does not have", refused);
	}
	fclose(f);
	return text;
}

static char *
port_text(const struct kdp_port_config *c, const char *device)
{
	static const char *const kinds[KDP_N_PORT_KINDS] = {"system", "internal", "vxlan", "geneve",
							    "gre"};
	char *text = NULL;

	if (asprintf(&text, c->udp_port ? "%s, %s, UDP port %u" : "%s, %s", device, kinds[c->kind],
		     c->udp_port) < 0)
		return NULL;
	return text;
}

/* ---- one flow ---- */

/* A flow of the kernel beside the megaflow of its UFID. */
struct pair {
	struct ctl_audit_difference *texts; /* NULL: none are made */
	const struct kdp_found *found;
	enum ctl_audit_kind kind;
};

static int
pair_compare(const struct upc_flow_view *v, void *aux)
{
	const struct kdp_found *f;
	struct pair *p = aux;

	f = p->found;
	p->kind = CTL_AUDIT_SAME;
	if (!kdp_found_matches(f, v->match))
		p->kind = CTL_AUDIT_MATCH;
	else if (!kdp_found_acts(f, v->match, v->actions))
		p->kind = CTL_AUDIT_ACTIONS;
	if (p->kind != CTL_AUDIT_SAME && p->texts)
		p->texts->ours = flow_text(v->match, v->actions, NULL);
	return 0;
}

/* Returns how a flow of the kernel differs from the ledger, without its counts. */
static enum ctl_audit_kind
found_compare(struct ctl_kernel_audit *a, const struct kdp_found *f,
	      struct ctl_audit_difference *texts)
{
	struct pair p = {.texts = texts, .found = f, .kind = CTL_AUDIT_UNKNOWN};

	upc_flow_get(a->of.upc, &f->ufid, pair_compare, &p);
	if (p.kind != CTL_AUDIT_SAME && texts)
		texts->kernel = flow_text(f->match, f->actions, f->refused);
	return p.kind;
}

/* ---- the kernel's flows ---- */

static int
kernel_flow(void *aux, const struct kdp_found *f)
{
	struct ctl_kernel_audit *a = aux;
	struct ctl_audit_difference *d;
	enum ctl_audit_kind kind;

	a->result.n_kernel++;
	if (f->has_ufid) {
		kind = found_compare(a, f, NULL);
		if (kind != CTL_AUDIT_SAME)
			note(a, kind, &f->ufid);
		return 0;
	}
	d = note(a, CTL_AUDIT_FOREIGN, NULL);
	if (d)
		d->kernel = flow_text(f->match, f->actions, f->refused);
	return 0;
}

/* A walk that an error ended begins anew. */
static int
kernel_step(struct ctl_kernel_audit *a)
{
	uint64_t before = a->result.n_kernel;
	int rc = a->walk ? 0 : kdp_walk_create(a->of.kdp, false, &a->walk);

	if (!rc)
		rc = kdp_walk_next(a->walk, kernel_flow, a);
	if (a->result.n_kernel - before > a->result.n_flows_most)
		a->result.n_flows_most = (unsigned int)(a->result.n_kernel - before);
	if (rc > 0)
		return 1;
	kdp_walk_destroy(a->walk);
	a->walk = NULL;
	if (rc < 0 && rc != -ENODEV && ++a->n_tries < WALK_TRIES) {
		differences_forget(a);
		return 1;
	}
	a->phase = LEDGER;
	return rc < 0 ? rc : 1;
}

/* ---- the ledger's flows ---- */

/* Megaflows of a step: more than it asks for, if their UFIDs have one hash. */
struct gather {
	struct dp_op *ops;
	uint64_t *packets; /* that the ledger has read */
	unsigned int n, n_room;
	bool is_short; /* of memory */
};

static int
gather_grow(struct gather *g)
{
	unsigned int n = g->n_room ? 2 * g->n_room : STEP_FLOWS;
	struct dp_op *ops = realloc(g->ops, n * sizeof *ops);
	uint64_t *packets = realloc(g->packets, n * sizeof *packets);

	if (ops)
		g->ops = ops;
	if (packets)
		g->packets = packets;
	if (!ops || !packets)
		return -ENOMEM;
	g->n_room = n;
	return 0;
}

static int
ledger_flow(const struct upc_flow_view *v, void *aux)
{
	struct gather *g = aux;

	if (v->state != UPC_OPERATIONAL)
		return 0;
	if (g->n == g->n_room && gather_grow(g)) {
		g->is_short = true;
		return -ENOMEM;
	}
	g->packets[g->n] = v->sw.packets;
	g->ops[g->n++] = (struct dp_op){.type = DP_OP_GET, .ufid = v->ufid};
	return 0;
}

/* A flow that could not be read is read again, too: an error that remains ends the audit. */
static int
gathered_check(struct ctl_kernel_audit *a, const struct gather *g)
{
	for (unsigned int i = 0; i < g->n; i++) {
		const struct dp_op *op = &g->ops[i];

		if (op->error == -ENODEV)
			return -ENODEV;
		if (op->error)
			note(a, CTL_AUDIT_MISSING, &op->ufid);
		else if (op->stats.packets < g->packets[i])
			note(a, CTL_AUDIT_COUNTS, &op->ufid);
	}
	return 0;
}

static int
ledger_step(struct ctl_kernel_audit *a)
{
	struct dp *dp = kdp_dp(a->of.kdp);
	struct gather g = {0};
	int more = 0, rc = a->cursor ? 0 : upc_flow_cursor_open(a->of.upc, &a->cursor);

	if (!rc)
		more = upc_flow_cursor_step(a->cursor, STEP_FLOWS, ledger_flow, &g);
	if (more < 0 || g.is_short)
		rc = -ENOMEM;
	if (!rc && g.n) {
		dp->class->operate(dp, g.ops, g.n);
		rc = gathered_check(a, &g);
	}
	a->result.n_ledger += g.n;
	if (g.n > a->result.n_asks_most)
		a->result.n_asks_most = g.n;
	free(g.ops);
	free(g.packets);
	if (!rc && !more)
		a->phase = AGAIN;
	return rc ? rc : 1;
}

/* ---- looks at what differs ---- */

struct look {
	struct ctl_kernel_audit *a;
	struct ctl_audit_difference *d;
	uint64_t packets; /* that the ledger had read before */
	bool in_ledger;
	enum ctl_audit_kind kind;
};

static int
look_ours(const struct upc_flow_view *v, void *aux)
{
	struct look *l = aux;

	l->in_ledger = v->state == UPC_OPERATIONAL;
	l->packets = v->sw.packets;
	if (l->kind == CTL_AUDIT_MISSING && l->in_ledger)
		l->d->ours = flow_text(v->match, v->actions, NULL);
	return 0;
}

static int
look_kernel(void *aux, const struct kdp_found *f)
{
	struct look *l = aux;

	l->kind = found_compare(l->a, f, l->d);
	if (l->kind != CTL_AUDIT_SAME || f->stats.packets >= l->packets)
		return 0;
	l->kind = CTL_AUDIT_COUNTS;
	if (asprintf(&l->d->kernel, "%llu packets", (unsigned long long)f->stats.packets) < 0)
		l->d->kernel = NULL;
	if (asprintf(&l->d->ours, "%llu packets", (unsigned long long)l->packets) < 0)
		l->d->ours = NULL;
	return 0;
}

/* Returns how the flow differs now, with texts. One that either side is about to have, or has no more, does not. */
static int
look_again(struct ctl_kernel_audit *a, struct ctl_audit_difference *d)
{
	struct look l = {.a = a, .d = d, .kind = CTL_AUDIT_SAME};
	int rc;

	texts_free(d);
	upc_flow_get(a->of.upc, &d->ufid, look_ours, &l);
	rc = kdp_flow_look(a->of.kdp, &d->ufid, look_kernel, &l);
	if (rc == -ENOENT && l.in_ledger) {
		l.in_ledger = false;
		l.kind = CTL_AUDIT_MISSING;
		upc_flow_get(a->of.upc, &d->ufid, look_ours, &l);
		if (!l.in_ledger)
			l.kind = CTL_AUDIT_SAME;
	} else if (rc && rc != -ENOENT) {
		return rc;
	}
	d->kind = l.kind;
	return 0;
}

static int
by_ufid(const void *x, const void *y)
{
	const struct ctl_audit_difference *a = x, *b = y;

	return memcmp(&a->ufid, &b->ufid, sizeof a->ufid);
}

/* Removes differences that are gone, and one of two of the same UFID. */
static void
differences_thin(struct ctl_kernel_audit *a)
{
	unsigned int n = 0;

	qsort(a->d, a->n, sizeof *a->d, by_ufid);
	for (unsigned int i = 0; i < a->n; i++) {
		bool is_twice =
			n && a->d[i].kind != CTL_AUDIT_FOREIGN && !by_ufid(&a->d[n - 1], &a->d[i]);

		if (a->d[i].kind != CTL_AUDIT_SAME && !is_twice) {
			a->d[n++] = a->d[i];
			continue;
		}
		a->result.n_changing += !is_twice;
		texts_free(&a->d[i]);
	}
	a->n = n;
}

static int
again_step(struct ctl_kernel_audit *a, uint64_t *wait_ns)
{
	unsigned int n = 0;
	int rc;

	for (; a->at < a->n && n < STEP_LOOKS; a->at++) {
		if (a->d[a->at].kind == CTL_AUDIT_FOREIGN)
			continue;
		rc = look_again(a, &a->d[a->at]);
		if (rc)
			return rc;
		n++;
	}
	if (a->at < a->n)
		return 1;
	differences_thin(a);
	a->at = 0;
	*wait_ns = a->n ? AUDIT_WAIT_NS << a->look : a->n_ports ? AUDIT_WAIT_NS : 0;
	if (!a->n || ++a->look == AUDIT_LOOKS)
		a->phase = PORTS_LAST;
	return 1;
}

/* ---- ports ---- */

/* Whether the port differed at the first look, too; at that all do. */
static bool
port_differed(const struct ctl_kernel_audit *a, uint32_t number)
{
	for (unsigned int i = 0; i < a->n_ports; i++) {
		if (a->ports[i] == number)
			return true;
	}
	return false;
}

static struct ctl_audit_difference *
port_note(struct ctl_kernel_audit *a, enum ctl_audit_kind kind, const struct ctl_kernel_port *p)
{
	struct ctl_audit_difference *d;

	if (a->phase == PORTS_FIRST) {
		if (a->n_ports < CTL_AUDIT_MAX)
			a->ports[a->n_ports++] = p->number;
		return NULL;
	}
	if (!port_differed(a, p->number))
		return NULL;
	d = note(a, kind, NULL);
	if (!d)
		return NULL;
	d->port = p->number;
	d->ours = port_text(&p->config, p->interface);
	return d;
}

static int
kernel_port(void *aux, uint32_t number, const struct kdp_port_stats *port)
{
	struct ctl_kernel_audit *a = aux;
	const struct ctl_kernel_port *p = ctl_kernel_ports_find(a->of.ports, number);
	const struct kdp_port_config *c = &port->config;
	struct ctl_audit_difference *d;

	if (number < PORTS_MAX)
		a->has_port[number / 8] |= (uint8_t)(1 << number % 8);
	if (!p) {
		a->result.n_unowned += number != 0;
		return 0;
	}
	if (!p->ifindex || (c->kind == p->config.kind && c->udp_port == p->config.udp_port &&
			    !strcmp(c->name, p->interface)))
		return 0;
	d = port_note(a, CTL_AUDIT_PORT_OTHER, p);
	if (d)
		d->kernel = port_text(c, c->name);
	return 0;
}

static int
ports_step(struct ctl_kernel_audit *a)
{
	int rc;

	a->result.n_unowned = a->result.n_lost = 0;
	memset(a->has_port, 0, sizeof a->has_port);
	rc = kdp_ports_each(a->of.kdp, kernel_port, a);
	if (rc)
		return rc;
	for (unsigned int i = 0; i < a->of.ports->n; i++) {
		const struct ctl_kernel_port *p = a->of.ports->by_number[i];

		if (!p->ifindex)
			a->result.n_lost++;
		else if (!(a->has_port[p->number / 8] >> p->number % 8 & 1))
			port_note(a, CTL_AUDIT_PORT_MISSING, p);
	}
	a->phase++;
	return a->phase != OVER;
}

int
ctl_kernel_audit_step(struct ctl_kernel_audit *a, uint64_t *wait_ns)
{
	*wait_ns = 0;
	switch (a->phase) {
	case PORTS_FIRST:
	case PORTS_LAST:
		return ports_step(a);
	case KERNEL:
		return kernel_step(a);
	case LEDGER:
		return ledger_step(a);
	case AGAIN:
		return again_step(a, wait_ns);
	default:
		return 0;
	}
}

void
ctl_kernel_audit_result(const struct ctl_kernel_audit *a, struct ctl_kernel_audit_result *out)
{
	struct upc_stats now;

	upc_stats(a->of.upc, &now);
	*out = a->result;
	out->differences = a->d;
	out->n = a->n;
	out->n_vanished = now.vanished - a->before.vanished;
	out->n_orphans = now.orphans - a->before.orphans;
}

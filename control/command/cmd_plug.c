/* SPDX-License-Identifier: Apache-2.0 */
/* Commands port/add and port/del: add and remove ports under traffic. */
#include "command/cmd_plug.h"

#include "command/commands.h"
#include "operate/datapath.h"
#include "operate/local.h"
#include "operate/ports.h"

#include <base/clock.h>
#include <openflow/agent.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Timeout for devices to remove a port's hardware rules, as in ofl_port_del(); each rule adds to
 * it. */
#define UNPLUG_NS (5 * NS_PER_S)

/* Ports that are being removed, one after the other. */
struct unplug {
	struct unplugged {
		uint32_t dp_port;
		char *name;
	} * ports;
	unsigned int n, n_done;
	bool any; /* a port left its bridge, perhaps a patch port, which has no device */
	int rc;	  /* result of the call */
	int (*then)(struct ctl_call *c, int rc);
};

static void
unplug_free(void *aux)
{
	struct unplug *u = aux;

	for (unsigned int i = 0; i < u->n; i++)
		free(u->ports[i].name);
	free(u->ports);
	free(u);
}

static struct unplug *
unplug_new(unsigned int n_max, int (*then)(struct ctl_call *c, int rc))
{
	struct unplug *u = calloc(1, sizeof *u);

	if (!u)
		return NULL;
	u->then = then;
	u->ports = calloc(n_max ? n_max : 1, sizeof *u->ports);
	if (u->ports)
		return u;
	free(u);
	return NULL;
}

static int unplug_next(struct ctl_call *c);

/* Removes the port, whether or not all hardware rules are removed: a device that still has some is
 * held until the last one is removed (ofl_port_del_start()). */
static int
port_released(struct ctl_call *c, int rc)
{
	struct unplug *u = ctl_call_state(c);
	const struct unplugged *p = &u->ports[u->n_done++];

	if (rc)
		LOG_WARN(c->stack->log, CONTROL, "port %s: hardware keeps its rules: %s", p->name,
			 strerror(-rc));
	ctl_port_unplug(c->stack, p->dp_port, p->name);
	return unplug_next(c);
}

static int
unplug_next(struct ctl_call *c)
{
	struct unplug *u = ctl_call_state(c);
	struct ofl_ticket *ticket = NULL;
	struct loop_completion *end;
	int rc;

	if (u->n_done == u->n)
		return u->then(c, u->rc);
	rc = ctl_call_ticket_begin(c, port_released, &end);
	if (!rc)
		rc = ofl_port_del_start(c->stack->ofl, u->ports[u->n_done].dp_port,
					loop_completion_end, end, &ticket);
	return ctl_call_ticket(c, rc, ticket, UNPLUG_NS);
}

/* Continues after the barrier, also if hardware was too slow for it: the offload thread then
 * removes the port's hardware rules itself. */
static int
flows_left(struct ctl_call *c, int rc)
{
	if (rc)
		LOG_WARN(c->stack->log, CONTROL, "hardware is slow to remove a port's flows: %s",
			 strerror(-rc));
	return unplug_next(c);
}

/* Removes a port from its bridge and appends it to 'u'. Returns 0 or -errno. */
static int
leave(struct ctl_call *c, struct unplug *u, const char *name)
{
	struct unplugged *p = &u->ports[u->n];
	struct xlate_port xp;
	int rc = xlate_port_by_name(c->stack->xlate, name, &xp, NULL);

	if (rc)
		return rc;
	if (xp.peer) {
		rc = xlate_port_del(c->stack->xlate, name, c->err, sizeof c->err);
		u->any |= !rc;
		return rc;
	}
	p->dp_port = xp.dp_port;
	p->name = strdup(name);
	if (!p->name)
		return -ENOMEM;
	rc = xlate_port_del(c->stack->xlate, name, c->err, sizeof c->err);
	u->any |= !rc;
	if (rc)
		free(p->name);
	else
		u->n++;
	return rc;
}

/* A device is removed after the barrier, when no megaflow from the port's time in its bridge is in
 * effect. If a port cannot be removed, those that have left their bridge still are, as no command
 * can name a device without a bridge. */
int
ctl_call_ports_del(struct ctl_call *c, const char *const *names, unsigned int n,
		   int (*then)(struct ctl_call *c, int rc))
{
	struct unplug *u = unplug_new(n, then);
	int rc;

	if (!u)
		return -ENOMEM;
	ctl_call_own(c, u, unplug_free);
	for (unsigned int i = 0; i < n && !u->rc; i++)
		u->rc = leave(c, u, names[i]);
	if (u->rc && !c->err[0])
		ctl_fail(c, u->rc, "ports cannot be removed: %s", strerror(-u->rc));
	if (!u->any)
		return then(c, u->rc);
	rc = ctl_call_wait(c, UPC_CALL_SETTLE, flows_left);
	return rc < 0 ? flows_left(c, rc) : rc;
}

static int
port_removed(struct ctl_call *c, int rc)
{
	agent_sync(c->stack->agent);
	return rc;
}

int
ctl_port_del(struct ctl_call *c)
{
	const char *const *name = &c->argv[c->argc - 1];
	struct xlate_bridge *br = NULL, *owner;
	struct xlate_port port;
	int rc = c->argc == 2 ? ctl_call_bridge(c, c->argv[0], &br) : 0;

	if (rc)
		return rc;
	if (xlate_port_by_name(c->stack->xlate, *name, &port, &owner))
		return ctl_fail(c, -ENOENT, "there is no port %s", *name);
	if (br && br != owner)
		return ctl_fail(c, -ENOENT, "bridge %s has no port %s: it is one of %s", c->argv[0],
				*name, xlate_bridge_name(owner));
	return ctl_call_ports_del(c, name, 1, port_removed);
}

/* A port whose device exists, and that the offload thread is asked to take. */
struct plug {
	struct ctl_port port; /* borrows from the arguments, or from 'local' */
	struct ctl_local local;
	uint32_t dp_port;
	int (*then)(struct ctl_call *c, int rc); /* NULL: the call ends */
};

/* Removes the device of a port that could not join its bridge. The call ends with 'error'. */
static int
take_back(struct ctl_call *c, const struct plug *p, int error)
{
	struct unplug *u = unplug_new(1, port_removed);

	if (!u)
		return -ENOMEM;
	*u->ports = (struct unplugged){.dp_port = p->dp_port, .name = strdup(p->port.name)};
	u->n = 1;
	u->rc = error;
	free(ctl_call_state(c));
	ctl_call_own(c, u, unplug_free);
	return u->ports->name ? unplug_next(c) : -ENOMEM;
}

static int
added(struct ctl_call *c, uint16_t ofp_port)
{
	agent_sync(c->stack->agent);
	return c->json ? ctl_call_json(c, json_pack("{si}", "id", ofp_port)) : 0;
}

static int
offered(struct ctl_call *c, int rc)
{
	struct plug *p = ctl_call_state(c);
	struct nic_refusal why;
	uint16_t ofp_port;

	ofl_ticket_refusal(ctl_call_ticket_get(c), &why);
	rc = ctl_port_join(c->stack, c->argv[0], &p->port, p->dp_port, rc, &why, &ofp_port, c->err,
			   sizeof c->err);
	if (rc)
		return take_back(c, p, rc);
	return p->then ? p->then(c, 0) : added(c, ofp_port);
}

static int
offer(struct ctl_call *c, const struct plug *p, uint16_t ethdev)
{
	struct ofl_ticket *ticket = NULL;
	struct loop_completion *end;
	int rc = ctl_call_ticket_begin(c, offered, &end);

	if (!rc)
		rc = ofl_port_add_start(c->stack->ofl, p->dp_port, ethdev,
					ctl_port_nics(c->stack, ethdev), loop_completion_end, end,
					&ticket);
	rc = ctl_call_ticket(c, rc, ticket, UINT64_MAX);
	if (rc < 0)
		ctl_port_unplug(c->stack, p->dp_port, p->port.name);
	return rc;
}

int
ctl_call_local_add(struct ctl_call *c, int (*then)(struct ctl_call *c, int rc))
{
	struct plug *p = calloc(1, sizeof *p);
	uint16_t ethdev;
	int rc;

	if (!p)
		return -ENOMEM;
	ctl_call_own(c, p, free);
	p->then = then;
	rc = c->stack->datapath->local_make(c->stack, c->argv[0], &p->local, c->err, sizeof c->err);
	if (rc)
		return rc;
	p->port = p->local.port;
	rc = ctl_port_plug(c->stack, c->argv[0], &p->port, &p->dp_port, &ethdev, c->err,
			   sizeof c->err);
	return rc ? rc : offer(c, p, ethdev);
}

int
ctl_port_add_run(struct ctl_call *c)
{
	struct plug *p = calloc(1, sizeof *p);
	uint16_t ethdev, ofp_port;
	int rc = 0;

	if (!p)
		return -ENOMEM;
	ctl_call_own(c, p, free);
	p->port = ctl_port_default();
	p->port.name = c->argv[1];
	for (unsigned int i = 2; !rc && i < c->argc; i++)
		rc = ctl_port_word(&p->port, c->argv[i], c->err, sizeof c->err);
	if (!rc && (p->port.type == CTL_PORT_PATCH || ctl_port_is_tunnel(&p->port))) {
		rc = ctl_link_port_add(c->stack, c->argv[0], &p->port, &ofp_port, c->err,
				       sizeof c->err);
		return rc ? rc : added(c, ofp_port);
	}
	if (!rc)
		rc = ctl_port_plug(c->stack, c->argv[0], &p->port, &p->dp_port, &ethdev, c->err,
				   sizeof c->err);
	return rc ? rc : offer(c, p, ethdev);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "agent_lab.h"

#include <messages/codec.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define TURNS_TO_CONNECT 100

/* Accepts any rates; there is no datapath. */
static int
meter_set(void *aux, uint32_t dp_meter, const struct flow_meter *rates)
{
	(void)aux;
	(void)dp_meter;
	(void)rates;
	return 0;
}

static void
meter_del(void *aux, uint32_t dp_meter)
{
	(void)aux;
	(void)dp_meter;
}

static int
meter_stats(void *aux, uint32_t dp_meter, struct flow_meter_stats *out)
{
	(void)aux;
	(void)dp_meter;
	*out = (struct flow_meter_stats){0};
	return 0;
}

static const struct xlate_meter_sink meters = {
	.set = meter_set, .del = meter_del, .stats = meter_stats};

void
agent_lab_open(struct agent_lab *lab)
{
	agent_lab_open_rate(lab, 0);
}

void
agent_lab_open_rate(struct agent_lab *lab, unsigned int packet_rate)
{
	struct xlate_config xc = {.seed = 1};
	struct agent_config ac = {.rundir = lab->dir, .packet_rate = packet_rate};

	memset(lab, 0, sizeof *lab);
	rcu_thread_start();
	signal(SIGPIPE, SIG_IGN);
	strcpy(lab->dir, "/tmp/tandem-agent-XXXXXX");
	assert_non_null(mkdtemp(lab->dir));
	assert_int_equal(log_create(stderr, &lab->modules.log), 0);
	assert_int_equal(xlate_create(&xc, &lab->modules.xlate), 0);
	xlate_meter_sink_set(lab->modules.xlate, &meters);
	assert_int_equal(xlate_bridge_add(lab->modules.xlate, "br0", lab->err, sizeof lab->err), 0);
	lab->br = xlate_bridge_find(lab->modules.xlate, "br0");
	agent_lab_flow(lab, XLATE_DELETE, "");
	lab->base = event_base_new();
	ac.base = lab->base;
	assert_int_equal(loop_completions_create(lab->base, &lab->modules.completions), 0);
	assert_int_equal(agent_create(&ac, &lab->agent, lab->err, sizeof lab->err), 0);
	assert_int_equal(agent_open(lab->agent, &lab->modules, lab->err, sizeof lab->err), 0);
}

void
agent_lab_close(struct agent_lab *lab)
{
	agent_close(lab->agent);
	for (int i = 0; i < 10; i++)
		agent_lab_turn(lab);
	xlate_destroy(lab->modules.xlate);
	agent_destroy(lab->agent);
	loop_completions_destroy(lab->modules.completions);
	event_base_free(lab->base);
	log_destroy(lab->modules.log);
	rmdir(lab->dir);
	rcu_drain();
	rcu_thread_stop();
}

void
agent_lab_turn(struct agent_lab *lab)
{
	rcu_sleep();
	event_base_loop(lab->base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	rcu_wake();
}

void
agent_lab_flow(struct agent_lab *lab, enum xlate_command command, const char *text)
{
	struct xlate_flow_mod fm;

	assert_int_equal(
		xlate_flow_mod_parse(lab->br, text, command, &fm, lab->err, sizeof lab->err), 0);
	assert_int_equal(xlate_flow_mods_apply(lab->modules.xlate, lab->br, &fm, 1, NULL, lab->err,
					       sizeof lab->err),
			 0);
	xlate_flow_mod_free(&fm);
}

void
agent_lab_rules(struct agent_lab *lab, unsigned int first, unsigned int n)
{
	struct xlate_flow_mod *fms = calloc(n, sizeof *fms);

	for (unsigned int i = 0; i < n; i++) {
		char text[128];

		snprintf(text, sizeof text,
			 "cookie=%u,priority=1,dl_dst=02:00:%02x:%02x:%02x:%02x,actions=output:1",
			 first + i, (first + i) >> 24, (first + i) >> 16 & 0xff,
			 (first + i) >> 8 & 0xff, (first + i) & 0xff);
		assert_int_equal(xlate_flow_mod_parse(lab->br, text, XLATE_ADD, &fms[i], lab->err,
						      sizeof lab->err),
				 0);
	}
	assert_int_equal(xlate_flow_mods_apply(lab->modules.xlate, lab->br, fms, n, NULL, lab->err,
					       sizeof lab->err),
			 0);
	for (unsigned int i = 0; i < n; i++)
		xlate_flow_mod_free(&fms[i]);
	free(fms);
}

void
agent_client_open(struct agent_lab *lab, uint8_t version, struct agent_client *c)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	const uint8_t hello[] = {version, 0, 0, 8, 0, 0, 0, 1};
	size_t n;

	*c = (struct agent_client){.version = version};
	c->fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_true(c->fd >= 0);
	snprintf(sa.sun_path, sizeof sa.sun_path, "%s/br0.mgmt", lab->dir);
	assert_int_equal(connect(c->fd, (const struct sockaddr *)&sa, sizeof sa), 0);
	fcntl(c->fd, F_SETFL, O_NONBLOCK);
	assert_int_equal(write(c->fd, hello, sizeof hello), sizeof hello);
	assert_non_null(agent_client_wait(lab, c, 0, TURNS_TO_CONNECT, &n));
}

void
agent_client_close(struct agent_client *c)
{
	close(c->fd);
	free(c->in);
	c->in = NULL;
}

void
agent_client_send(struct agent_client *c, const struct ofp_message *m)
{
	struct ofp_buffer b = OFP_BUFFER_INIT;

	assert_int_equal(ofp_encode(m, c->version, &b), 0);
	assert_int_equal(write(c->fd, b.data, b.n), b.n);
	ofp_buffer_free(&b);
}

size_t
agent_client_read(struct agent_client *c)
{
	size_t before = c->n_in - c->at;
	ssize_t n;

	if (c->at)
		memmove(c->in, c->in + c->at, before);
	c->at = 0;
	c->n_in = before;
	do {
		if (c->n_alloc - c->n_in < 65536) {
			c->n_alloc = 2 * c->n_alloc + 65536;
			c->in = realloc(c->in, c->n_alloc);
			assert_non_null(c->in);
		}
		n = read(c->fd, c->in + c->n_in, c->n_alloc - c->n_in);
		if (n > 0)
			c->n_in += (size_t)n;
	} while (n > 0);
	if (!n || errno != EAGAIN)
		c->ended = true;
	return c->n_in - before;
}

const uint8_t *
agent_client_take(struct agent_client *c, size_t *n)
{
	const uint8_t *message = c->in + c->at;

	if (c->n_in - c->at < OFP_HEADER_BYTES)
		return NULL;
	*n = (size_t)message[2] << 8 | message[3];
	if (c->n_in - c->at < *n)
		return NULL;
	c->at += *n;
	return message;
}

const uint8_t *
agent_client_wait(struct agent_lab *lab, struct agent_client *c, uint8_t type, unsigned int turns,
		  size_t *n)
{
	const uint8_t *m;

	while (turns-- && !c->ended) {
		agent_lab_turn(lab);
		agent_client_read(c);
		while ((m = agent_client_take(c, n)) != NULL)
			if (m[1] == type)
				return m;
	}
	return NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Injects faults: a datagram socket that accepts these commands:
 *   reset            the device loses its rules and reports it; with steering=connectx by libmlx5
 *   hang             as reset; also, no port receives or sends until it is reset
 *   die              a fatal error: the device can only be removed
 *   fatal on|off     the e-switch of steering=connectx fails, until "off"; packets go on
 *   fail N           the N-th insertion from now fails
 *   capacity N, insert_us N, seg_bytes N: as the device arguments
 *   link down|up     of every backing device
 *   keep N           1: destroying a rule fails; 0: it works again
 *   stall on|off     destroying a rule does not return while on
 *   unsupported A:B  as the device argument; without A:B, everything is supported again
 *   show             prints counts
 *
 * A sender with an address is answered "ok" or "error". The answer to "show" is "rules N insertions
 * N resets N stale N unfit N": the rules now, and counts since the start. 'stale' counts handles of
 * destroyed rules, 'unfit' rules that passed validation but could not be created. */
#include "control.h"

#include "fault.h"
#include "log.h"
#include "nicsim.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static bool
command_run(struct nicsim *sw, const char *text)
{
	struct nicsim_config *c = &sw->config;
	char verb[32] = "", arg[sizeof c->unsupported] = "";
	int n = sscanf(text, "%31s %255s", verb, arg);
	unsigned int number = n == 2 ? (unsigned int)strtoul(arg, NULL, 10) : 0;
	bool known = true;

	if (!strcmp(verb, "reset") && (sw->steering || !c->personality->no_reset_event)) {
		nicsim_reset(sw);
		return true;
	}
	if (!strcmp(verb, "hang") && !c->personality->no_reset_event) {
		nicsim_hang(sw);
		return true;
	}
	if (!strcmp(verb, "die")) {
		nicsim_die(sw);
		return true;
	}
	if (!strcmp(verb, "fatal") && sw->steering) {
		nicsim_steering_fail(sw, !strcmp(arg, "on"));
		return true;
	}
	rte_rwlock_write_lock(&sw->lock);
	if (!strcmp(verb, "fail"))
		c->fail_nth = (unsigned int)sw->n_insertions + number;
	else if (!strcmp(verb, "capacity"))
		c->capacity = number;
	else if (!strcmp(verb, "insert_us"))
		c->insert_us = number;
	else if (!strcmp(verb, "seg_bytes"))
		c->seg_bytes = number;
	else if (!strcmp(verb, "keep"))
		c->keep_rules = number;
	else if (!strcmp(verb, "link"))
		atomic_store_explicit(&c->link_down, !strcmp(arg, "down"), memory_order_relaxed);
	else if (!strcmp(verb, "stall"))
		c->stall = !strcmp(arg, "on");
	else if (!strcmp(verb, "unsupported"))
		memcpy(c->unsupported, arg, sizeof arg);
	else
		known = false;
	rte_rwlock_write_unlock(&sw->lock);
	return known;
}

static void
counts_print(struct nicsim *sw, char *out, size_t n_out)
{
	rte_rwlock_read_lock(&sw->lock);
	snprintf(out, n_out,
		 "rules %u insertions %" PRIu64 " resets %" PRIu64 " stale %" PRIu64
		 " unfit %" PRIu64,
		 sw->n_rules, sw->n_insertions, sw->n_resets, sw->n_stale,
		 atomic_load_explicit(&sw->n_unfit, memory_order_relaxed));
	rte_rwlock_read_unlock(&sw->lock);
}

static void *
control_main(void *aux)
{
	struct nicsim *sw = aux;

	for (;;) {
		char text[320];
		struct sockaddr_un from;
		socklen_t n_from = sizeof from;
		ssize_t n = recvfrom(sw->control_fd, text, sizeof text - 1, 0,
				     (struct sockaddr *)&from, &n_from);
		char answer[128];

		if (n <= 0)
			return NULL; /* shut down */
		text[n] = 0;
		if (!strcmp(text, "show"))
			counts_print(sw, answer, sizeof answer);
		else
			snprintf(answer, sizeof answer, "%s",
				 command_run(sw, text) ? "ok" : "error");
		if (n_from > sizeof(sa_family_t) && n_from <= sizeof from)
			sendto(sw->control_fd, answer, strlen(answer), MSG_DONTWAIT,
			       (struct sockaddr *)&from, n_from);
	}
}

int
nicsim_control_start(struct nicsim *sw)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int rc;

	sw->control_fd = -1;
	if (!*sw->config.control)
		return 0;
	snprintf(addr.sun_path, sizeof addr.sun_path, "%s", sw->config.control);
	unlink(addr.sun_path);
	sw->control_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (sw->control_fd < 0)
		return -errno;
	rc = bind(sw->control_fd, (struct sockaddr *)&addr, sizeof addr)
		     ? -errno
		     : -rte_ctrl_thread_create(&sw->control_thread, "nicsim-control", NULL,
					       control_main, sw);
	if (rc) {
		NICSIM_LOG(ERR, "control=%s: %s\n", addr.sun_path, rte_strerror(-rc));
		close(sw->control_fd);
		sw->control_fd = -1;
	}
	return rc;
}

void
nicsim_control_stop(struct nicsim *sw)
{
	if (sw->control_fd < 0)
		return;
	shutdown(sw->control_fd, SHUT_RDWR);
	pthread_join(sw->control_thread, NULL);
	close(sw->control_fd);
	unlink(sw->config.control);
	sw->control_fd = -1;
}

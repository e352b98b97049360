/* SPDX-License-Identifier: Apache-2.0 */
/* Input: the bytes of a client, in pieces: a byte gives the length of the next piece. The server
 * must answer or hang up, pass only well-formed requests to its methods, and leak nothing. */
#include <socket/rpc.h>

#include <base/rcu.h>

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
answer(void *aux, const char *method, json_t *params, struct ctl_rpc_request *r)
{
	size_t i;
	json_t *p;

	(void)aux;
	json_array_foreach (params, i, p)
		if (!json_is_string(p))
			abort();
	if (strlen(method) % 2)
		ctl_rpc_answer(r, NULL, strdup(method));
	else
		ctl_rpc_answer(r, strdup(method), NULL);
}

static void
turn(struct event_base *base, int fd)
{
	char sink[4096];

	for (int i = 0; i < 3; i++) {
		event_base_loop(base, EVLOOP_NONBLOCK);
		while (recv(fd, sink, sizeof sink, MSG_DONTWAIT) > 0)
			;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct event_base *base = event_base_new();
	struct ctl_rpc *rpc;
	int fds[2];

	rcu_thread_start();
	rcu_sleep();
	if (!base || ctl_rpc_create(base, answer, NULL, NULL, &rpc) ||
	    socketpair(AF_UNIX, SOCK_STREAM, 0, fds) || ctl_rpc_client_add(rpc, fds[1]))
		abort();
	while (n > 0 && ctl_rpc_n_clients(rpc)) {
		size_t piece = data[0] < n ? data[0] : n - 1;

		if (send(fds[0], data + 1, piece, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
			break;
		data += 1 + piece;
		n -= 1 + piece;
		turn(base, fds[0]);
	}
	shutdown(fds[0], SHUT_WR);
	turn(base, fds[0]);
	if (ctl_rpc_n_clients(rpc))
		abort();
	close(fds[0]);
	ctl_rpc_destroy(rpc);
	event_base_free(base);
	rcu_wake();
	rcu_thread_stop();
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* One connection to the daemon's control socket. Thread safety: one thread. */
#pragma once

#include <stddef.h>

struct cli_client;

/* Connects to RUNDIR/tandemd.ctl. Returns 0, or -errno; 'err' names the socket and the remedy. */
int cli_client_open(const char *rundir, struct cli_client **out, char *err, size_t n_err);

/* Uses a connected socket, which the client then owns. Returns 0 or -ENOMEM. */
int cli_client_adopt(int fd, struct cli_client **out);
void cli_client_close(struct cli_client *c);

/* Calls a method. Returns 0 and the result; -EREMOTEIO and the daemon's error; or another -errno
 * and a sentence, if the arguments are not UTF-8 or the connection broke. The caller frees '*text',
 * which is NULL if memory ran out. */
int cli_client_call(struct cli_client *c, const char *method, unsigned int argc,
		    const char *const *argv, char **text);

/* Returns when the daemon has closed the connection. */
void cli_client_wait_end(struct cli_client *c);

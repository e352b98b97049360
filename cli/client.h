/* SPDX-License-Identifier: Apache-2.0 */
/* One connection to the daemon's control socket. Thread safety: one thread. */
#pragma once

#include <stddef.h>

struct cli_client;

/* Connects to RUNDIR/tandemd.ctl. On error 'err' says which socket, and what to do. */
int cli_client_open(const char *rundir, struct cli_client **out, char *err, size_t n_err);

/* Talks over a connected socket, which becomes the client's. */
int cli_client_adopt(int fd, struct cli_client **out);
void cli_client_close(struct cli_client *c);

/* Calls a method. Returns 0 and the result; -EREMOTEIO and the daemon's error; another -errno and a
 * sentence when the connection broke. '*text' is to be freed; NULL only without memory. */
int cli_client_call(struct cli_client *c, const char *method, unsigned int argc,
		    const char *const *argv, char **text);

/* Returns when the daemon hung up. */
void cli_client_wait_end(struct cli_client *c);

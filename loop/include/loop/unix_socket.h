/* SPDX-License-Identifier: Apache-2.0 */
/* The names of Unix sockets that the daemon listens at.
 *
 * A name that exists is taken only if it is a socket at which nobody listens, as one is that a crash
 * left behind; anything else stays, and so does what another has put in the place of the socket.
 *
 * Thread safety: control only. */
#pragma once

#include <sys/stat.h>

#define CTL_UNIX_PATH_BYTES 108

struct ctl_unix_name {
	char path[CTL_UNIX_PATH_BYTES];
	dev_t dev; /* the socket's, to know it again */
	ino_t ino;
};

/* Makes a non-blocking stream socket with the name 'path', for its owner and group. Returns 0;
 * -ENAMETOOLONG; -EADDRINUSE: somebody listens there; -EEXIST: what is there is no socket; -errno. */
int ctl_unix_bind(const char *path, struct ctl_unix_name *name, int *fd);

/* Removes the name if it is still the socket's. */
void ctl_unix_unlink(const struct ctl_unix_name *name);

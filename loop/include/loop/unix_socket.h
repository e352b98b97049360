/* SPDX-License-Identifier: Apache-2.0 */
/* The names of Unix sockets that the daemon listens at.
 *
 * An existing name is taken only if it is a socket at which no process listens, e.g. after a crash.
 * Any other file is kept, including one that has replaced the daemon's socket later.
 *
 * Thread safety: control only. */
#pragma once

#include <sys/stat.h>

#define LOOP_UNIX_PATH_BYTES 108

struct loop_unix_name {
	char path[LOOP_UNIX_PATH_BYTES];
	dev_t dev; /* these identify the socket */
	ino_t ino;
};

/* Creates a non-blocking stream socket named 'path', accessible to its owner and group. Returns 0,
 * -ENAMETOOLONG, -EADDRINUSE if a process listens at it, -EEXIST if the path is another kind of
 * file, or -errno. */
int loop_unix_bind(const char *path, struct loop_unix_name *name, int *fd);

/* Removes the name if it still belongs to the socket. */
void loop_unix_unlink(const struct loop_unix_name *name);

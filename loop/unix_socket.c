/* SPDX-License-Identifier: Apache-2.0 */
#include <loop/unix_socket.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define MODE 0660

/* Removes a stale socket at the path. Returns 0 if the path is free. */
static int
make_room(const struct sockaddr_un *sa)
{
	struct stat st;
	int s, rc;

	if (lstat(sa->sun_path, &st))
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	s = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s < 0)
		return -errno;
	rc = connect(s, (const struct sockaddr *)sa, sizeof *sa) ? -errno : 0;
	close(s);
	if (rc == -ECONNREFUSED)
		return unlink(sa->sun_path) ? -errno : 0;
	return rc && rc != -EAGAIN ? rc : -EADDRINUSE;
}

/* Sets the mode of the socket before it has a name, so that it is never open to others: the umask
 * can only remove bits from it. */
static int
bind_to(const struct sockaddr_un *sa, struct loop_unix_name *name, int s)
{
	struct stat st;
	int rc = fchmod(s, MODE) ? -errno : make_room(sa);

	if (rc)
		return rc;
	if (bind(s, (const struct sockaddr *)sa, sizeof *sa))
		return -errno;
	if (chmod(sa->sun_path, MODE) || lstat(sa->sun_path, &st)) {
		rc = -errno;
		unlink(sa->sun_path);
		return rc;
	}
	strcpy(name->path, sa->sun_path);
	name->dev = st.st_dev;
	name->ino = st.st_ino;
	return 0;
}

int
loop_unix_bind(const char *path, struct loop_unix_name *name, int *fd)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	int s, rc;

	if (strlen(path) >= sizeof sa.sun_path)
		return -ENAMETOOLONG;
	strcpy(sa.sun_path, path);
	s = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s < 0)
		return -errno;
	rc = bind_to(&sa, name, s);
	if (rc)
		close(s);
	else
		*fd = s;
	return rc;
}

void
loop_unix_unlink(const struct loop_unix_name *name)
{
	struct stat st;

	if (!lstat(name->path, &st) && st.st_dev == name->dev && st.st_ino == name->ino)
		unlink(name->path);
}

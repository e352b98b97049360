/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/pidfile.h"

#include <base/err.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define ATTEMPTS 8

struct ctl_pidfile {
	int fd;
	char path[];
};

/* Locks the file. Returns -EAGAIN if 'path' names another file by now: the previous owner may
 * remove the file between open() and flock(), and a lock of a removed file excludes nobody. */
static int
lock_current(int fd, const char *path)
{
	struct stat ours, named;

	if (flock(fd, LOCK_EX | LOCK_NB))
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	if (fstat(fd, &ours) || stat(path, &named) || ours.st_ino != named.st_ino ||
	    ours.st_dev != named.st_dev)
		return -EAGAIN;
	return 0;
}

static int
file_lock(const char *path, int *fd)
{
	int rc = -EAGAIN;

	for (int i = 0; rc == -EAGAIN && i < ATTEMPTS; i++) {
		*fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
		if (*fd < 0)
			return -errno;
		rc = lock_current(*fd, path);
		if (rc == -EAGAIN)
			close(*fd);
	}
	return rc;
}

static void
busy_error(int fd, const char *path, char *err, size_t n_err)
{
	char pid[16] = "?";
	ssize_t n = pread(fd, pid, sizeof pid - 1, 0);

	pid[n > 0 ? n : 0] = '\0';
	pid[strcspn(pid, "\n")] = '\0';
	err_print(err, n_err, "%s is locked: tandemd runs there already (process %s)", path,
		  pid[0] ? pid : "?");
}

static int
number_write(int fd)
{
	char text[16];
	int n = snprintf(text, sizeof text, "%d\n", (int)getpid());

	errno = 0;
	if (!ftruncate(fd, 0) && pwrite(fd, text, (size_t)n, 0) == n)
		return 0;
	return errno ? -errno : -EIO;
}

int
ctl_pidfile_create(const char *path, struct ctl_pidfile **out, char *err, size_t n_err)
{
	struct ctl_pidfile *p = malloc(sizeof *p + strlen(path) + 1);
	int fd = -1;
	int rc;

	if (!p)
		return -ENOMEM;
	rc = file_lock(path, &fd);
	if (!rc) {
		rc = number_write(fd);
		if (rc)
			unlink(path);
	}
	if (rc) {
		if (rc == -EBUSY)
			busy_error(fd, path, err, n_err);
		else
			err_print(err, n_err, "%s: %s", path, strerror(-rc));
		if (fd >= 0 && rc != -EAGAIN)
			close(fd);
		free(p);
		return rc;
	}
	p->fd = fd;
	strcpy(p->path, path);
	*out = p;
	return 0;
}

void
ctl_pidfile_destroy(struct ctl_pidfile *p)
{
	if (!p)
		return;
	unlink(p->path);
	close(p->fd);
	free(p);
}

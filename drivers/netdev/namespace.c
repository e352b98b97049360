/* SPDX-License-Identifier: Apache-2.0 */
#include "namespace.h"

#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <rte_errno.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

static int
own_open(void)
{
	return open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
}

static bool
are_same(int a, int b)
{
	struct stat as, bs;

	return !fstat(a, &as) && !fstat(b, &bs) && as.st_dev == bs.st_dev && as.st_ino == bs.st_ino;
}

bool
netdev_namespace_is_own(int tap)
{
	int own = own_open(), there = ioctl(tap, TUNGETDEVNETNS);
	bool is_own = own >= 0 && there >= 0 && are_same(there, own);

	if (own >= 0)
		close(own);
	if (there >= 0)
		close(there);
	return is_own;
}

int
netdev_namespace_enter(int tap, int *back)
{
	int own = own_open(), there, rc = 0;
	bool enters;

	*back = -1;
	if (own < 0)
		return -errno;
	there = ioctl(tap, TUNGETDEVNETNS);
	if (there < 0)
		rc = -errno;
	enters = !rc && !are_same(there, own);
	if (enters && setns(there, CLONE_NEWNET))
		rc = -errno;
	if (there >= 0)
		close(there);
	if (enters && !rc)
		*back = own;
	else
		close(own);
	return rc;
}

void
netdev_namespace_leave(int back)
{
	if (back < 0)
		return;
	if (setns(back, CLONE_NEWNET))
		NETDEV_LOG(ERR, "the network namespace cannot be left: %s\n", rte_strerror(errno));
	close(back);
}

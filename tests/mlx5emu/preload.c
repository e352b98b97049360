/* SPDX-License-Identifier: Apache-2.0 */
/* The system calls of the process that the device answers. Each passes on what does not concern the device. */

/* With it, open and stat here would be other symbols than those that libibverbs uses. */
#undef _FILE_OFFSET_BITS
#include "async.h"
#include "device.h"
#include "uverbs.h"
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <rdma/ib_user_ioctl_cmds.h>
#include <rdma/rdma_user_ioctl_cmds.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEVICE_FILE "/dev/infiniband/uverbs0"
/* A character device that can be mapped, as the pages with the doorbells are. */
#define BACKING_FILE "/dev/zero"

#define NEXT(name) ((__typeof__(&(name)))dlsym(RTLD_NEXT, #name))

static bool
is_device_file(const char *path)
{
	if (strcmp(path, DEVICE_FILE))
		return false;
	struct emu_device *dev = emu_lock();

	if (dev)
		emu_unlock(dev);
	return dev;
}

static int
device_open(int flags)
{
	int fd = NEXT(open)(BACKING_FILE, flags);
	struct emu_device *dev = fd < 0 ? NULL : emu_lock();

	if (!dev)
		return fd;
	struct emu_context *context = emu_context_find(dev, -1);

	if (context) {
		context->fd = fd;
		dev->counts.contexts++;
	}
	emu_unlock(dev);
	if (!context) {
		NEXT(close)(fd);
		errno = EMFILE;
		return -1;
	}
	return fd;
}

int
open(const char *path, int flags, ...)
{
	va_list args;

	va_start(args, flags);
	mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(args, mode_t) : 0;

	va_end(args);
	return is_device_file(path) ? device_open(flags) : NEXT(open)(path, flags, mode);
}

int
stat(const char *restrict path, struct stat *restrict st)
{
	return NEXT(stat)(is_device_file(path) ? BACKING_FILE : path, st);
}

int
close(int fd)
{
	struct emu_device *dev = fd < 0 ? NULL : emu_lock();
	struct emu_context *context = dev ? emu_context_find(dev, fd) : NULL;
	int event_fd = -1;

	if (dev)
		emu_async_close(dev, fd);
	if (context) {
		emu_async_close_all(dev, fd);
		emu_objects_leaked(dev, fd);
		event_fd = context->event_fd;
		*context = (struct emu_context){.fd = -1, .event_fd = -1};
		dev->counts.contexts--;
	}
	if (dev)
		emu_unlock(dev);
	if (event_fd >= 0)
		NEXT(close)(event_fd);
	return NEXT(close)(fd);
}

/* With the kernel's RDMA modules loaded, netlink would list the machine's devices and hide the tree of sysfs.c. */
int
socket(int domain, int type, int protocol)
{
	if (domain == AF_NETLINK && protocol == NETLINK_RDMA) {
		struct emu_device *dev = emu_lock();

		if (dev) {
			emu_unlock(dev);
			errno = EPROTONOSUPPORT;
			return -1;
		}
	}
	return NEXT(socket)(domain, type, protocol);
}

/* libmlx5 rings a doorbell under a spinlock, and gives it back next: the requests are executed by the thread that
 * posted them, so a test neither waits for another thread to run nor depends on when it does. */
int
pthread_spin_unlock(pthread_spinlock_t *lock)
{
	static __typeof__(&pthread_spin_unlock) _Atomic next;
	__typeof__(&pthread_spin_unlock) unlock = atomic_load_explicit(&next, memory_order_relaxed);

	if (!unlock) {
		unlock = NEXT(pthread_spin_unlock);
		atomic_store_explicit(&next, unlock, memory_order_relaxed);
	}
	int rc = unlock(lock);

	emu_doorbells();
	return rc;
}

int
ioctl(int fd, unsigned long request, ...)
{
	va_list args;

	va_start(args, request);
	void *arg = va_arg(args, void *);

	va_end(args);
	if (request != RDMA_VERBS_IOCTL)
		return NEXT(ioctl)(fd, request, arg);
	/* Flows change as entries do, while no packet is on its way. */
	bool flow = ((struct ib_uverbs_ioctl_hdr *)arg)->object_id == UVERBS_OBJECT_FLOW;
	bool quiet = false;
	struct emu_device *dev = flow ? emu_lock_quiet(&quiet) : emu_lock();

	if (!dev)
		return NEXT(ioctl)(fd, request, arg);
	bool ours = emu_context_find(dev, fd);
	int rc = ours ? emu_uverbs(dev, fd, arg) : 0;

	emu_unlock_quiet(dev, quiet);
	if (!ours)
		return NEXT(ioctl)(fd, request, arg);
	/* As a system call, success leaves errno: libmlx5 reads it after it cleaned up. */
	if (!rc)
		return 0;
	errno = rc;
	return -1;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A TAP that was moved to another network namespace may have the name of an interface of this one. No
 * request for the TAP ever reaches that interface. */
#include <netdev/interface.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#define NAME "eth0"
#define MTU_HERE 1300
#define MTU_THERE 1400

struct fixture {
	int here; /* the namespace of the test, which has a TAP of the same name */
	struct netdev_interface own, moved;
};

static int
tap_new(uint16_t mtu)
{
	struct ifreq ifr = {.ifr_flags = IFF_TAP | IFF_NO_PI, .ifr_name = NAME};
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	struct netdev_interface i = {.tap = fd};

	assert_true(fd >= 0);
	assert_int_equal(ioctl(fd, TUNSETIFF, &ifr), 0);
	assert_int_equal(netdev_interface_mtu_set(&i, mtu), 0);
	assert_int_equal(netdev_interface_up_set(&i, true), 0);
	return fd;
}

static int
begin(void **state)
{
	static struct fixture f;

	assert_int_equal(unshare(CLONE_NEWNET), 0);
	f.here = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	assert_true(f.here >= 0);
	f.own.tap = tap_new(MTU_HERE);
	assert_int_equal(unshare(CLONE_NEWNET), 0);
	f.moved.tap = tap_new(MTU_THERE);
	assert_int_equal(setns(f.here, CLONE_NEWNET), 0);
	*state = &f;
	return 0;
}

static int
end(void **state)
{
	struct fixture *f = *state;

	close(f->moved.tap);
	close(f->own.tap);
	close(f->here);
	return 0;
}

static uint16_t
mtu_of(const struct netdev_interface *i)
{
	uint16_t mtu = 0;

	assert_int_equal(netdev_interface_mtu(i, &mtu), 0);
	return mtu;
}

static bool
is_up(const struct netdev_interface *i)
{
	bool up;

	assert_int_equal(netdev_interface_up(i, &up), 0);
	return up;
}

static void
test_requests_reach_the_tap(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mtu_of(&f->moved), MTU_THERE);
	assert_int_equal(mtu_of(&f->own), MTU_HERE);
	assert_int_equal(netdev_interface_up_set(&f->moved, false), 0);
	assert_false(is_up(&f->moved));
	assert_true(is_up(&f->own));
}

/* The kernel tells the namespace of a TAP only to a thread that may administer it. */
static void
test_an_unknown_namespace_is_not_this_one(void **state)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct all[2], fewer[2];
	struct fixture *f = *state;
	uint16_t mtu = 0;
	int rc;

	assert_int_equal(syscall(SYS_capget, &header, all), 0);
	memcpy(fewer, all, sizeof all);
	fewer[CAP_TO_INDEX(CAP_NET_ADMIN)].effective &= ~CAP_TO_MASK(CAP_NET_ADMIN);
	assert_int_equal(syscall(SYS_capset, &header, fewer), 0);
	rc = netdev_interface_mtu(&f->moved, &mtu);
	assert_int_equal(syscall(SYS_capset, &header, all), 0);
	assert_int_equal(rc, -EPERM);
}

static void
test_a_deleted_tap(void **state)
{
	struct fixture *f = *state;
	struct netdev_interface closed = {.tap = open("/dev/net/tun", O_RDWR | O_CLOEXEC)};
	uint16_t mtu;

	assert_int_equal(netdev_interface_mtu(&closed, &mtu), -EBADFD);
	assert_int_equal(netdev_interface_up_set(&closed, false), -EBADFD);
	assert_true(is_up(&f->own));
	close(closed.tap);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests_reach_the_tap),
		cmocka_unit_test(test_an_unknown_namespace_is_not_this_one),
		cmocka_unit_test(test_a_deleted_tap),
	};

	return cmocka_run_group_tests(tests, begin, end);
}

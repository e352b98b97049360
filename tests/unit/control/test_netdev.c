/* SPDX-License-Identifier: Apache-2.0 */
/* Tests the network interfaces that the kernel reports. */
#include "operate/netdev.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define SKIPPED 77

static int taps[100];
static unsigned int n_taps;

static void
tap_make(unsigned int i)
{
	struct ifreq ifr = {.ifr_flags = IFF_TAP | IFF_NO_PI};
	int fd = open("/dev/net/tun", O_RDWR);

	snprintf(ifr.ifr_name, sizeof ifr.ifr_name, "tap%u", i);
	assert_true(fd >= 0);
	assert_int_equal(ioctl(fd, TUNSETIFF, &ifr), 0);
	taps[n_taps++] = fd;
}

static void
test_an_interface(void **state)
{
	struct ctl_netdev n = {0};
	unsigned int lo = if_nametoindex("lo");

	(void)state;
	assert_int_not_equal(lo, 0);
	assert_int_equal(ctl_netdev_get(lo, &n), 0);
	assert_int_equal(n.ifindex, lo);
	assert_true(n.there);
	n = (struct ctl_netdev){0};
	assert_int_equal(ctl_netdev_find("lo", &n), 0);
	assert_true(n.there && n.ifindex == lo && !strcmp(n.name, "lo"));
	assert_int_equal(ctl_netdev_ifindex("lo"), lo);
}

static void
test_no_such_interface(void **state)
{
	struct ctl_netdev n = {.there = true, .up = true};

	(void)state;
	assert_int_equal(ctl_netdev_get(INT_MAX, &n), 0);
	assert_int_equal(n.ifindex, INT_MAX);
	assert_false(n.there);
	assert_false(n.up);
	n.there = true;
	assert_int_equal(ctl_netdev_find("no-such-one", &n), 0);
	assert_false(n.there);
	assert_int_equal(ctl_netdev_ifindex("no-such-one"), 0);
	assert_int_equal(ctl_netdev_find("a-name-of-16-byt", &n), -EINVAL);
	assert_int_equal(ctl_netdev_ifindex("a-name-of-16-byt"), 0);
}

struct seen {
	unsigned int n;
	struct ctl_netdev last;
};

static void
note(const struct ctl_netdev *n, void *aux)
{
	struct seen *seen = aux;

	seen->n++;
	seen->last = *n;
}

static void
lo_set(bool up)
{
	struct ifreq ifr = {.ifr_name = "lo"};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	ifr.ifr_flags = up ? IFF_UP : 0;
	assert_true(fd >= 0);
	assert_int_equal(ioctl(fd, SIOCSIFFLAGS, &ifr), 0);
	close(fd);
}

/* Every change is reported once, and nothing else. */
static void
test_changes(void **state)
{
	int fd = ctl_netdev_watch_open();
	struct seen seen = {0};
	struct ctl_netdev now;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(ctl_netdev_watch_read(fd, note, &seen), 0);
	assert_int_equal(seen.n, 0);
	for (unsigned int i = 0; i < 4; i++) {
		seen.n = 0;
		lo_set(i % 2 == 0);
		assert_int_equal(ctl_netdev_watch_read(fd, note, &seen), 0);
		assert_true(seen.n > 0);
		assert_int_equal(seen.last.ifindex, if_nametoindex("lo"));
		assert_true(seen.last.there);
		assert_int_equal(seen.last.up, i % 2 == 0);
		assert_int_equal(ctl_netdev_get(seen.last.ifindex, &now), 0);
		assert_int_equal(now.up, seen.last.up);
	}
	close(fd);
}

/* All interfaces are listed: that of the namespace, and 100 more. */
static void
test_list(void **state)
{
	struct ctl_netdev *all = NULL;
	size_t n = 0;

	(void)state;
	for (unsigned int i = 0; i < 100; i++)
		tap_make(i);
	assert_int_equal(ctl_netdev_list(&all, &n), 0);
	assert_int_equal(n, 101);
	for (size_t i = 0; i < n; i++) {
		assert_true(all[i].there && all[i].name[0] && all[i].mtu);
		assert_int_equal(all[i].ifindex, if_nametoindex(all[i].name));
		assert_true(!i || all[i].ifindex > all[i - 1].ifindex);
	}
	free(all);
	while (n_taps)
		close(taps[--n_taps]);
}

/* A watcher that reads too late gets one report of the loss, and works on. */
static void
test_lost_reports(void **state)
{
	int fd = ctl_netdev_watch_open(), n = 1;
	struct seen seen = {0};

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &n, sizeof n), 0);
	for (unsigned int i = 0; i < 200; i++)
		lo_set(i % 2 == 0);
	assert_int_equal(ctl_netdev_watch_read(fd, note, &seen), -ENOBUFS);
	ctl_netdev_watch_drain(fd);
	seen.n = 0;
	assert_int_equal(ctl_netdev_watch_read(fd, note, &seen), 0);
	assert_int_equal(seen.n, 0);
	lo_set(true);
	assert_int_equal(ctl_netdev_watch_read(fd, note, &seen), 0);
	assert_true(seen.last.up);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_interface), cmocka_unit_test(test_no_such_interface),
		cmocka_unit_test(test_changes),	     cmocka_unit_test(test_lost_reports),
		cmocka_unit_test(test_list),
	};

	/* A network namespace of its own, so that no other process changes interfaces. */
	if (unshare(CLONE_NEWNET) && unshare(CLONE_NEWUSER | CLONE_NEWNET))
		return SKIPPED;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Without the module openvswitch the datapath is refused with what to do. */
#include <kernel/kdp.h>

#include <base/rcu.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void
test_module_is_absent(void **state)
{
	struct kdp_config config = {.name = "dp0"};
	struct kdp *k = NULL;
	char err[256] = "";

	(void)state;
	assert_int_equal(kdp_create(&config, &k, err, sizeof err), -EPROTONOSUPPORT);
	assert_string_equal(err, "the kernel has no netlink family ovs_datapath: load the module "
				 "openvswitch (modprobe openvswitch)");
	config.name = "a-name-that-is-too-long";
	assert_int_equal(kdp_create(&config, &k, err, sizeof err), -EINVAL);
	assert_string_equal(err, "datapath 'a-name-that-is-too-long': expected the name of an "
				 "interface, 1..15 bytes");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_module_is_absent),
	};
	int rc;

	rcu_thread_start();
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	rcu_thread_stop();
	return rc;
}

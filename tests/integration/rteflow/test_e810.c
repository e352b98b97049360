/* SPDX-License-Identifier: Apache-2.0 */
/* The rte_flow driver over a device that behaves like an E810: it accepts rules, but none
 * between ports and none for tags, and counts no bytes. It is not used for offload, and the
 * reason is reported.
 *
 * argv[1]: librte_net_nicsim.so. */
#include "nicsim_rig.h"

#include <rteflow/rteflow.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct nicsim_rig rig;

static void
test_refused(void **state)
{
	const uint16_t devs[] = {rig.uplink, rig.vf[0], rig.vf[1]};

	(void)state;
	for (uint32_t i = 0; i < sizeof devs / sizeof devs[0]; i++) {
		struct nic_refusal why = {.reason = NIC_REASON_NONE};
		struct nic *nic = NULL;

		assert_int_equal(rteflow_class.port_add(NULL, 0, i + 1, devs[i], NULL, &nic, &why),
				 -EOPNOTSUPP);
		assert_null(nic);
		assert_int_equal(why.reason, NIC_REASON_NO_TRANSFER);
	}
	assert_int_equal(nicsim_rig_show(&rig, "rules"), 0);
}

/* No rule remains that takes packets. */
static void
test_packets_are_received(void **state)
{
	(void)state;
	nicsim_rig_send(&rig, 1, 5);
	assert_int_equal(nicsim_rig_receive(&rig, rig.uplink), 5);
}

static int
start(void **state)
{
	(void)state;
	return nicsim_rig_start(&rig, "personality=e810") ? -1 : 0;
}

static int
stop(void **state)
{
	(void)state;
	nicsim_rig_stop(&rig);
	return 0;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_packets_are_received),
	};

	if (argc != 2)
		return 2;
	rig.driver = argv[1];
	return cmocka_run_group_tests(tests, start, stop);
}

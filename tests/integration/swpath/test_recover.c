/* SPDX-License-Identifier: Apache-2.0 */
/* Devices that are unplugged, or ask for a reset: their ports stop, or work again, and others
 * are not affected. */
#include "fakenic.h"
#include "rig.h"

#include <string.h>

#define VF0 FAKENIC "_representor_vf0"
#define TRIES 20

struct setup {
	struct rig r;
	uint32_t wire, vf;
	unsigned int n_changed;
};

static uint32_t
add(struct setup *t, const char *name, const char *devargs)
{
	char err[512] = "";
	uint32_t number;

	if (swp_port_add(t->r.swp, name, devargs, NULL, &number, err, sizeof err))
		fail_msg("%s", err);
	return number;
}

/* Sets up ports and a megaflow from ring 0 to the uplink. */
static void
begin(struct setup *t)
{
	struct flow_match m;
	struct flow_actions a;

	memset(t, 0, sizeof *t);
	memset(fakenic(), 0, sizeof *fakenic());
	rig_start(&t->r, 1, 64, 1, 64);
	t->wire = add(t, "wire", FAKENIC);
	t->vf = add(t, "vf0", FAKENIC ",representor=vf0");
	m = rig_match(&t->r, 0, 2);
	flow_actions_init(&a);
	flow_actions_add_output(&a, t->wire);
	assert_int_equal(rig_put(&t->r, &m, &a), 0);
	flow_actions_free(&a);
}

static void
end(struct setup *t)
{
	assert_int_equal(swp_port_del(t->r.swp, t->wire), 0);
	assert_int_equal(swp_port_del(t->r.swp, t->vf), 0);
	rig_stop(&t->r);
	assert_int_equal(fakenic()->n_started, 0);
	assert_int_equal(fakenic()->n_filled, 0);
}

static void
on_change(uint32_t port, void *aux)
{
	struct setup *t = aux;

	assert_true(port == t->wire || port == t->vf);
	t->n_changed++;
}

static void
recover(struct setup *t)
{
	t->n_changed = 0;
	swp_devices_recover(t->r.swp, on_change, t);
}

static struct swp_port_info
info(struct setup *t, uint32_t port)
{
	struct swp_port_info i;

	assert_int_equal(swp_port_info(t->r.swp, port, &i), 0);
	return i;
}

static struct swp_port_stats
stats(struct setup *t, uint32_t port)
{
	struct swp_port_stats s;

	assert_int_equal(swp_port_stats(t->r.swp, port, &s), 0);
	return s;
}

/* Returns true if a packet to the uplink is sent; otherwise it is counted as port-gone. */
static bool
forwards(struct setup *t)
{
	uint64_t n_sent = stats(t, t->wire).tx_packets;
	struct swp_port_stats before = rig_stats(&t->r, 0), after;

	rig_send(&t->r, 0, rig_packet(&t->r, 2, 80, 20));
	rig_wait_received(&t->r, 0, before.rx_packets + 1);
	after = rig_stats(&t->r, 0);
	n_sent = stats(t, t->wire).tx_packets - n_sent;
	assert_int_equal(n_sent + after.action_drops[FLOW_DROP_PORT_GONE] -
				 before.action_drops[FLOW_DROP_PORT_GONE],
			 1);
	return n_sent;
}

static void
test_a_device_is_pulled(void **state)
{
	char err[512] = "";
	uint32_t number;
	struct setup t;

	(void)state;
	begin(&t);
	assert_true(forwards(&t));
	recover(&t);
	assert_int_equal(t.n_changed, 0);
	fakenic_report(FAKENIC, RTE_ETH_EVENT_INTR_RMV);
	fakenic_report(VF0, RTE_ETH_EVENT_INTR_RMV);
	assert_int_equal(t.r.n_device_events, 2);
	recover(&t);
	assert_int_equal(t.n_changed, 2);
	assert_int_equal(fakenic()->n_started, 0);
	assert_non_null(strstr(info(&t, t.wire).fault, "was removed"));
	assert_false(info(&t, t.wire).link_up);
	assert_int_equal(stats(&t, t.wire).dev_removals, 1);
	assert_int_equal(stats(&t, t.vf).dev_removals, 1);
	assert_false(forwards(&t));
	/* It cannot be started, and recovery does nothing more. */
	assert_int_equal(swp_port_mtu_set(t.r.swp, t.wire, 1400, err, sizeof err), -ENODEV);
	assert_int_equal(swp_port_del(t.r.swp, t.vf), 0);
	assert_int_equal(swp_port_add(t.r.swp, "vf0", FAKENIC ",representor=vf0", NULL, &number,
				      err, sizeof err),
			 -ENODEV);
	assert_non_null(strstr(err, "was removed"));
	recover(&t);
	assert_int_equal(t.n_changed, 0);
	assert_int_equal(fakenic()->n_removed, 0);
	/* It is unplugged with its last port, and can be plugged in again. */
	assert_int_equal(swp_port_del(t.r.swp, t.wire), 0);
	assert_int_equal(fakenic()->n_removed, 1);
	t.wire = add(&t, "wire", FAKENIC);
	t.vf = add(&t, "vf0", FAKENIC ",representor=vf0");
	assert_int_equal(fakenic()->n_started, 2);
	assert_string_equal(info(&t, t.wire).fault, "");
	end(&t);
}

static void
test_a_device_is_reset(void **state)
{
	struct setup t;

	(void)state;
	begin(&t);
	fakenic_report(FAKENIC, RTE_ETH_EVENT_INTR_RESET);
	recover(&t);
	assert_int_equal(t.n_changed, 1);
	assert_int_equal(fakenic()->n_reset, 1);
	assert_int_equal(fakenic()->n_started, 2);
	assert_string_equal(info(&t, t.wire).fault, "");
	assert_true(info(&t, t.wire).link_up);
	assert_int_equal(stats(&t, t.wire).dev_resets, 1);
	assert_int_equal(stats(&t, t.vf).dev_resets, 0);
	assert_true(forwards(&t));
	/* Needs no reset if the driver recovered by itself. */
	fakenic()->n_stopped = 0;
	fakenic_report(FAKENIC, RTE_ETH_EVENT_ERR_RECOVERING);
	fakenic_report(FAKENIC, RTE_ETH_EVENT_RECOVERY_SUCCESS);
	recover(&t);
	assert_int_equal(fakenic()->n_stopped, 0);
	assert_int_equal(stats(&t, t.wire).dev_resets, 2);
	fakenic_report(FAKENIC, RTE_ETH_EVENT_RECOVERY_FAILED);
	recover(&t);
	assert_int_equal(stats(&t, t.wire).dev_removals, 1);
	assert_int_equal(fakenic()->n_started, 1);
	end(&t);
}

/* A failed reset is repeated a bounded number of times; then the operator can try. */
static void
test_a_reset_fails(void **state)
{
	char err[512] = "";
	struct setup t;

	(void)state;
	begin(&t);
	fakenic()->reset_error = -EAGAIN;
	fakenic_report(FAKENIC, RTE_ETH_EVENT_INTR_RESET);
	for (unsigned int i = 0; i < 3; i++) {
		recover(&t);
		assert_int_equal(t.n_changed, i == 0);
		assert_non_null(strstr(info(&t, t.wire).fault, "cannot be reset"));
		assert_false(forwards(&t));
	}
	assert_int_equal(fakenic()->n_reset, 3);
	fakenic()->reset_error = 0;
	fakenic()->start_error = -EIO;
	recover(&t);
	assert_non_null(strstr(info(&t, t.wire).fault, "start failed"));
	fakenic()->start_error = 0;
	recover(&t);
	assert_int_equal(t.n_changed, 1);
	assert_true(forwards(&t));
	fakenic()->reset_error = -EIO;
	fakenic()->n_reset = 0;
	fakenic_report(FAKENIC, RTE_ETH_EVENT_INTR_RESET);
	for (unsigned int i = 0; i < 2 * TRIES; i++)
		recover(&t);
	assert_int_equal(fakenic()->n_reset, TRIES);
	assert_false(forwards(&t));
	assert_int_equal(swp_port_mtu_set(t.r.swp, t.wire, 1400, err, sizeof err), 0);
	assert_true(forwards(&t));
	end(&t);
}

/* An ethdev that takes rules without being a port is recovered, too. */
static void
test_a_held_ethdev(void **state)
{
	struct nic_devices *devices;
	struct setup t;
	uint16_t pf;

	(void)state;
	begin(&t);
	devices = swp_devices(t.r.swp);
	pf = info(&t, t.wire).ethdev;
	assert_int_equal(swp_port_del(t.r.swp, t.wire), 0);
	assert_int_equal(fakenic()->n_started, 1);
	assert_int_equal(devices->class->hold(devices, pf), 0);
	assert_int_equal(fakenic()->n_started, 2);
	fakenic_report(FAKENIC, RTE_ETH_EVENT_INTR_RESET);
	recover(&t);
	assert_int_equal(fakenic()->n_reset, 1);
	assert_int_equal(fakenic()->n_started, 2);
	fakenic_report(FAKENIC, RTE_ETH_EVENT_INTR_RMV);
	recover(&t);
	assert_int_equal(fakenic()->n_started, 1);
	devices->class->release(devices, pf);
	t.wire = add(&t, "null", "net_null9,no-rx=1");
	assert_int_equal(fakenic()->n_removed, 0); /* a port still uses it */
	end(&t);
	assert_int_equal(fakenic()->n_removed, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_device_is_pulled),
		cmocka_unit_test(test_a_device_is_reset),
		cmocka_unit_test(test_a_reset_fails),
		cmocka_unit_test(test_a_held_ethdev),
	};

	rig_eal();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

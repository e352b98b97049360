/* SPDX-License-Identifier: Apache-2.0 */
/* Which ethdev a port gets, and when its device is unplugged. */
#include "fakenic.h"
#include "rig.h"

#include <rte_dev.h>

#include <string.h>

#define VF(n) FAKENIC ",representor=vf" #n

static uint32_t
add(struct rig *r, const char *name, const char *devargs)
{
	char err[512] = "";
	uint32_t number;

	if (swp_port_add(r->swp, name, devargs, NULL, &number, err, sizeof err))
		fail_msg("%s", err);
	return number;
}

/* Returns the reason why a port cannot be added. */
static const char *
refused(struct rig *r, const char *devargs, int rc)
{
	static char err[512];
	uint32_t number;

	err[0] = '\0';
	assert_int_equal(swp_port_add(r->swp, "refused", devargs, NULL, &number, err, sizeof err),
			 rc);
	return err;
}

static void
del(struct rig *r, uint32_t number)
{
	assert_int_equal(swp_port_del(r->swp, number), 0);
}

static void
check_ethdev(struct rig *r, uint32_t number, const char *want)
{
	char name[RTE_ETH_NAME_MAX_LEN];
	struct swp_port_info info;

	assert_int_equal(swp_port_info(r->swp, number, &info), 0);
	assert_int_equal(rte_eth_dev_get_name_by_port(info.ethdev, name), 0);
	assert_string_equal(name, want);
}

static void
begin(struct rig *r)
{
	memset(fakenic(), 0, sizeof *fakenic());
	rig_start(r, 1, 64, 0, 0);
}

static void
end(struct rig *r)
{
	rig_stop(r);
	assert_int_equal(fakenic()->n_started, 0);
	/* The pool was freed. */
	assert_int_equal(fakenic()->n_filled, 0);
}

/* The uplink keeps forwarding when a representor cannot be added, whichever step fails. */
static void
test_failed_representor_keeps_the_device(void **state)
{
	struct rig r;
	uint32_t wire, vf;

	(void)state;
	begin(&r);
	wire = add(&r, "wire", FAKENIC);
	fakenic()->start_error = -ENOMEM;
	assert_non_null(strstr(refused(&r, VF(0), -ENOMEM), "start failed"));
	fakenic()->start_error = 0;
	refused(&r, VF(9), -ENODEV);
	refused(&r, FAKENIC, -EEXIST);
	assert_int_equal(fakenic()->n_removed, 0);
	assert_int_equal(fakenic()->n_started, 1);
	check_ethdev(&r, wire, FAKENIC);
	vf = add(&r, "vf0", VF(0));
	check_ethdev(&r, vf, FAKENIC "_representor_vf0");
	del(&r, wire);
	assert_int_equal(fakenic()->n_removed, 0);
	del(&r, vf);
	assert_int_equal(fakenic()->n_removed, 1);
	end(&r);
}

/* A device whose first port fails is unplugged again. */
static void
test_failed_first_port_leaves_nothing(void **state)
{
	struct rig r;

	(void)state;
	begin(&r);
	fakenic()->start_error = -EIO;
	refused(&r, VF(1), -EIO);
	assert_int_equal(fakenic()->n_removed, 1);
	refused(&r, FAKENIC ",representor=vf[1-2]", -EINVAL);
	assert_int_equal(fakenic()->n_removed, 2);
	assert_int_equal(rte_eth_dev_count_total(), 0);
	end(&r);
}

/* A port on the device of an existing ethdev, as EAL's -a creates it. */
static void
test_device_of_eal_is_never_unplugged(void **state)
{
	struct rig r;
	uint32_t wire, vf;

	(void)state;
	begin(&r);
	assert_int_equal(rte_dev_probe(FAKENIC), 0);
	wire = add(&r, "wire", FAKENIC);
	vf = add(&r, "vf1", VF(1));
	del(&r, vf);
	assert_int_equal(fakenic()->n_removed, 0);
	assert_int_equal(fakenic()->n_started, 1);
	del(&r, wire);
	assert_int_equal(fakenic()->n_removed, 0);
	vf = add(&r, "vf1", VF(1));
	fakenic()->start_error = -EIO;
	refused(&r, VF(2), -EIO);
	fakenic()->start_error = 0;
	del(&r, vf);
	assert_int_equal(fakenic()->n_removed, 0);
	end(&r);
}

/* A representor added as the first port of its device gets its own ethdev, not the uplink's,
 * which appears with it. */
static void
test_port_gets_the_ethdev_it_names(void **state)
{
	struct rig r;
	uint32_t vf, wire;

	(void)state;
	rte_eal_hotplug_remove("pci", FAKENIC);
	begin(&r);
	vf = add(&r, "vf0", VF(0));
	check_ethdev(&r, vf, FAKENIC "_representor_vf0");
	wire = add(&r, "wire", FAKENIC);
	check_ethdev(&r, wire, FAKENIC);
	assert_non_null(strstr(refused(&r, VF(0), -EEXIST), "\"vf0\""));
	end(&r);
	assert_int_equal(fakenic()->n_removed, 1);
}

static void
test_removed_representor_can_be_added_again(void **state)
{
	struct rig r;
	uint32_t vf;

	(void)state;
	begin(&r);
	add(&r, "wire", FAKENIC);
	for (unsigned int i = 0; i < 3; i++) {
		vf = add(&r, "vf3", VF(3));
		check_ethdev(&r, vf, FAKENIC "_representor_vf3");
		del(&r, vf);
	}
	assert_int_equal(fakenic()->n_removed, 0);
	end(&r);
	assert_int_equal(fakenic()->n_removed, 1);
}

/* A virtual device with other arguments would be a different device. */
static void
test_virtual_device_with_other_arguments(void **state)
{
	struct rig r;
	uint32_t p;

	(void)state;
	begin(&r);
	assert_int_equal(rte_dev_probe("net_null7,size=60,no-rx=1"), 0);
	assert_non_null(strstr(refused(&r, "net_null7,size=90", -EEXIST), "size=60,no-rx=1"));
	p = add(&r, "null", "net_null7,size=60,no-rx=1");
	del(&r, p);
	p = add(&r, "null", "net_null7");
	assert_non_null(strstr(refused(&r, "net_null7,size=60,no-rx=1", -EEXIST), "\"null\""));
	del(&r, p);
	end(&r);
}

static void
test_ethdev_of_another_owner(void **state)
{
	struct rte_eth_dev_owner owner = {.name = "somebody"};
	uint16_t ethdev;
	struct rig r;

	(void)state;
	begin(&r);
	assert_int_equal(rte_dev_probe("net_null8,no-rx=1"), 0);
	assert_int_equal(rte_eth_dev_get_port_by_name("net_null8", &ethdev), 0);
	assert_int_equal(rte_eth_dev_owner_new(&owner.id), 0);
	assert_int_equal(rte_eth_dev_owner_set(ethdev, &owner), 0);
	assert_non_null(strstr(refused(&r, "net_null8", -EBUSY), "somebody"));
	assert_non_null(strstr(refused(&r, "net_null8,no-rx=1", -EBUSY), "somebody"));
	end(&r);
}

/* The error names the source of the limit. */
static void
test_more_ports_than_dpdk_has(void **state)
{
	char devargs[64];
	unsigned int n;
	struct rig r;

	(void)state;
	begin(&r);
	n = rte_eth_dev_count_total();
	for (unsigned int i = 0; i < RTE_MAX_ETHPORTS - n; i++) {
		snprintf(devargs, sizeof devargs, "net_null%u,no-rx=1", 100 + i);
		add(&r, devargs, devargs);
	}
	assert_non_null(strstr(refused(&r, "net_null99,no-rx=1", -ENOSPC), "RTE_MAX_ETHPORTS"));
	end(&r);
	assert_int_equal(rte_eth_dev_count_total(), n);
}

static uint16_t
ethdev_of(const char *name)
{
	uint16_t ethdev;

	assert_int_equal(rte_eth_dev_get_port_by_name(name, &ethdev), 0);
	return ethdev;
}

/* The device that takes the rules of a representor is no port: it is started, and stays as long
 * as the rules. */
static void
test_proxy_without_a_port(void **state)
{
	struct nic_devices *devices;
	uint16_t pf;
	uint32_t vf;
	struct rig r;

	(void)state;
	begin(&r);
	devices = swp_devices(r.swp);
	vf = add(&r, "vf0", VF(0));
	assert_int_equal(fakenic()->n_started, 1);
	pf = ethdev_of(FAKENIC);
	assert_int_equal(devices->class->hold(devices, pf), 0);
	assert_int_equal(devices->class->hold(devices, pf), 0);
	assert_int_equal(fakenic()->n_started, 2);
	assert_int_equal(devices->class->hold(devices, RTE_MAX_ETHPORTS - 1), -ENODEV);
	del(&r, vf);
	assert_int_equal(fakenic()->n_removed, 0);
	assert_int_equal(fakenic()->n_started, 1);
	devices->class->release(devices, pf);
	devices->class->release(devices, pf);
	assert_int_equal(fakenic()->n_started, 1); /* only control stops it */
	end(&r);
	assert_int_equal(fakenic()->n_removed, 1);
}

/* It becomes a port and ceases to be one, without a stop. */
static void
test_proxy_is_added_and_removed_as_a_port(void **state)
{
	struct nic_devices *devices;
	uint32_t vf, wire;
	uint16_t pf;
	struct rig r;

	(void)state;
	begin(&r);
	devices = swp_devices(r.swp);
	vf = add(&r, "vf0", VF(0));
	pf = ethdev_of(FAKENIC);
	assert_int_equal(devices->class->hold(devices, pf), 0);
	fakenic()->start_error = -EIO;
	refused(&r, FAKENIC, -EIO);
	fakenic()->start_error = 0;
	wire = add(&r, "wire", FAKENIC);
	assert_int_equal(fakenic()->n_started, 2);
	fakenic()->n_stopped = 0;
	del(&r, wire);
	assert_int_equal(fakenic()->n_stopped, 0);
	assert_int_equal(fakenic()->n_started, 2);
	wire = add(&r, "wire", FAKENIC);
	devices->class->release(devices, pf);
	del(&r, vf);
	assert_int_equal(fakenic()->n_started, 1);
	del(&r, wire);
	assert_int_equal(fakenic()->n_started, 0);
	assert_int_equal(fakenic()->n_removed, 1);
	end(&r);
}

/* The port was removed, but its rules remain: the ethdev keeps its number and stays started. */
static void
test_rules_that_stay_keep_their_device(void **state)
{
	struct nic_devices *devices;
	uint32_t port;
	uint16_t pf;
	struct rig r;

	(void)state;
	begin(&r);
	devices = swp_devices(r.swp);
	port = add(&r, "wire", FAKENIC);
	pf = ethdev_of(FAKENIC);
	assert_int_equal(devices->class->hold(devices, pf), 0);
	del(&r, port);
	assert_int_equal(fakenic()->n_removed, 0);
	assert_int_equal(fakenic()->n_started, 1);
	assert_true(rte_eth_dev_is_valid_port(pf));
	devices->class->release(devices, pf);
	port = add(&r, "null", "net_null9,no-rx=1");
	assert_int_equal(fakenic()->n_removed, 1);
	del(&r, port);
	end(&r);
}

struct changes {
	unsigned int n;
	uint32_t port;
	bool up;
};

static void
on_change(uint32_t port, bool up, void *aux)
{
	struct changes *c = aux;

	c->n++;
	c->port = port;
	c->up = up;
}

static bool
link_is_up(struct rig *r, uint32_t port)
{
	struct swp_port_info info;

	assert_int_equal(swp_port_info(r->swp, port, &info), 0);
	return info.link_up;
}

/* A device that reports its links is asked only about a link that changed. */
static void
test_reported_links(void **state)
{
	struct changes c = {0};
	uint32_t wire, vf;
	struct rig r;

	(void)state;
	begin(&r);
	fakenic()->has_lsc = true;
	wire = add(&r, "wire", FAKENIC);
	vf = add(&r, "vf0", VF(0));
	fakenic()->n_link_asked = 0;
	assert_int_equal(swp_links_polled(r.swp), 0);
	for (unsigned int i = 0; i < 100; i++)
		swp_links_read(r.swp, true, on_change, &c);
	assert_int_equal(r.n_device_events, 0);
	fakenic_link_set(FAKENIC "_representor_vf0", false);
	assert_int_equal(r.n_device_events, 1);
	assert_true(link_is_up(&r, vf));
	swp_links_read(r.swp, false, on_change, &c);
	assert_int_equal(c.n, 1);
	assert_int_equal(c.port, vf);
	assert_false(c.up);
	assert_false(link_is_up(&r, vf));
	assert_true(link_is_up(&r, wire));
	/* A link that is down and up again before the next read has not changed. */
	fakenic_link_set(FAKENIC, false);
	fakenic_link_set(FAKENIC, true);
	swp_links_read(r.swp, false, on_change, &c);
	assert_int_equal(c.n, 1);
	assert_int_equal(fakenic()->n_link_asked, 0);
	end(&r);
}

/* A device that does not report its links is asked when the caller polls. */
static void
test_polled_links(void **state)
{
	struct changes c = {0};
	uint32_t wire;
	struct rig r;

	(void)state;
	begin(&r);
	wire = add(&r, "wire", FAKENIC);
	assert_int_equal(swp_links_polled(r.swp), 1);
	fakenic_link_set(FAKENIC, false);
	swp_links_read(r.swp, false, on_change, &c);
	assert_int_equal(c.n, 0);
	swp_links_read(r.swp, true, on_change, &c);
	assert_int_equal(c.n, 1);
	assert_false(link_is_up(&r, wire));
	end(&r);
}

/* For the interface behind a device the kernel reports the link; the device is not asked. */
static void
test_links_of_network_interfaces(void **state)
{
	struct changes c = {0};
	uint32_t wire;
	struct rig r;

	(void)state;
	begin(&r);
	fakenic()->if_index = 77;
	wire = add(&r, "wire", FAKENIC);
	fakenic()->n_link_asked = 0;
	assert_int_equal(swp_links_polled(r.swp), 0);
	swp_netdev_link_set(r.swp, 78, false, on_change, &c);
	assert_true(link_is_up(&r, wire));
	swp_netdev_link_set(r.swp, 77, false, on_change, &c);
	swp_netdev_link_set(r.swp, 77, false, on_change, &c);
	assert_int_equal(c.n, 1);
	assert_false(link_is_up(&r, wire));
	for (unsigned int i = 0; i < 100; i++)
		swp_links_read(r.swp, true, on_change, &c);
	assert_false(link_is_up(&r, wire));
	assert_int_equal(fakenic()->n_link_asked, 0);
	end(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_failed_representor_keeps_the_device),
		cmocka_unit_test(test_failed_first_port_leaves_nothing),
		cmocka_unit_test(test_device_of_eal_is_never_unplugged),
		cmocka_unit_test(test_port_gets_the_ethdev_it_names),
		cmocka_unit_test(test_removed_representor_can_be_added_again),
		cmocka_unit_test(test_virtual_device_with_other_arguments),
		cmocka_unit_test(test_ethdev_of_another_owner),
		cmocka_unit_test(test_more_ports_than_dpdk_has),
		cmocka_unit_test(test_proxy_without_a_port),
		cmocka_unit_test(test_proxy_is_added_and_removed_as_a_port),
		cmocka_unit_test(test_rules_that_stay_keep_their_device),
		cmocka_unit_test(test_reported_links),
		cmocka_unit_test(test_polled_links),
		cmocka_unit_test(test_links_of_network_interfaces),
	};

	rig_eal();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

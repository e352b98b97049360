/* SPDX-License-Identifier: Apache-2.0 */
/* drivers/rteflow/ on nicsim.
 *
 *   bench_nic_rteflow NICSIM [RULES [PERSONALITY]]      100000 and plain by default */
#include "rules.h"

#include <rteflow/rteflow.h>

#include <rte_eal.h>
#include <rte_ethdev.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_BUFFERS 1024
#define DEVICE                                                                                     \
	"net_nicsim0,vfs=2,capacity=1000000,counters=1000000,personality=%s,"                      \
	"wire=[net_null1,no-rx=1],vf0=[net_null2,no-rx=1],vf1=[net_null3,no-rx=1]"

static int
eal_start(const char *driver, const char *personality)
{
	char device[400];
	const char *const args[] = {"bench",	   "--no-huge",	     "-m", "256",  "--no-pci",
				    "--no-shconf", "--no-telemetry", "-d", driver, "--vdev",
				    device,	   "--log-level",    "3"};
	char *argv[sizeof args / sizeof args[0] + 1] = {0};

	snprintf(device, sizeof device, DEVICE, personality);
	for (size_t i = 0; i < sizeof args / sizeof args[0]; i++)
		argv[i] = strdup(args[i]);
	return rte_eal_init((int)(sizeof args / sizeof args[0]), argv) < 0 ? -1 : 0;
}

static int
device_up(uint16_t dev, struct rte_mempool *pool)
{
	struct rte_eth_conf conf = {0};
	int rc = rte_eth_dev_configure(dev, 1, 1, &conf);

	if (!rc)
		rc = rte_eth_rx_queue_setup(dev, 0, 64, SOCKET_ID_ANY, NULL, pool);
	if (!rc)
		rc = rte_eth_tx_queue_setup(dev, 0, 64, SOCKET_ID_ANY, NULL);
	return rc ? rc : rte_eth_dev_start(dev);
}

/* The ports of nicsim's e-switch, in order: the uplink and the VFs. */
static int
ports_add(struct nic **nic, struct rte_mempool *pool)
{
	struct nic_refusal why = {0};
	uint32_t n = 0;
	uint16_t dev;

	RTE_ETH_FOREACH_DEV (dev) {
		struct rte_eth_dev_info info;

		if (rte_eth_dev_info_get(dev, &info) ||
		    info.switch_info.domain_id == RTE_ETH_DEV_SWITCH_DOMAIN_ID_INVALID)
			continue;
		if (device_up(dev, pool))
			return -1;
	}
	RTE_ETH_FOREACH_DEV (dev) {
		struct rte_eth_dev_info info;

		if (rte_eth_dev_info_get(dev, &info) ||
		    info.switch_info.domain_id == RTE_ETH_DEV_SWITCH_DOMAIN_ID_INVALID)
			continue;
		if (rteflow_class.port_add(nic, *nic ? 1 : 0, n++, dev, NULL, nic, &why)) {
			fprintf(stderr, "ethdev %u: %s %s\n", dev, nic_reason_names[why.reason],
				why.detail);
			return -1;
		}
	}
	return n == RULES_PORTS ? 0 : -1;
}

int
main(int argc, char **argv)
{
	unsigned int n = argc > 2 ? (unsigned int)strtoul(argv[2], NULL, 0) : 100000;
	const char *personality = argc > 3 ? argv[3] : "plain";
	struct rte_mempool *pool;
	struct nic *nic = NULL;
	int rc = argc > 1 ? eal_start(argv[1], personality) : -1;

	if (rc) {
		fprintf(stderr, "usage: bench_nic_rteflow NICSIM [RULES [PERSONALITY]]\n");
		return 1;
	}
	pool = rte_pktmbuf_pool_create("bench", N_BUFFERS, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE,
				       SOCKET_ID_ANY);
	rc = pool ? ports_add(&nic, pool) : -1;
	if (!rc)
		rc = rules_run(nic, "rteflow", n);
	for (uint32_t port = 0; nic && port < RULES_PORTS; port++)
		rteflow_class.port_del(nic, port);
	return rc ? 1 : 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* drivers/mlx5/ and libmlx5 on the emulated ConnectX.
 *
 *   bench_nic_mlx5 [RULES [FORMAT]]      100000 and 1 by default */
#include "rules.h"

#include <emu.h>
#include <mlx5/mlx5.h>

#include <stdio.h>
#include <stdlib.h>

int
main(int argc, char **argv)
{
	unsigned int n = argc > 1 ? (unsigned int)strtoul(argv[1], NULL, 0) : 100000;
	struct emu_config config = {.format =
					    argc > 2 ? (unsigned int)strtoul(argv[2], NULL, 0) : 1,
				    .n_vports = RULES_PORTS};
	struct nic_refusal why = {0};
	struct nic *nic = NULL;
	int rc = emu_start(&config);

	for (uint16_t port = 0; port < RULES_PORTS && !rc; port++)
		rc = mlxdr_class.port_add(&nic, nic ? 1 : 0, port, port ? (uint16_t)(port + 1) : 1,
					  NULL, &nic, &why);
	if (rc) {
		fprintf(stderr, "%d: %s %s\n", rc, nic_reason_names[why.reason], why.detail);
		return 1;
	}
	rc = rules_run(nic, "mlx5", n);
	for (uint16_t port = 0; port < RULES_PORTS; port++)
		mlxdr_class.port_del(nic, port);
	emu_stop();
	return rc ? 1 : 0;
}

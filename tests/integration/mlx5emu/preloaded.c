/* SPDX-License-Identifier: Apache-2.0 */
/* A program that knows nothing of the emulated device: run with LD_PRELOAD it finds one, and makes a domain of it. */
#include <errno.h>
#include <infiniband/mlx5dv.h>
#include <infiniband/verbs.h>
#include <stdio.h>
#include <string.h>

static int
fail(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	return 1;
}

int
main(void)
{
	struct mlx5dv_context_attr attr = {.flags = MLX5DV_CONTEXT_FLAGS_DEVX};
	struct ibv_device **list = ibv_get_device_list(NULL);
	struct ibv_device_attr device;

	if (!list || !list[0] || strcmp(ibv_get_device_name(list[0]), "mlx5_0"))
		return fail("no mlx5_0");
	struct ibv_context *context = mlx5dv_open_device(list[0], &attr);

	ibv_free_device_list(list);
	if (!context)
		return fail("open");
	struct mlx5dv_dr_domain *domain =
		mlx5dv_dr_domain_create(context, MLX5DV_DR_DOMAIN_TYPE_FDB);

	if (!domain || ibv_query_device(context, &device))
		return fail("domain");
	printf("%d ports, part %#x\n", device.phys_port_cnt, device.vendor_part_id);
	mlx5dv_dr_domain_destroy(domain);
	ibv_close_device(context);
	return device.phys_port_cnt == 7 && device.vendor_part_id == 0x101d ? 0 : 1;
}

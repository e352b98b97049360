/* SPDX-License-Identifier: Apache-2.0 */
#include "operate/offload_driver.h"

#include <base/err.h>
#ifdef TANDEM_MLX5
#include <mlx5/mlx5.h>
#endif
#include <rteflow/rteflow.h>

#include <errno.h>
#include <string.h>

static const struct nic_class *const rteflow_alone[] = {&rteflow_class, NULL};
#ifdef TANDEM_MLX5
static const struct nic_class *const mlx5_alone[] = {&mlxdr_class, NULL};
static const struct nic_class *const all[] = {&rteflow_class, &mlxdr_class, NULL};
#else
static const struct nic_class *const *const mlx5_alone = NULL;
static const struct nic_class *const all[] = {&rteflow_class, NULL};
#endif

int
ctl_offload_driver(const char *name, const struct nic_class *const **out, char *err, size_t n_err)
{
	bool is_mlx5 = !strcmp(name, "mlx5");

	*out = NULL;
	if (!strcmp(name, "auto"))
		*out = all;
	else if (!strcmp(name, "rteflow"))
		*out = rteflow_alone;
	else if (is_mlx5)
		*out = mlx5_alone;
	if (*out)
		return 0;
	if (is_mlx5)
		err_print(err, n_err,
			  "'mlx5': this program was built without rdma-core (meson option mlx5); "
			  "expected "
			  "auto or rteflow");
	else
		err_print(err, n_err, "'%.40s' is unknown; expected auto, rteflow or mlx5", name);
	return -EINVAL;
}

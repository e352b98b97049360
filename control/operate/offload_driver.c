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

/* Returns the driver that a text gives to a device, or NULL if it names another one. */
static const char *
driver_in(const char *text, const char *device, size_t n)
{
	return !strncmp(text, device, n) && text[n] == '=' ? text + n + 1 : NULL;
}

int
ctl_offload_choice_check(const struct ctl_offload_choice *c, char *err, size_t n_err)
{
	for (unsigned int i = 0; i < c->n_devices; i++) {
		const char *text = c->devices[i], *end = strchr(text, '=');
		const struct nic_class *const *classes;
		char why[200];

		if (!end || end == text) {
			err_print(err, n_err,
				  "'%.80s': expected DEVICE=DRIVER, as in 0000:08:00.0=mlx5", text);
			return -EINVAL;
		}
		if (ctl_offload_driver(end + 1, &classes, why, sizeof why)) {
			err_print(err, n_err, "'%.80s': %s", text, why);
			return -EINVAL;
		}
		for (unsigned int j = 0; j < i; j++) {
			if (!driver_in(c->devices[j], text, (size_t)(end - text)))
				continue;
			err_print(err, n_err, "'%.80s': the device is named twice", text);
			return -EINVAL;
		}
	}
	return 0;
}

const struct nic_class *const *
ctl_offload_classes(const struct ctl_offload_choice *c, const char *device)
{
	const struct nic_class *const *classes = c->classes;

	for (unsigned int i = 0; i < c->n_devices; i++) {
		const char *driver = driver_in(c->devices[i], device, strlen(device));

		if (driver)
			ctl_offload_driver(driver, &classes, NULL, 0);
	}
	return classes;
}

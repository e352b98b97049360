/* SPDX-License-Identifier: Apache-2.0 */
/* The drivers that the device of a port is offered to.
 *
 * Thread safety: pure. */
#pragma once

#include <flow/nic.h>

/* Finds the classes of "rteflow", "mlx5" or "auto", NULL-terminated. "auto": rte_flow first, then libmlx5, in a program
 * that has it. Returns 0, or -EINVAL and 'err': what is accepted, or that the program was built without it. */
int ctl_offload_driver(const char *name, const struct nic_class *const **out, char *err,
		       size_t n_err);

/* Which device is offered to whom. Borrowed. */
struct ctl_offload_choice {
	const struct nic_class *const *classes; /* of devices that are not named */
	const char *const *devices;		/* "DEVICE=DRIVER" */
	unsigned int n_devices;
};

/* Checks the texts, each device named once. Returns 0, or -EINVAL and 'err' with the text. O(n^2) in the texts. */
int ctl_offload_choice_check(const struct ctl_offload_choice *c, char *err, size_t n_err);

/* Returns the classes for a device, by its name on its bus. O(texts). */
const struct nic_class *const *ctl_offload_classes(const struct ctl_offload_choice *c,
						   const char *device);

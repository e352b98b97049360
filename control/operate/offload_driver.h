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

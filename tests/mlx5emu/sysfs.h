/* SPDX-License-Identifier: Apache-2.0 */
/* The files in which libibverbs finds the device, in a temporary folder. SYSFS_PATH names it from the start of the
 * process. */
#pragma once

/* Makes the tree, in which mlx5_0 is that of a device, and removes those of processes that ended. Returns 0 or -errno. */
int emu_sysfs_make(unsigned format, const char *device);

void emu_sysfs_remove(void);

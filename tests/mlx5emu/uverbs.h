/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's interface of RDMA devices, RDMA_VERBS_IOCTL, as mlx5_ib answers it.
 * Thread safety: the caller holds the device's lock. */
#pragma once

struct emu_device;
struct ib_uverbs_ioctl_hdr;

/* Answers a request of the context `fd`. Returns 0 or a positive errno: EPROTONOSUPPORT for a method or mandatory
 * attribute that the device does not know, EINVAL for one that is missing or too short. */
int emu_uverbs(struct emu_device *dev, int fd, struct ib_uverbs_ioctl_hdr *header);

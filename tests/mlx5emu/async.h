/* SPDX-License-Identifier: Apache-2.0 */
/* Queries whose answers arrive later, at a file of their own (mlx5dv_devx_obj_query_async). The device's thread runs
 * them in order.
 * Thread safety: the caller holds the device's lock. */
#pragma once
#include <stddef.h>
#include <stdint.h>

struct emu_device;
struct emu_object;

/* Makes a file for answers. Returns it, or -errno. */
int emu_async_open(struct emu_device *dev, int fd);

/* Puts a query of an object into the queue. Returns 0, or EBADF if the file is none of these, or ENOMEM. */
int emu_async_post(struct emu_device *dev, struct emu_object *object, const void *in,
		   size_t in_length, size_t out_length, uint64_t id, int file);

/* Runs what is in the queue. */
void emu_async_run(struct emu_device *dev);

/* Forgets the file, or with those of a context all its files, and their queries. */
void emu_async_close(struct emu_device *dev, int file);
void emu_async_close_all(struct emu_device *dev, int fd);

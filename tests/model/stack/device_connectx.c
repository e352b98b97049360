/* SPDX-License-Identifier: Apache-2.0 */
#include "device.h"

#include <emu.h>
#include <mlx5/mlx5.h>
#include <support/effort.h>

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define OPTIONS "personality=mlx5,steering=connectx"
#define STALE_MS 110 /* its caps, and a little */

/* More than 100,000 packets of each format. */
#define N_TABLE_SETS EFFORT(1000)

static const struct device devices[] = {
	{"connectx-0", OPTIONS, &mlxdr_class, 0, 30, 4, N_TABLE_SETS, STALE_MS},
	{"connectx-1", OPTIONS, &mlxdr_class, 1, 30, 4, N_TABLE_SETS, STALE_MS},
};

const struct device *
device_find(const char *name)
{
	for (size_t i = 0; i < sizeof devices / sizeof devices[0]; i++)
		if (!strcmp(devices[i].name, name))
			return &devices[i];
	return NULL;
}

void
device_start(const struct device *d, struct eswitch *e, const char *driver_path)
{
	struct emu_config config = {
		.format = d->format, .n_vports = ESWITCH_PORTS - 1, .device = "net_nicsim0"};

	assert_int_equal(emu_start(&config), 0);
	eswitch_start(e, driver_path, d->options);
}

/* libmlx5 has closed the device. */
void
device_stop(void)
{
	struct emu_counts counts;

	emu_counts(&counts);
	assert_int_equal(counts.contexts, 0);
	assert_int_equal(counts.leaked, 0);
	emu_stop();
}

/* A port of the RDMA device: 1 is the uplink, others are VFs. */
uint16_t
device_port(const struct eswitch *e, unsigned int i)
{
	(void)e;
	return (uint16_t)(i + 1);
}

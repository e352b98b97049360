/* SPDX-License-Identifier: Apache-2.0 */
#include "device.h"

#include <rteflow/rteflow.h>
#include <support/effort.h>

#include <string.h>

#define N_TABLE_SETS EFFORT(5000)

/* Counters without delay: this test is not about their age. */
static const struct device devices[] = {
	{.name = "plain", .options = "personality=plain", .min_percent = 70},
	{.name = "mlx5", .options = "personality=mlx5,count_ms=0", .min_percent = 30},
	{.name = "e810", .options = "personality=e810"},
	/* Counters end with their rules. */
	{.name = "own-counters",
	 .options = "personality=plain,unsupported=indirect",
	 .min_percent = 70},
};

const struct device *
device_find(const char *name)
{
	static struct device found;

	for (size_t i = 0; i < sizeof devices / sizeof devices[0]; i++) {
		if (strcmp(devices[i].name, name))
			continue;
		found = devices[i];
		found.class = &rteflow_class;
		found.n_table_sets = N_TABLE_SETS;
		return &found;
	}
	return NULL;
}

void
device_start(const struct device *d, struct eswitch *e, const char *driver_path)
{
	eswitch_start(e, driver_path, d->options);
}

void
device_stop(void)
{
}

uint16_t
device_port(const struct eswitch *e, unsigned int i)
{
	return e->ethdev[i];
}

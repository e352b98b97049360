/* SPDX-License-Identifier: Apache-2.0 */
/* The steering device of a run, and its driver: nicsim with a personality and rte_flow, or the emulated ConnectX
 * and direct rules. A program is linked with one of the two.
 *
 * Thread safety: the test's thread. */
#pragma once

#include "eswitch.h"

struct device {
	const char *name, *options; /* options: arguments of nicsim's device */
	const struct nic_class *class;
	unsigned int format;	  /* of the emulated ConnectX */
	unsigned int min_percent; /* least part of the matching packets that hardware handles; 0: it
				   * accepts no rules */
	unsigned int min_copied_percent; /* of these, at least so many leave by several ports */
	unsigned int n_table_sets;
	unsigned int stale_ms; /* until counters are final; 0: they are at once */
};

/* Returns NULL if no device has the name. */
const struct device *device_find(const char *name);

/* Starts EAL and the device. Aborts the test on failure. */
void device_start(const struct device *d, struct eswitch *e, const char *driver_path);

/* Removes what is left once no port has a driver any more. */
void device_stop(void);

/* Returns what names port 'i' to the driver. */
uint16_t device_port(const struct eswitch *e, unsigned int i);

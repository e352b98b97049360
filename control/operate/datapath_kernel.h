/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's datapath as the datapath of the daemon ('kernel' of the stack).
 *
 * Thread safety: control only. */
#pragma once

#include "operate/datapath.h"
#include "operate/kernel_ports.h"

extern const struct ctl_datapath ctl_datapath_kernel;

/* Creates the datapath, or takes the one that exists, with its ports and flows. by_processor: as in
 * struct kdp_config. Returns 0, or -errno with 'err'. */
int ctl_kernel_open(const char *name, bool by_processor, struct log *log, struct ctl_kernel **out,
		    char *err, size_t n_err);

/* Deletes the datapath with its ports and flows, unless 'keep'. Network devices that were ports remain. */
void ctl_kernel_close(struct ctl_kernel *k, bool keep);

struct dp *ctl_kernel_dp(struct ctl_kernel *k);

/* Returns whether ctl_kernel_open() made the datapath. */
bool ctl_kernel_is_new(const struct ctl_kernel *k);

/* For audits. */
struct kdp *ctl_kernel_kdp(struct ctl_kernel *k);
const struct ctl_kernel_ports *ctl_kernel_ports_of_datapath(const struct ctl_kernel *k);

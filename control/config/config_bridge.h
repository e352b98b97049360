/* SPDX-License-Identifier: Apache-2.0 */
/* The bridges of a configuration file. Thread safety: pure, but for reading flow files. */
#pragma once

#include "config/config.h"

/* Takes the list "bridges". -EINVAL with 'err', which names the path in the file. */
int ctl_config_bridges(struct ctl_config *c, const json_t *list, const char *path, char *err,
		       size_t n_err);

/* Configures the flow tables of a bridge. Returns 0 or a negative errno, with 'err'. */
int ctl_config_tables_apply(struct xlate *x, struct xlate_bridge *br,
			    const struct ctl_config_bridge *b, char *err, size_t n_err);

/* Makes the bridges, ports and flows in tables of their own, that nothing uses, so that a mistake
 * shows before a device is touched. */
int ctl_config_rehearse(const struct ctl_config *c, char *err, size_t n_err);

/* SPDX-License-Identifier: Apache-2.0 */
/* The bridges of a configuration file. Thread safety: pure, except that flow files are read. */
#pragma once

#include "config/config.h"

/* Checks the list "bridges" and stores it in 'c'. 'path': of the configuration file. Returns 0,
 * -ENOMEM, or -EINVAL with 'err', which names the place in the file. */
int ctl_config_bridges(struct ctl_config *c, const json_t *list, const char *path, char *err,
		       size_t n_err);

/* Configures the flow tables of a bridge. Returns 0, or -errno with 'err'. */
int ctl_config_tables_apply(struct xlate *x, struct xlate_bridge *br,
			    const struct ctl_config_bridge *b, char *err, size_t n_err);

/* Creates the bridges, ports, mirrors and flows in separate tables, which are then freed: a mistake
 * is found before a device is touched. Returns 0 or -errno, with 'err' for a mistake. */
int ctl_config_rehearse(const struct ctl_config *c, char *err, size_t n_err);

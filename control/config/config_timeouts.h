/* SPDX-License-Identifier: Apache-2.0 */
/* The timeouts of zones of a configuration file. Thread safety: pure. */
#pragma once

#include "config/config.h"

/* Checks the object "ct-timeouts", of zones with their timeouts, and stores it in 'c'. Returns 0, -ENOMEM, or
 * -EINVAL with 'err', which names the place in the file. */
int ctl_config_timeouts(struct ctl_config *c, const json_t *zones, char *err, size_t n_err);

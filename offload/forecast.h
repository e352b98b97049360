/* SPDX-License-Identifier: Apache-2.0 */
/* Predicts the result of offering a megaflow. Thread safety: the offload thread. */
#pragma once

#include "ofl_private.h"

/* Returns 0, or -ENOMEM with the result unknown. */
int ofl_forecast_make(struct ofl *o, const struct flow_match *match,
		      const struct flow_actions *actions, struct ofl_forecast *out);

/* SPDX-License-Identifier: Apache-2.0 */
/* Limits of connections by zone. Thread safety: control only. */
#pragma once

#include <flow/dp.h>

/* Implement limits_set(), limits_del() and limits_get() of dp.h. */
int kdp_limits_set(struct dp *dp, const struct dp_limit *limits, unsigned int n);
int kdp_limits_del(struct dp *dp, const struct dp_limit *limits, unsigned int n);
int kdp_limits_get(struct dp *dp, const struct dp_limit *limits, unsigned int n,
		   void (*each)(void *aux, const struct dp_limit *limit), void *aux);

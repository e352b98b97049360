/* SPDX-License-Identifier: Apache-2.0 */
/* The datapath contract (flow/dp.h), as implemented by this folder. Thread safety: as flow/dp.h. */
#pragma once

#include <flow/dp.h>

extern const struct dp_class swp_dp_class;

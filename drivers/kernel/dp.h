/* SPDX-License-Identifier: Apache-2.0 */
/* The datapath contract (flow/dp.h) for the kernel. Thread safety: as there. */
#pragma once

#include "kdp_private.h"

extern const struct dp_class kdp_dp_class;

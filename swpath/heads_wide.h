/* SPDX-License-Identifier: Apache-2.0 */
/* The form of swp_heads_read_any() for processors with AVX-512.
 *
 * Thread safety: as heads.h. */
#pragma once

#include "heads.h"

swp_heads_fn swp_heads_read_wide;

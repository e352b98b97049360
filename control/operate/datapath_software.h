/* SPDX-License-Identifier: Apache-2.0 */
/* The software path as the datapath of the daemon ('swp' of the stack).
 *
 * Thread safety: control only. */
#pragma once

#include "operate/datapath.h"

extern const struct ctl_datapath ctl_datapath_software;

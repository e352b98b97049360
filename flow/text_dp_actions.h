/* SPDX-License-Identifier: Apache-2.0 */
/* What writing and reading of datapath actions share. Constant data. */
#pragma once

#include <flow/action.h>

#define TEXT_TPID_DEFAULT 0x8100

extern const char *const text_upcall_reasons[FLOW_N_UPCALL_REASONS];

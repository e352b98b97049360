/* SPDX-License-Identifier: Apache-2.0 */
/* Names shared by printing and parsing of datapath actions. Constant data. */
#pragma once

#include <flow/action.h>

#define TEXT_TPID_DEFAULT 0x8100

extern const char *const text_upcall_reasons[FLOW_N_UPCALL_REASONS];

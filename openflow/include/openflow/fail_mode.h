/* SPDX-License-Identifier: Apache-2.0 */
/* Fail modes: how a bridge forwards without instructions from a controller.
 *
 *     mode         without controllers    no controller answers for three probes
 *     auto         a learning switch      its rules stay in force
 *     secure       forwards nothing       its rules stay in force
 *     standalone   a learning switch      a learning switch; its rules are not used
 *
 * The first column is done by rules: the bridge starts with the one rule
 * "priority=0,actions=NORMAL", or with none. As in Open vSwitch, the bridge's rules are replaced by
 * these when the first controller is named, when the last one is removed, and when a bridge without
 * controllers becomes secure or stops being so. So a bridge with controllers forwards nothing until
 * one of them adds rules.
 * Thread safety: constants, and a pure function. */
#pragma once

#include <stdbool.h>

enum agent_fail_mode {
	AGENT_FAIL_AUTO,
	AGENT_FAIL_SECURE,
	AGENT_FAIL_STANDALONE,
	AGENT_N_FAIL_MODES
};

#define AGENT_FAIL_MODE_WORDS "auto, secure or standalone"

extern const char *const agent_fail_mode_names[AGENT_N_FAIL_MODES];

/* Returns true if a bridge without configured rules is a learning switch. */
bool agent_fail_mode_is_switch(enum agent_fail_mode mode, unsigned int n_controllers);

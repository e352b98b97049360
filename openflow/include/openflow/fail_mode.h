/* SPDX-License-Identifier: Apache-2.0 */
/* Fail modes: what a bridge does while no controller tells it what to do.
 *
 *     mode         without controllers    no controller answers for three probes
 *     auto         a learning switch      its rules stay in force
 *     secure       forwards nothing       its rules stay in force
 *     standalone   a learning switch      a learning switch; its rules wait
 *
 * The first column is a matter of rules: the bridge starts with the one rule "priority=0,
 * actions=NORMAL", or with none. They are replaced by these whenever the first controller is named,
 * the last one removed, or a bridge without controllers becomes secure or stops being so, as Open
 * vSwitch does. So a bridge with controllers forwards nothing before one of them has said what.
 * Thread safety: constants, and a pure function. */
#pragma once

#include <stdbool.h>

enum ctl_fail_mode { CTL_FAIL_AUTO, CTL_FAIL_SECURE, CTL_FAIL_STANDALONE, CTL_N_FAIL_MODES };

#define CTL_FAIL_MODES_ACCEPTED "auto, secure or standalone"

extern const char *const ctl_fail_mode_names[CTL_N_FAIL_MODES];

/* True if a bridge without rules of its own is a learning switch. */
bool ctl_fail_mode_is_switch(enum ctl_fail_mode mode, unsigned int n_controllers);

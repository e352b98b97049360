/* SPDX-License-Identifier: Apache-2.0 */
/* What a test of the engine may do below it on the emulated ConnectX alone; see bed.h.
 *
 * Thread safety: the test's thread. */
#pragma once

#include "bed.h"

/* Devices are made of this format, and the function is called whenever one was started and has no port yet. NULL:
 * none. At the start of the program 1 and NULL. */
void bed_connectx_configure(unsigned int format, void (*call)(void));

/* Resets the ConnectX alone. read: what its counters have counted is read before. */
void bed_connectx_lose(struct bed *b, bool read);

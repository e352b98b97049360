/* SPDX-License-Identifier: Apache-2.0 */
/* What rules cost through a driver of nic.h: inserted and removed in a second of one thread's CPU time, bytes of the heap for each. */
#pragma once
#include <flow/nic.h>

#define RULES_PORTS 3 /* datapath ports: rules are from port 1 to port 2 */

/* Prints a line for each shape. Returns 0, or -1 after an error was printed. */
int rules_run(struct nic *nic, const char *driver, unsigned int n);

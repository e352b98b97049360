/* SPDX-License-Identifier: Apache-2.0 */
/* Detects peers that read too slowly, by the number of bytes they take rather than by whether they
 * take any.
 *
 * In each period a peer must take as many bytes as waited at its begin, but no more than the rate
 * requires. Example: at 16 KiB/s and a period of 10 s, a peer with 1 MiB waiting must take 160 KiB;
 * one with 4 KiB must take these.
 *
 * Thread safety: none; one user. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loop_pace {
	uint64_t since_ns; /* begin of the period; 0 if nothing waits */
	size_t goal;	   /* bytes to be sent in the period */
	size_t sent;	   /* in the period; added to by the user */
};

/* To be called now and then with the number of bytes that wait. Returns false if a period has ended
 * without reaching its goal. bytes_per_s: the rate. */
bool loop_pace_check(struct loop_pace *p, size_t pending, size_t bytes_per_s, unsigned int period_s,
		     uint64_t now_ns);

/* SPDX-License-Identifier: Apache-2.0 */
/* How often a test repeats what is random, or how large it makes what it fills. Thread safety: pure. */
#pragma once

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define EFFORT_IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define EFFORT_IS_SANITIZED 1
#endif
#endif

/* Sanitizers make code 4 to 10 times as slow: with them an eighth runs the same paths. */
#ifdef EFFORT_IS_SANITIZED
#define EFFORT(n) ((n) / 8)
#else
#define EFFORT(n) (n)
#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* A log with a level per module, to stderr or a file.
 *
 * control/ (or a test) makes a 'struct log' and passes it to every module in its configuration.
 * NULL is allowed everywhere and logs nothing.
 * Line: "2026-01-01T00:00:00.000Z|MODULE|LEVEL|text\n".
 *
 * Thread safety: log_write() any thread but a worker; the level may change at any time. */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum log_level { LOG_LEVEL_OFF, LOG_LEVEL_ERR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DBG };

#define LOG_MODULES(M)                                                                             \
	M(CONTROL, "control")                                                                      \
	M(XLATE, "xlate")                                                                          \
	M(SWPATH, "swpath")                                                                        \
	M(OFFLOAD, "offload")                                                                      \
	M(UPCALL, "upcall")                                                                        \
	M(RTEFLOW, "rteflow")

enum log_module {
#define M(id, name) LOG_##id,
	LOG_MODULES(M)
#undef M
		LOG_N_MODULES
};

struct log;

/* Makes a log. Borrows 'file' until log_destroy(). All modules start at INFO.
 * Returns 0 or -ENOMEM. */
int log_create(FILE *file, struct log **out);
void log_destroy(struct log *log);

/* Sends further lines to 'file', which is borrowed. For log rotation. */
void log_file_set(struct log *log, FILE *file);

/* Sets a level. 'module': a name of LOG_MODULES or "ANY"; 'level': off, err, warn, info or dbg.
 * Returns 0 or -EINVAL. */
int log_level_set(struct log *log, const char *module, const char *level);
bool log_enabled(const struct log *log, enum log_module module, enum log_level level);

/* Prints a line per module with its level. */
void log_levels_print(const struct log *log, FILE *out);

/* Returns the number of lines that could not be written: on a full disk, or to a pipe
 * without a reader. */
uint64_t log_n_lost(struct log *log);

/* Returns the number of lines suppressed because too many were similar. */
uint64_t log_n_suppressed(struct log *log);

/* Writes a line if the level is enabled. Of each message (each 'fmt', a literal) LOG_LINES_AT_ONCE
 * lines are written at once, and LOG_LINES_A_MINUTE in the long run; the rest are suppressed. Their
 * number is written before the next line of the message, or after a minute with any other line. The
 * number of lines that could not be written is logged as soon as possible. */
#define LOG_LINES_AT_ONCE 50
#define LOG_LINES_A_MINUTE 20
void log_write(struct log *log, enum log_module module, enum log_level level, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* As log_write(), at a given time (clock_now_ns()) and at any level. For tests. */
void log_write_at(struct log *log, uint64_t now_ns, enum log_module module, enum log_level level,
		  const char *fmt, va_list args) __attribute__((format(printf, 5, 0)));

#define LOG_ERR(log, module, ...) log_write(log, LOG_##module, LOG_LEVEL_ERR, __VA_ARGS__)
#define LOG_WARN(log, module, ...) log_write(log, LOG_##module, LOG_LEVEL_WARN, __VA_ARGS__)
#define LOG_INFO(log, module, ...) log_write(log, LOG_##module, LOG_LEVEL_INFO, __VA_ARGS__)
#define LOG_DBG(log, module, ...) log_write(log, LOG_##module, LOG_LEVEL_DBG, __VA_ARGS__)

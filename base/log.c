/* SPDX-License-Identifier: Apache-2.0 */
#include <base/lock.h>
#include <base/log.h>

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio_ext.h>
#include <string.h>
#include <strings.h>

#define LINES_PER_S 50

struct budget {
	time_t second;
	unsigned int n_lines;
	unsigned int n_dropped;
};

struct log {
	atomic_int level[LOG_N_MODULES];
	struct mutex mutex;
	FILE *file GUARDED_BY(mutex);
	uint64_t n_lost GUARDED_BY(mutex), n_lost_said GUARDED_BY(mutex);
	struct budget budget[LOG_N_MODULES] GUARDED_BY(mutex);
};

static const char *const module_names[] = {
#define M(id, name) name,
	LOG_MODULES(M)
#undef M
};

static const char *const level_names[] = {"OFF", "ERR", "WARN", "INFO", "DBG"};

int
log_create(FILE *file, struct log **out)
{
	struct log *log = calloc(1, sizeof *log);

	if (!log)
		return -ENOMEM;
	mutex_init(&log->mutex);
	for (int i = 0; i < LOG_N_MODULES; i++)
		atomic_init(&log->level[i], LOG_LEVEL_INFO);
	log_file_set(log, file);
	*out = log;
	return 0;
}

void
log_destroy(struct log *log)
{
	if (!log)
		return;
	mutex_destroy(&log->mutex);
	free(log);
}

void
log_file_set(struct log *log, FILE *file)
{
	mutex_lock(&log->mutex);
	log->file = file;
	mutex_unlock(&log->mutex);
}

static int
name_find(const char *const *names, int n, const char *name)
{
	for (int i = 0; i < n; i++)
		if (!strcasecmp(names[i], name))
			return i;
	return -1;
}

int
log_level_set(struct log *log, const char *module, const char *level)
{
	int l = name_find(level_names, LOG_LEVEL_DBG + 1, level);
	int m = name_find(module_names, LOG_N_MODULES, module);
	bool any = !strcasecmp(module, "any");

	if (l < 0 || (m < 0 && !any))
		return -EINVAL;
	for (int i = 0; i < LOG_N_MODULES; i++)
		if (any || i == m)
			atomic_store(&log->level[i], l);
	return 0;
}

bool
log_enabled(const struct log *log, enum log_module module, enum log_level level)
{
	return log && (int)level <= atomic_load_explicit(&log->level[module], memory_order_relaxed);
}

void
log_levels_print(const struct log *log, FILE *out)
{
	for (int i = 0; i < LOG_N_MODULES; i++)
		fprintf(out, "%-10s %s\n", module_names[i],
			level_names[atomic_load(&log->level[i])]);
}

static void
stamp_print(FILE *file, const struct timespec *now)
{
	struct tm tm;
	char text[32];

	gmtime_r(&now->tv_sec, &tm);
	strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm);
	fprintf(file, "%s.%03ldZ", text, now->tv_nsec / 1000000);
}

static bool
budget_take(struct log *log, enum log_module module, time_t second) REQUIRES(log->mutex)
{
	struct budget *b = &log->budget[module];

	if (b->second != second) {
		if (b->n_dropped)
			fprintf(log->file, "...|%s|WARN|%u lines dropped: over %d in a second\n",
				module_names[module], b->n_dropped, LINES_PER_S);
		*b = (struct budget){.second = second};
	}
	if (b->n_lines < LINES_PER_S) {
		b->n_lines++;
		return true;
	}
	b->n_dropped++;
	return false;
}

/* A line that is not written whole is let go, so that none is written late or twice. */
static bool
line_end(struct log *log) REQUIRES(log->mutex)
{
	fputc('\n', log->file);
	if (!fflush(log->file) && !ferror(log->file))
		return true;
	clearerr(log->file);
	__fpurge(log->file);
	log->n_lost++;
	return false;
}

static void
lost_say(struct log *log) REQUIRES(log->mutex)
{
	uint64_t n = log->n_lost - log->n_lost_said;

	if (!n)
		return;
	fprintf(log->file, "...|log|WARN|%llu lines lost: they could not be written",
		(unsigned long long)n);
	if (line_end(log))
		log->n_lost_said = log->n_lost;
}

uint64_t
log_n_lost(struct log *log)
{
	uint64_t n;

	mutex_lock(&log->mutex);
	n = log->n_lost;
	mutex_unlock(&log->mutex);
	return n;
}

void
log_write(struct log *log, enum log_module module, enum log_level level, const char *fmt, ...)
{
	struct timespec now;
	va_list args;

	if (!log_enabled(log, module, level))
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	mutex_lock(&log->mutex);
	if (budget_take(log, module, now.tv_sec)) {
		stamp_print(log->file, &now);
		fprintf(log->file, "|%s|%s|", module_names[module], level_names[level]);
		va_start(args, fmt);
		vfprintf(log->file, fmt, args);
		va_end(args);
		if (line_end(log))
			lost_say(log);
	}
	mutex_unlock(&log->mutex);
}

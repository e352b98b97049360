/* SPDX-License-Identifier: Apache-2.0 */
#include <base/clock.h>
#include <base/lock.h>
#include <base/log.h>

#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio_ext.h>
#include <string.h>
#include <strings.h>

#define N_SITES 512
#define COST_NS (60 * NS_PER_S / LOG_LINES_A_MINUTE)
#define CREDIT_MAX_NS (LOG_LINES_AT_ONCE * COST_NS)
#define REPORT_AFTER_NS (60 * NS_PER_S)

/* The rate limit of a message, whatever its arguments. A free slot has 'fmt' NULL. */
struct site {
	const char *fmt;
	enum log_module module;
	uint64_t credit_ns, last_ns;
	uint64_t n_suppressed;	      /* since the last report */
	uint64_t suppressed_since_ns; /* time of the first of them */
};

struct log {
	atomic_int level[LOG_N_MODULES];
	struct mutex mutex;
	FILE *file GUARDED_BY(mutex);
	uint64_t n_lost GUARDED_BY(mutex), n_lost_reported GUARDED_BY(mutex);
	uint64_t n_suppressed GUARDED_BY(mutex);
	uint64_t report_at_ns GUARDED_BY(mutex); /* when to report suppressed lines; 0 if none */
	struct site site[N_SITES] GUARDED_BY(mutex);
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

/* A pipe or terminal whose reader has stopped would block the caller, and with it grace periods. A
 * pipe that polls as writable has room for a whole line (PIPE_BUF). A line without room is lost. */
static bool
has_room(struct log *log) REQUIRES(log->mutex)
{
	struct pollfd fd = {.fd = fileno(log->file), .events = POLLOUT};

	if (fd.fd < 0 || poll(&fd, 1, 0))
		return true;
	log->n_lost++;
	return false;
}

/* Ends a line. A line that was not written whole is discarded, so that none is
 * written late or twice. */
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
lost_report(struct log *log) REQUIRES(log->mutex)
{
	uint64_t n = log->n_lost - log->n_lost_reported;

	if (!n || !has_room(log))
		return;
	fprintf(log->file, "...|log|WARN|%llu log lines lost: write failed", (unsigned long long)n);
	if (line_end(log))
		log->n_lost_reported = log->n_lost;
}

/* Returns the slot of a message. If all slots are taken, further messages share the last one. */
static struct site *
site_find(struct log *log, enum log_module module, const char *fmt) REQUIRES(log->mutex)
{
	size_t first = ((uintptr_t)fmt >> 3) % N_SITES, i = first;

	while (log->site[i].fmt && log->site[i].fmt != fmt) {
		i = (i + 1) % N_SITES;
		if (i == first)
			return &log->site[N_SITES - 1];
	}
	if (!log->site[i].fmt)
		log->site[i] =
			(struct site){.fmt = fmt, .module = module, .credit_ns = CREDIT_MAX_NS};
	return &log->site[i];
}

static bool
site_take(struct log *log, struct site *s, uint64_t now_ns) REQUIRES(log->mutex)
{
	s->credit_ns += now_ns - s->last_ns;
	if (!s->last_ns || s->credit_ns > CREDIT_MAX_NS)
		s->credit_ns = CREDIT_MAX_NS;
	s->last_ns = now_ns;
	if (s->credit_ns >= COST_NS) {
		s->credit_ns -= COST_NS;
		return true;
	}
	if (!s->n_suppressed++)
		s->suppressed_since_ns = now_ns;
	log->n_suppressed++;
	if (!log->report_at_ns)
		log->report_at_ns = now_ns + REPORT_AFTER_NS;
	return false;
}

static void
suppressed_report(struct log *log, struct site *s, uint64_t now_ns) REQUIRES(log->mutex)
{
	if (!s->n_suppressed || !has_room(log))
		return;
	fprintf(log->file, "...|%s|WARN|%llu lines like \"%s\" suppressed in %llu s",
		module_names[s->module], (unsigned long long)s->n_suppressed, s->fmt,
		(unsigned long long)((now_ns - s->suppressed_since_ns) / NS_PER_S));
	if (line_end(log))
		s->n_suppressed = 0;
}

/* Reports suppressed lines of all messages, as those may not be logged again. */
static void
all_suppressed_report(struct log *log, uint64_t now_ns) REQUIRES(log->mutex)
{
	for (size_t i = 0; i < N_SITES; i++)
		suppressed_report(log, &log->site[i], now_ns);
	log->report_at_ns = 0;
}

uint64_t
log_n_suppressed(struct log *log)
{
	uint64_t n;

	mutex_lock(&log->mutex);
	n = log->n_suppressed;
	mutex_unlock(&log->mutex);
	return n;
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

static void line_write(struct log *log, enum log_module module, enum log_level level,
		       const char *fmt, va_list args) __attribute__((format(printf, 4, 0)));

static void
line_write(struct log *log, enum log_module module, enum log_level level, const char *fmt,
	   va_list args) REQUIRES(log->mutex)
{
	struct timespec now;

	if (!has_room(log))
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	stamp_print(log->file, &now);
	fprintf(log->file, "|%s|%s|", module_names[module], level_names[level]);
	vfprintf(log->file, fmt, args);
	if (line_end(log))
		lost_report(log);
}

void
log_write_at(struct log *log, uint64_t now_ns, enum log_module module, enum log_level level,
	     const char *fmt, va_list args)
{
	struct site *s;

	mutex_lock(&log->mutex);
	s = site_find(log, module, fmt);
	if (site_take(log, s, now_ns)) {
		suppressed_report(log, s, now_ns);
		line_write(log, module, level, fmt, args);
	}
	if (log->report_at_ns && now_ns >= log->report_at_ns)
		all_suppressed_report(log, now_ns);
	mutex_unlock(&log->mutex);
}

void
log_write(struct log *log, enum log_module module, enum log_level level, const char *fmt, ...)
{
	va_list args;

	if (!log_enabled(log, module, level))
		return;
	va_start(args, fmt);
	log_write_at(log, clock_now_ns(), module, level, fmt, args);
	va_end(args);
}

void
log_destroy(struct log *log)
{
	if (!log)
		return;
	mutex_lock(&log->mutex);
	all_suppressed_report(log, clock_now_ns());
	mutex_unlock(&log->mutex);
	mutex_destroy(&log->mutex);
	free(log);
}

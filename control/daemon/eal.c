/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/eal.h"

#include <base/err.h>

#include <errno.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_log.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HUGE_BYTES_MIN (256ull << 20)

/* Returns true if at least 256 MiB of huge pages are free. */
static bool
huge_free(void)
{
	FILE *f = fopen("/proc/meminfo", "re");
	unsigned long long n_free = 0, page_kb = 0;
	char line[128];

	if (!f)
		return false;
	while (fgets(line, sizeof line, f)) {
		sscanf(line, "HugePages_Free: %llu", &n_free);
		sscanf(line, "Hugepagesize: %llu kB", &page_kb);
	}
	fclose(f);
	return n_free * page_kb * 1024 >= HUGE_BYTES_MIN;
}

/* Adds one lcore that may run on every CPU of the process. */
static int
lcores_add(struct ctl_words *l)
{
	char text[8192] = "--lcores=0@(";
	size_t n = strlen(text);
	cpu_set_t cpus;

	if (sched_getaffinity(0, sizeof cpus, &cpus))
		return -errno;
	for (int i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &cpus))
			n += (size_t)snprintf(text + n, sizeof text - n, "%d,", i);
	text[n - 1] = ')';
	return ctl_words_add(l, text);
}

static bool
cpus_given(const struct ctl_words *given)
{
	return ctl_words_has(given, "--lcores") || ctl_words_has(given, "-l") ||
	       ctl_words_has(given, "-c") || ctl_words_has(given, "-s");
}

static bool
pci_given(const struct ctl_words *given)
{
	return ctl_words_has(given, "-a") || ctl_words_has(given, "--allow") ||
	       ctl_words_has(given, "-b") || ctl_words_has(given, "--block") ||
	       ctl_words_has(given, "--no-pci");
}

static int
defaults_add(const struct ctl_config *c, const struct ctl_words *given, bool huge,
	     struct ctl_words *out)
{
	bool huge_dir = ctl_words_has(given, "--huge-dir");
	bool no_huge = ctl_words_has(given, "--no-huge");
	bool huge_pages = huge_dir || (huge && !no_huge);
	char prefix[64];
	int rc = 0;

	snprintf(prefix, sizeof prefix, "--file-prefix=tandem-%d", (int)getpid());
	if (!ctl_words_has(given, "--telemetry"))
		rc = ctl_words_add(out, "--no-telemetry");
	if (!rc && !ctl_words_has(given, "--file-prefix"))
		rc = ctl_words_add(out, prefix);
	if (!rc && !ctl_words_has(given, "--log-level"))
		rc = ctl_words_split(out, "--log-level=warning --log-level=lib.eal:error");
	if (!rc && !c->pci && !pci_given(given))
		rc = ctl_words_add(out, "--no-pci");
	if (!rc && !cpus_given(given))
		rc = lcores_add(out);
	if (!rc && !no_huge && !huge_dir)
		rc = ctl_words_add(out, huge ? "--in-memory" : "--no-huge");
	/* --no-huge is refused beside --in-memory. EAL describes its memory in files of 13 MB then, and removes none. */
	if (!rc && !huge_pages)
		rc = ctl_words_add(out, "--no-shconf");
	if (!rc && !huge_pages && !ctl_words_has(given, "-m"))
		rc = ctl_words_split(out, "-m 1024");
	for (unsigned int i = 0; !rc && i < c->n_drivers; i++) {
		rc = ctl_words_add(out, "-d");
		if (!rc)
			rc = ctl_words_add(out, c->drivers[i]);
	}
	return rc;
}

int
ctl_eal_words(const struct ctl_config *c, const char *extra, bool huge, struct ctl_words *out,
	      char *err, size_t n_err)
{
	struct ctl_words given = {0};
	int rc = 0;

	*out = (struct ctl_words){0};
	if (c->eal)
		rc = ctl_words_split(&given, c->eal);
	if (!rc && extra)
		rc = ctl_words_split(&given, extra);
	if (!rc)
		rc = ctl_words_add(out, "tandemd");
	if (!rc)
		rc = defaults_add(c, &given, huge, out);
	for (int i = 0; !rc && i < given.n; i++)
		rc = ctl_words_add(out, given.w[i]);
	if (rc == -EINVAL)
		err_print(err, n_err, "EAL arguments: a quote is not closed");
	else if (rc)
		err_print(err, n_err, "EAL arguments: %s", strerror(-rc));
	ctl_words_free(&given);
	if (rc)
		ctl_words_free(out);
	return rc;
}

/* Logs what EAL writes. The stream is line-buffered, so each call has whole lines. */
static ssize_t
line_write(void *cookie, const char *text, size_t n)
{
	struct log *log = cookie;
	const char *end = text + n;

	for (const char *at = text; at < end;) {
		const char *nl = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((nl ? nl : end) - at);

		if (len)
			LOG_WARN(log, CONTROL, "%.*s", (int)len, at);
		at += len + 1;
	}
	return (ssize_t)n;
}

static int
log_stream_open(struct log *log)
{
	const cookie_io_functions_t io = {.write = line_write};
	FILE *f = fopencookie(log, "w", io);

	if (!f)
		return -ENOMEM;
	setvbuf(f, NULL, _IOLBF, BUFSIZ);
	return rte_openlog_stream(f);
}

static void
log_stream_close(void)
{
	FILE *f = rte_log_get_stream();

	rte_openlog_stream(NULL);
	if (f != stderr)
		fclose(f);
}

int
ctl_eal_start(const struct ctl_config *c, const char *extra, struct log *log, char *err,
	      size_t n_err)
{
	struct ctl_words words;
	char **argv; /* a copy, as EAL reorders the array */
	int n = -1;
	int rc = ctl_eal_words(c, extra, huge_free(), &words, err, n_err);

	if (rc)
		return rc;
	log_stream_open(log);
	for (int i = 1; i < words.n; i++)
		LOG_DBG(log, CONTROL, "EAL argument %s", words.w[i]);
	argv = calloc((size_t)words.n + 1, sizeof *argv);
	if (argv) {
		memcpy(argv, words.w, (size_t)words.n * sizeof *argv);
		n = rte_eal_init(words.n, argv);
	}
	free(argv);
	ctl_words_free(&words);
	if (n >= 0)
		return 0;
	log_stream_close();
	err_print(err, n_err, "DPDK's EAL does not start: %s (see the log)", strerror(rte_errno));
	return -EIO;
}

void
ctl_eal_stop(void)
{
	const char *dir = rte_eal_get_runtime_dir();

	rte_eal_cleanup();
	rmdir(dir); /* not empty where the operator's words keep files there, as --huge-dir */
	log_stream_close();
}

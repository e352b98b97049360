/* SPDX-License-Identifier: Apache-2.0 */
#include "util/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static int
stream_read(FILE *in, FILE *out)
{
	char buf[65536];
	size_t n, total = 0;

	while ((n = fread(buf, 1, sizeof buf, in)) > 0) {
		total += n;
		if (total > CTL_FILE_BYTES_MAX)
			return -EFBIG;
		if (fwrite(buf, 1, n, out) != n)
			return -ENOMEM;
	}
	return ferror(in) ? -errno : 0;
}

int
ctl_file_read(const char *path, char **text, size_t *n)
{
	FILE *in = fopen(path, "re");
	FILE *out;
	int rc;

	*text = NULL;
	if (!in)
		return -errno;
	out = open_memstream(text, n);
	if (!out) {
		fclose(in);
		return -ENOMEM;
	}
	rc = stream_read(in, out);
	if (fclose(out) && !rc)
		rc = -ENOMEM;
	fclose(in);
	if (rc) {
		free(*text);
		*text = NULL;
	}
	return rc;
}

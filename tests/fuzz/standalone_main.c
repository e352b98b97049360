/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a fuzz target over files and folders of files, without a fuzzer, for any compiler. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static int
run_file(const char *path, size_t n)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = malloc(n ? n : 1);
	int rc = -1;

	if (file && data && fread(data, 1, n, file) == n) {
		printf("%s: %zu bytes\n", path, n);
		fflush(stdout);
		rc = LLVMFuzzerTestOneInput(data, n);
	} else {
		perror(path);
	}
	free(data);
	if (file)
		fclose(file);
	return rc;
}

static int
run_folder(const char *path, unsigned int *n_run)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	int rc = 0;

	if (!dir) {
		perror(path);
		return -1;
	}
	while (!rc && (entry = readdir(dir))) {
		char name[4096];
		struct stat st;

		snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
		if (stat(name, &st) || !S_ISREG(st.st_mode))
			continue;
		rc = run_file(name, (size_t)st.st_size);
		(*n_run)++;
	}
	closedir(dir);
	return rc;
}

int
main(int argc, char **argv)
{
	unsigned int n_run = 0;

	for (int i = 1; i < argc; i++) {
		struct stat st;
		int rc = stat(argv[i], &st);

		if (rc)
			perror(argv[i]);
		else if (S_ISDIR(st.st_mode))
			rc = run_folder(argv[i], &n_run);
		else
			rc = run_file(argv[i], (size_t)st.st_size), n_run++;
		if (rc)
			return EXIT_FAILURE;
	}
	printf("%u inputs\n", n_run);
	return n_run ? EXIT_SUCCESS : EXIT_FAILURE;
}

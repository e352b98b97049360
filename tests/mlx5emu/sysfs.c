/* SPDX-License-Identifier: Apache-2.0 */
#include "sysfs.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_MAX_HERE 160

/* libibverbs reads SYSFS_PATH once, maybe before the device is started. */
static char root[32];
static pid_t owner;

/* In the order of creation: a folder has no text. /dev/zero is 1:5, which preload.c opens for the device file. */
static const struct {
	const char *name, *text;
} entries[] = {
	{"", NULL},
	{"/class", NULL},
	{"/class/infiniband_verbs", NULL},
	{"/class/infiniband_verbs/abi_version", "6\n"},
	{"/class/infiniband_verbs/uverbs0", NULL},
	{"/class/infiniband_verbs/uverbs0/abi_version", "1\n"},
	{"/class/infiniband_verbs/uverbs0/dev", "1:5\n"},
	{"/class/infiniband_verbs/uverbs0/ibdev", "mlx5_0\n"},
	{"/class/infiniband", NULL},
	{"/class/infiniband/mlx5_0", NULL},
	{"/class/infiniband/mlx5_0/node_type", "1: CA\n"},
	{"/class/infiniband/mlx5_0/device", NULL},
	{"/class/infiniband/mlx5_0/device/modalias", ""},
};

#define N_ENTRIES (sizeof(entries) / sizeof(entries[0]))

static const char *const modalias[] = {
	"pci:v000015B3d00001017sv000015B3sd00000008bc02sc00i00\n",
	"pci:v000015B3d0000101Dsv000015B3sd00000012bc02sc00i00\n",
};

static void
path_of(char *path, unsigned i)
{
	snprintf(path, PATH_MAX_HERE, "%s%s", root, entries[i].name);
}

/* Before autostart.c. */
__attribute__((constructor(150))) static void
root_choose(void)
{
	owner = getpid();
	snprintf(root, sizeof(root), "/tmp/mlx5emu-%d", (int)getpid());
	setenv("SYSFS_PATH", root, 1);
}

static int
text_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	int rc = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		rc = -EIO;
	close(fd);
	return rc;
}

int
emu_sysfs_make(unsigned format)
{
	char path[PATH_MAX_HERE];
	int rc = 0;

	/* A child that crashed may have left one. */
	emu_sysfs_remove();
	for (unsigned i = 0; i < N_ENTRIES && !rc; i++) {
		path_of(path, i);
		if (!entries[i].text)
			rc = mkdir(path, 0755) ? -errno : 0;
		else
			rc = text_write(path,
					*entries[i].text ? entries[i].text : modalias[format]);
	}
	if (rc)
		emu_sysfs_remove();
	return rc;
}

/* At the end of a process whose test failed, too. */
__attribute__((destructor)) void
emu_sysfs_remove(void)
{
	char path[PATH_MAX_HERE];

	/* A child shares the folder. */
	if (getpid() != owner)
		return;
	for (unsigned i = N_ENTRIES; i-- > 0;) {
		path_of(path, i);
		if (entries[i].text)
			unlink(path);
		else
			rmdir(path);
	}
}

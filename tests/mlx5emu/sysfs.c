/* SPDX-License-Identifier: Apache-2.0 */
#include "sysfs.h"
#include "emu.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_MAX_HERE 256
#define DEVICE_MAX (EMU_NAME_MAX + 24)
#define PARENT "/tmp"
#define PREFIX "mlx5emu-"

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
	{"/devices", NULL},
};

#define N_ENTRIES (sizeof(entries) / sizeof(entries[0]))

static const char *const modalias[] = {
	"pci:v000015B3d00001017sv000015B3sd00000008bc02sc00i00\n",
	"pci:v000015B3d0000101Dsv000015B3sd00000012bc02sc00i00\n",
};

/* Before autostart.c. */
__attribute__((constructor(150))) static void
root_choose(void)
{
	owner = getpid();
	snprintf(root, sizeof(root), PARENT "/" PREFIX "%d", (int)getpid());
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

static int
entry_make(const char *name, const char *text)
{
	char path[PATH_MAX_HERE];

	snprintf(path, sizeof(path), "%s%s", root, name);
	if (text)
		return text_write(path, text);
	return mkdir(path, 0755) ? -errno : 0;
}

/* The device's folder, to which that of its RDMA device has a link. */
static int
device_make(unsigned format, const char *device)
{
	char name[DEVICE_MAX], path[PATH_MAX_HERE];
	int rc;

	snprintf(name, sizeof(name), "/devices/%s", device);
	rc = entry_make(name, NULL);
	snprintf(name, sizeof(name), "/devices/%s/modalias", device);
	if (!rc)
		rc = entry_make(name, modalias[format]);
	snprintf(name, sizeof(name), "../../../devices/%s", device);
	snprintf(path, sizeof(path), "%s/class/infiniband/mlx5_0/device", root);
	if (!rc && symlink(name, path))
		rc = -errno;
	return rc;
}

static int
path_remove(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st, (void)kind, (void)at;
	remove(path);
	return 0;
}

static void
tree_remove(const char *path)
{
	nftw(path, path_remove, 8, FTW_DEPTH | FTW_PHYS);
}

/* A process that a signal ended left its folder. */
static void
leftovers_remove(void)
{
	DIR *parent = opendir(PARENT);
	struct dirent *entry;

	while (parent && (entry = readdir(parent))) {
		char path[PATH_MAX_HERE + sizeof(entry->d_name)];
		char *end;

		if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)))
			continue;
		long pid = strtol(entry->d_name + strlen(PREFIX), &end, 10);

		snprintf(path, sizeof(path), PARENT "/%s", entry->d_name);
		if (!*end && pid > 0 && kill((pid_t)pid, 0) && errno == ESRCH)
			tree_remove(path);
	}
	if (parent)
		closedir(parent);
}

int
emu_sysfs_make(unsigned format, const char *device)
{
	int rc = 0;

	/* A child that crashed may have left one, too. */
	emu_sysfs_remove();
	leftovers_remove();
	for (unsigned i = 0; i < N_ENTRIES && !rc; i++)
		rc = entry_make(entries[i].name, entries[i].text);
	if (!rc)
		rc = device_make(format, device);
	if (rc)
		emu_sysfs_remove();
	return rc;
}

/* At the end of a process whose test failed, too. A child shares the folder. */
__attribute__((destructor)) void
emu_sysfs_remove(void)
{
	if (getpid() == owner)
		tree_remove(root);
}

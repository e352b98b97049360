/* SPDX-License-Identifier: Apache-2.0 */
#include "board.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int
board_open(struct board **board, const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	struct stat st;
	void *map;
	int rc;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) || st.st_size != sizeof **board) {
		close(fd);
		return -EINVAL;
	}
	map = mmap(NULL, sizeof **board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
	rc = map == MAP_FAILED ? -errno : 0;
	close(fd);
	if (!rc)
		*board = map;
	return rc;
}

void
board_close(struct board *b)
{
	if (b)
		munmap(b, sizeof *b);
}

unsigned int
board_bucket(uint64_t cycles)
{
	unsigned int shift;

	if (cycles < 16)
		return (unsigned int)cycles;
	shift = 59 - (unsigned int)__builtin_clzll(cycles);
	return (shift << 4) + (unsigned int)(cycles >> shift);
}

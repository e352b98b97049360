/* SPDX-License-Identifier: Apache-2.0 */
#include "async.h"
#include "command.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

struct emu_query {
	struct emu_query *next;
	int fd, answer_fd;
	uint32_t handle;
	enum emu_kind kind;
	uint64_t id;
	size_t in_length, out_length;
	uint8_t in[];
};

static struct emu_answers *
answers_find(struct emu_device *dev, int file)
{
	for (int i = 0; i < EMU_ANSWERS_MAX; i++)
		if (dev->answers[i].file == file)
			return &dev->answers[i];
	return NULL;
}

int
emu_async_open(struct emu_device *dev, int fd)
{
	struct emu_answers *answers = answers_find(dev, -1);
	int pair[2];

	if (!answers)
		return -EMFILE;
	/* An answer is one message. */
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return -errno;
	*answers = (struct emu_answers){.file = pair[0], .answer_fd = pair[1], .fd = fd};
	return pair[0];
}

int
emu_async_post(struct emu_device *dev, struct emu_object *object, const void *in, size_t in_length,
	       size_t out_length, uint64_t id, int file)
{
	const struct emu_answers *answers = answers_find(dev, file);
	struct emu_query **last = &dev->queries;

	if (!answers || file < 0)
		return EBADF;
	struct emu_query *q = calloc(1, sizeof(*q) + in_length);

	if (!q)
		return ENOMEM;
	q->fd = object->fd;
	q->answer_fd = answers->answer_fd;
	q->handle = object->handle;
	q->kind = object->kind;
	q->id = id;
	q->in_length = in_length;
	q->out_length = out_length;
	memcpy(q->in, in, in_length);
	while (*last)
		last = &(*last)->next;
	*last = q;
	return 0;
}

static bool
is_open(const struct emu_device *dev, int answer_fd)
{
	for (int i = 0; i < EMU_ANSWERS_MAX; i++)
		if (dev->answers[i].file >= 0 && dev->answers[i].answer_fd == answer_fd)
			return true;
	return false;
}

/* An answer that has no room in the file is lost, as its reader is gone. */
static void
query_run(struct emu_device *dev, struct emu_query *q)
{
	uint8_t *answer = calloc(1, sizeof(q->id) + q->out_length);
	struct emu_command c = {
		.dev = dev,
		.fd = q->fd,
		.in = q->in,
		.in_length = q->in_length,
		.out = answer + sizeof(q->id),
		.out_length = q->out_length,
		.object = emu_object_find(dev, q->kind, q->fd, q->handle),
	};

	if (!answer)
		return;
	memcpy(answer, &q->id, sizeof(q->id));
	if (c.object)
		emu_command_run(&c, EMU_COMMAND_QUERY);
	/* A command that stalls gives the lock back meanwhile. */
	if (is_open(dev, q->answer_fd))
		(void)send(q->answer_fd, answer, sizeof(q->id) + q->out_length,
			   MSG_DONTWAIT | MSG_NOSIGNAL);
	free(answer);
}

void
emu_async_run(struct emu_device *dev)
{
	struct emu_query *q;

	while ((q = dev->queries)) {
		dev->queries = q->next;
		query_run(dev, q);
		free(q);
	}
}

static void
queries_forget(struct emu_device *dev, int answer_fd)
{
	struct emu_query **at = &dev->queries;

	while (*at) {
		struct emu_query *q = *at;

		if (q->answer_fd != answer_fd) {
			at = &q->next;
			continue;
		}
		*at = q->next;
		free(q);
	}
}

static void
answers_close(struct emu_device *dev, struct emu_answers *answers)
{
	int fd = answers->answer_fd;

	queries_forget(dev, fd);
	*answers = (struct emu_answers){.file = -1};
	/* Not close(), which would take the lock again. */
	syscall(SYS_close, fd);
}

void
emu_async_close(struct emu_device *dev, int file)
{
	struct emu_answers *answers = file < 0 ? NULL : answers_find(dev, file);

	if (answers)
		answers_close(dev, answers);
}

void
emu_async_close_all(struct emu_device *dev, int fd)
{
	for (int i = 0; i < EMU_ANSWERS_MAX; i++)
		if (dev->answers[i].file >= 0 && dev->answers[i].fd == fd)
			answers_close(dev, &dev->answers[i]);
}

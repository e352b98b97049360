/* SPDX-License-Identifier: Apache-2.0 */
#include "traffic.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define NUMBER_MASK ((UINT32_C(1) << TRAFFIC_NUMBER_BITS) - 1)
#define IP_HEADER_BYTES 20
#define IP_CHECKSUM_AT 10

uint32_t
traffic_next(struct traffic *t)
{
	uint32_t flow = t->order[t->at];

	if (++t->at == t->head->n_order)
		t->at = 0;
	return flow;
}

uint32_t
traffic_fresh(struct traffic *t, uint32_t n_train)
{
	uint32_t flow = t->head->fresh_template << TRAFFIC_NUMBER_BITS | t->fresh;

	if (++t->n_train < n_train)
		return flow;
	t->n_train = 0;
	if (++t->fresh == t->head->n_fresh)
		t->fresh = 0;
	return flow;
}

static uint32_t
get_16(const uint8_t *at)
{
	uint16_t v;

	memcpy(&v, at, sizeof v);
	return __builtin_bswap16(v);
}

static void
put_16(uint8_t *at, uint32_t value)
{
	uint16_t v = __builtin_bswap16((uint16_t)value);

	memcpy(at, &v, sizeof v);
}

static uint32_t
get_32(const uint8_t *at)
{
	uint32_t v;

	memcpy(&v, at, sizeof v);
	return __builtin_bswap32(v);
}

static void
put_32(uint8_t *at, uint32_t value)
{
	uint32_t v = __builtin_bswap32(value);

	memcpy(at, &v, sizeof v);
}

/* The sum of the words that a checksum covers changes by this much (RFC 1624). */
static uint32_t
sum_change(uint32_t from, uint32_t to)
{
	from = ~from;
	return (from & 0xffff) + (from >> 16) + (to & 0xffff) + (to >> 16);
}

/* Reads only the template, as a load from bytes of the frame that were just written would wait. */
uint16_t
traffic_compose(const struct traffic *t, uint32_t flow, uint8_t *frame)
{
	const struct traffic_template *of = &t->templates[flow >> TRAFFIC_NUMBER_BITS];
	uint32_t number = flow & NUMBER_MASK, sum = 0;

	memcpy(frame, of->header, of->n_header_bytes <= 64 ? 64 : TRAFFIC_HEADER_BYTES);
	for (unsigned int i = 0; i < of->n_fields; i++) {
		const struct traffic_field *f = &of->fields[i];

		if (f->n_bytes == 2) {
			put_16(frame + f->at, get_16(of->header + f->at) + number * f->step);
		} else {
			uint32_t from = get_32(of->header + f->at), to = from + number * f->step;

			put_32(frame + f->at, to);
			if (of->ip_at && f->at >= of->ip_at && f->at < of->ip_at + IP_HEADER_BYTES)
				sum += sum_change(from, to);
		}
	}
	if (sum) {
		sum += ~get_16(of->header + of->ip_at + IP_CHECKSUM_AT) & 0xffff;
		sum = (sum & 0xffff) + (sum >> 16);
		put_16(frame + of->ip_at + IP_CHECKSUM_AT, ~(sum + (sum >> 16)));
	}
	return of->n_frame_bytes;
}

static int
template_check(const struct traffic_template *of)
{
	if (!of->n_frame_bytes || of->n_frame_bytes > TRAFFIC_FRAME_BYTES_MAX ||
	    of->n_header_bytes > TRAFFIC_HEADER_BYTES || of->n_header_bytes > of->n_frame_bytes ||
	    of->n_fields > TRAFFIC_FIELDS_MAX ||
	    of->ip_at + (of->ip_at ? IP_HEADER_BYTES : 0) > of->n_header_bytes)
		return -EINVAL;
	for (unsigned int i = 0; i < of->n_fields; i++) {
		const struct traffic_field *f = &of->fields[i];

		if ((f->n_bytes != 2 && f->n_bytes != 4) ||
		    f->at + f->n_bytes > of->n_header_bytes || f->at % 2)
			return -EINVAL;
	}
	return 0;
}

static int
file_check(struct traffic *t)
{
	const struct traffic_head *h = t->head;
	int rc = 0;

	if (t->n_file_bytes < sizeof *h || memcmp(h->magic, TRAFFIC_MAGIC, sizeof h->magic) ||
	    !h->n_order || !h->n_templates || h->fresh_template >= h->n_templates || !h->n_fresh ||
	    h->n_fresh - 1 > NUMBER_MASK ||
	    t->n_file_bytes != sizeof *h + h->n_templates * sizeof *t->templates +
				       h->n_order * sizeof *t->order)
		return -EINVAL;
	t->templates = (const void *)(h + 1);
	t->order = (const void *)(t->templates + h->n_templates);
	for (uint32_t i = 0; i < h->n_templates && !rc; i++)
		rc = template_check(&t->templates[i]);
	for (uint32_t i = 0; i < h->n_order && !rc; i++)
		rc = t->order[i] >> TRAFFIC_NUMBER_BITS < h->n_templates ? 0 : -EINVAL;
	return rc;
}

int
traffic_open(struct traffic *t, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *map;
	int rc;

	memset(t, 0, sizeof *t);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) || !st.st_size) {
		close(fd);
		return -EINVAL;
	}
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	rc = map == MAP_FAILED ? -errno : 0;
	close(fd);
	if (rc)
		return rc;
	t->head = map;
	t->n_file_bytes = (size_t)st.st_size;
	rc = file_check(t);
	if (rc)
		traffic_close(t);
	return rc;
}

void
traffic_close(struct traffic *t)
{
	if (t->head)
		munmap((void *)(uintptr_t)t->head, t->n_file_bytes);
	t->head = NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What a port of the benchmark receives, without end: frames composed from templates.
 *
 * A file has the templates and the order of the flows. A flow is a template and a number: a field
 * of its frames has the template's value plus the number times the field's step. A packet of an
 * order of 1,000,000 flows costs 4 bytes that are read in sequence, and a copy of one header, so
 * the packets themselves displace nothing from the caches. Bytes behind the header are not written.
 *
 * The order repeats. Fresh flows are a sequence of their own, of one template: each of its packets
 * is a new flow, until the numbers repeat after n_fresh. tests/bench/lib/traffic.py writes the file,
 * and composes the same frames.
 *
 * Thread safety: one thread. No DPDK. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define TRAFFIC_MAGIC "TDMTRAF1"
#define TRAFFIC_HEADER_BYTES 88
#define TRAFFIC_FIELDS_MAX 4
#define TRAFFIC_FRAME_BYTES_MAX 1522
#define TRAFFIC_NUMBER_BITS 24

/* A big-endian number of 2 or 4 bytes at an even offset; a sum beyond it wraps. One of 2 bytes is
 * not in an IPv4 header. */
struct traffic_field {
	uint16_t at, n_bytes;
	uint32_t step;
};

struct traffic_template {
	uint16_t n_frame_bytes, n_fields;
	uint16_t ip_at; /* of an IPv4 header without options, for its checksum; 0: none */
	uint16_t n_header_bytes;
	struct traffic_field fields[TRAFFIC_FIELDS_MAX];
	uint8_t header[TRAFFIC_HEADER_BYTES];
};

/* The file: this, then the templates, then the order. In the byte order of the machine. */
struct traffic_head {
	char magic[8];
	uint32_t n_templates, n_order, fresh_template, n_fresh;
};

struct traffic {
	const struct traffic_head *head; /* the mapped file */
	size_t n_file_bytes;
	const struct traffic_template *templates;
	const uint32_t *order; /* the template above TRAFFIC_NUMBER_BITS of the number */
	uint32_t at, fresh;
	uint32_t n_train; /* packets that the present fresh flow had */
};

/* Maps a file. Every entry is checked, so that the functions below need not. Returns 0 or -errno:
 * -EINVAL if it is not such a file. */
int traffic_open(struct traffic *t, const char *path);
void traffic_close(struct traffic *t);

/* Returns the next flow of the order. */
uint32_t traffic_next(struct traffic *t);

/* Returns a flow that no packet had before, 'n_train' times one after another; 0 is 1. */
uint32_t traffic_fresh(struct traffic *t, uint32_t n_train);

/* Writes the header of a flow's frame; returns the length of the frame, without FCS. 'frame' has
 * room for the longer of the frame and the template's header. */
uint16_t traffic_compose(const struct traffic *t, uint32_t flow, uint8_t *frame);

/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/tunnel_device.h"

#include "bridge/port.h"

#include <errno.h>
#include <stdlib.h>

static void
device_free(struct id_entry *e)
{
	free(caa_container_of(e, struct tunnel_device, entry));
}

struct tunnel_device *
tunnel_device_find(const struct id_map *devices, uint32_t dp_port)
{
	struct id_entry *e = id_map_find(devices, dp_port);

	return e ? caa_container_of(e, struct tunnel_device, entry) : NULL;
}

/* Returns NULL without memory. The map has the only reference. */
static struct tunnel_device *
device_new(struct id_map *devices, uint32_t dp_port)
{
	struct tunnel_device *d = calloc(1, sizeof *d);
	int rc;

	if (!d)
		return NULL;
	CDS_INIT_LIST_HEAD(&d->ports);
	id_entry_init(&d->entry, dp_port, device_free);
	rc = id_map_put(devices, &d->entry);
	id_entry_unref(&d->entry);
	return rc ? NULL : d;
}

int
tunnel_device_add(struct id_map *devices, struct port *p)
{
	struct tunnel_device *d = tunnel_device_find(devices, p->config.dp_port);

	if (!d)
		d = device_new(devices, p->config.dp_port);
	if (!d)
		return -ENOMEM;
	cds_list_add_tail(&p->device_link, &d->ports);
	atomic_store(&p->down, d->down);
	return 0;
}

void
tunnel_device_del(struct id_map *devices, struct port *p)
{
	struct tunnel_device *d = tunnel_device_find(devices, p->config.dp_port);

	cds_list_del(&p->device_link);
	if (cds_list_empty(&d->ports))
		id_map_remove(devices, p->config.dp_port);
}

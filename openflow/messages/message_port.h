/* SPDX-License-Identifier: Apache-2.0 */
/* Features, ports and tables. Thread safety: pure. */
#pragma once

#include "messages/message.h"

ofp_read_fn ofp_read_port_mod10, ofp_read_port_mod13, ofp_read_port_mod14, ofp_read_table_mod;
ofp_put_fn ofp_put_features, ofp_put_port_status, ofp_put_port_mod, ofp_put_table_mod;

/* Writes a port, with configuration, state and features in the bits of 'version'. */
void ofp_put_port(struct ofp_buffer *b, const struct ofp_port *p, uint8_t version);

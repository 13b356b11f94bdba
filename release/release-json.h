/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/* JSON from untrusted servers and brokers. Pure. */

#ifndef RELEASE_JSON_H
#define RELEASE_JSON_H

#include <json-glib/json-glib.h>

/* NULL unless it is a single object in UTF-8, at most 16 levels deep, with nothing but white
 * space around it */
JsonObject *release_json_parse (const gchar *text,
                                gsize        length);

#endif /* RELEASE_JSON_H */
